import type { BinaryString } from "../base/bytes.ts";
import type { Logger } from "../base/logger.ts";
import type { Random } from "../base/random.ts";
import type { RegionName } from "../crdt/origin.ts";
import type { IncomingSnapshot } from "../keyspace/replica-port.ts";
import type { AnswerCall } from "./calls.ts";
import type { ClockComparison } from "./clock-comparison.ts";
import type { LinkEnd } from "./link.ts";
import type { Published } from "./published.ts";

/** What the replicator asks of the world. */
export interface ReplicatorPorts {
  /** Open a connection to the peer; `dialSucceeded` or `dialFailed` follows. */
  dial(peer: RegionName): void;
  /** Give up every dial to the peer of which neither is known yet; nothing follows of them. */
  hangUp(peer: RegionName): void;
  /** A fresh random text for a handshake. */
  nonce(): string;
  readonly random: Random;
  readonly logger: Logger;
  /** A snapshot is here and whole: stop this replicator, install it, and begin anew on top of it. */
  snapshotStaged(snapshot: IncomingSnapshot): void;
  /** How our wall clock compares with a peer's. */
  onClock?(peer: RegionName, comparison: ClockComparison): void;
  onLinkEnded?(peer: RegionName | null, end: LinkEnd): void;
  /** A peer asks, and is told by `answer`, at any time; without this nobody answers. */
  onCall?(from: RegionName, body: BinaryString, answer: AnswerCall): void;
  /** Messages that a peer published. */
  onPublished?(messages: readonly Published[]): void;
}
