import type { BinaryString } from "../base/bytes.ts";
import type { MemberReport } from "../keyspace/replica-port.ts";
import type { ClockComparison } from "./clock-comparison.ts";
import type { LinkEnd, LinkIdentity } from "./link.ts";
import type { SnapshotMessage } from "./message.ts";
import type { Published } from "./published.ts";

/** What a link tells the replicator. */
export interface LinkEvents<Link> {
  /** The peer has answered our dial and proved itself; it has not been shown our proof yet. */
  welcomed(link: Link, nowMs: number): void;
  opened(link: Link, peer: LinkIdentity): void;
  /** A batch as bytes, not trusted yet. */
  batch(link: Link, bytes: Buffer): void;
  /** The end of a frame of batches: what was held may be looked at. */
  batchesEnded(): void;
  report(link: Link, report: MemberReport, nowMs: number): void;
  /** What the peer's wall clock says, seen from ours. */
  clock(link: Link, comparison: ClockComparison): void;
  /** Messages of pub/sub. */
  published(link: Link, messages: readonly Published[]): void;
  /** A question of the peer, to be answered on this link; or its answer to one of ours. */
  asked(link: Link, id: number, body: BinaryString): void;
  answered(link: Link, id: number, body: BinaryString): void;
  /** A word about a snapshot, or a frame of its rows. May throw MalformedFrameError. */
  snapshot(link: Link, message: SnapshotMessage, nowMs: number): void;
  rows(link: Link, payload: Buffer): void;
  /** The peer's log no longer has what we asked for. */
  truncated(link: Link): void;
  ended(link: Link, end: LinkEnd): void;
}
