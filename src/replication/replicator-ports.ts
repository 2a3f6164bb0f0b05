import type { Logger } from "../base/logger.ts";
import type { Random } from "../base/random.ts";
import type { RegionName } from "../crdt/origin.ts";
import type { IncomingSnapshot } from "../keyspace/replica-port.ts";
import type { ClockComparison } from "./clock-comparison.ts";
import type { LinkEnd } from "./link.ts";
import type { Published } from "./published.ts";

/** What the replicator asks of the world. */
export interface ReplicatorPorts {
  /** Open a connection to the peer; `dialSucceeded` or `dialFailed` follows. */
  dial(peer: RegionName): void;
  /** A fresh random text for a handshake. */
  nonce(): string;
  readonly random: Random;
  readonly logger: Logger;
  /** A snapshot is here and whole: stop this replicator, install it, and begin anew on top of it. */
  snapshotStaged(snapshot: IncomingSnapshot): void;
  onBatchApplied?(region: RegionName, stamp: number): void;
  /** How our wall clock compares with a peer's. */
  onClock?(peer: RegionName, comparison: ClockComparison): void;
  onLinkEnded?(peer: RegionName | null, end: LinkEnd): void;
  /** Messages that a peer published. */
  onPublished?(messages: readonly Published[]): void;
}
