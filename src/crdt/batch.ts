import type { HlcStamp } from "./hlc.ts";
import type { Operation } from "./operation.ts";
import type { VersionVector } from "./version-vector.ts";

/**
 * All effects of one command, one transaction or one script: the unit of atomicity, durability and replication. Its dot
 * `(origin, sequence)` names it for ever. `others` is the vector it depends on; the origin's own entry counts as `sequence - 1`
 * whatever it says.
 */
export interface Batch {
  readonly origin: number;
  readonly sequence: number;
  readonly stamp: HlcStamp;
  readonly others: VersionVector;
  readonly operations: readonly Operation[];
}
