import type { HlcStamp } from "./hlc.ts";
import type { Operation } from "./operation.ts";

/**
 * All effects of one command, one transaction or one script: the unit of atomicity, durability and replication. Its dot
 * `(origin, sequence)` names it for ever. `others` is the dependency vector by origin index, without the origin's own entry
 * (which is `sequence - 1` by construction).
 */
export interface Batch {
  readonly origin: number;
  readonly sequence: number;
  readonly stamp: HlcStamp;
  readonly others: readonly number[];
  readonly operations: readonly Operation[];
}
