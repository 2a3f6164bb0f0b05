import type { NamedVector } from "../crdt/version-vector.ts";
import type { OriginId, RegionName } from "../crdt/origin.ts";
import type { PackedRetirement } from "./checkpoint-head.ts";

/**
 * What replication sees of the keyspace: batches in, batches out, and who has what. Nothing of keys or commands.
 */
export interface Replica {
  readonly region: RegionName;
  readonly incarnation: OriginId;

  /** This region's wall clock, milliseconds. */
  wallMs(): number;
  /** All applied here, durable or not. */
  vector(): NamedVector;
  /** All applied here and durable: the only thing that may be announced or acknowledged to peers. */
  durableVector(): NamedVector;
  sequenceOf(origin: OriginId): number;

  /**
   * Takes a peer's batch, as bytes that are not trusted yet.
   * - `applied`: it is in memory and in the log's queue; acknowledged once `durableVector()` covers it.
   * - `duplicate`: already here.
   * - `waiting`: its predecessor or a dependency is missing; nothing was kept, offer it again later.
   * - `malformed`, `unknown-operation`: nothing was kept; the stream must stop.
   */
  receive(bytes: Buffer): Received;

  /** Called after each group commit. Returns how to stop. */
  onDurable(listener: () => void): () => void;

  /**
   * Batches in local log order that are durable here, from the cursor on, about `maxBytes` in all. The cursor is opaque to the
   * caller. Answers an empty list at the end of the durable log.
   */
  read(cursor: LogCursor, maxBytes: number): Promise<CursorRead>;
  /** A cursor at or before the first batch of `regions` that is lacking; null when the log no longer reaches back. */
  cursorFor(holdings: Holdings, regions: ReadonlySet<RegionName>): LogCursor | null;

  /**
   * Vectors leave out what is retired, each what its region knew to be: only a replica can compare them. One that knows retirements
   * that have not come here yet seems to have less than it has.
   */
  includes(left: NamedVector, right: NamedVector): boolean;
  /** The same question, to be asked of one vector many times. */
  coverageOf(vector: NamedVector): (origin: OriginId, sequence: number) => boolean;

  /**
   * A snapshot that contains all of `minimum`, open until it is closed; null while there is none yet: one is made, ask again. From
   * its vector on the log is kept while it is open.
   */
  openSnapshot(minimum: NamedVector): OutgoingSnapshot | null;
  /** Where a peer's snapshot is gathered; null when it lacks what our own log could not add to it. */
  stageSnapshot(head: SnapshotHead): IncomingSnapshot | null;

  /**
   * A member's word of what it has durably and what its wall clock said then: the input of stability. `begins`: it is the first word of
   * another process of it, heard from itself, and counts though it may have less than the last had: a disk was lost.
   */
  reportMember(report: MemberReport, begins?: boolean): void;
  /** Latest reports known, our own included: passed on to peers, so that A learns of C through B. */
  memberReports(): readonly MemberReport[];
}

export type Received = "applied" | "duplicate" | "waiting" | "malformed" | "unknown-operation";

/** What somebody has: a vector, closed under causality, and single batches beyond it, which say nothing of what they depend on. */
export interface Holdings {
  readonly has: NamedVector;
  readonly beyond: NamedVector;
}

export interface LogCursor {
  readonly nextLsn: number;
}

export interface CursorRead {
  readonly batches: readonly OutgoingBatch[];
  readonly cursor: LogCursor;
}

/** What a snapshot is of. */
export interface SnapshotHead {
  /** Names of the origins that the rows name by index. */
  readonly origins: readonly OriginId[];
  /** Which of them its vector leaves out: the retirements that rows name by index. */
  readonly retired: readonly PackedRetirement[];
  /** What it contains, exactly. */
  readonly vector: NamedVector;
  /** The sender's hybrid clock then. */
  readonly stamp: number;
  /** Keys by database. */
  readonly counts: readonly number[];
  /** Of those the ones with a deadline. */
  readonly deadlineCounts: readonly number[];
  /** And those with something concurrent in them. */
  readonly conflictCounts: readonly number[];
}

/** A row of the store, as bytes that only keyspaces understand. */
export interface SnapshotRow {
  readonly key: Buffer;
  readonly value: Buffer;
}

export interface OutgoingSnapshot {
  readonly head: SnapshotHead;
  /** Rows behind `after` (from the first when null), about `maxBytes` in all and at least one; none at the end. */
  read(after: Buffer | null, maxBytes: number): readonly SnapshotRow[];
  /** Nothing will be read any more; the log is still kept. */
  sent(): void;
  close(): void;
}

export interface IncomingSnapshot {
  readonly head: SnapshotHead;
  /** Resolves when the rows are stored. */
  add(rows: readonly SnapshotRow[]): Promise<void>;
  /** All rows are in: makes it whole and durable, ready to be installed. */
  finish(): Promise<void>;
  /** Gives up; what was gathered is of no use. */
  abort(): Promise<void>;
}

export interface OutgoingBatch {
  readonly origin: OriginId;
  readonly sequence: number;
  readonly bytes: Buffer;
}

export interface MemberReport {
  readonly region: RegionName;
  /** What this member has durably, its own issued batches included. */
  readonly vector: NamedVector;
  /** Its wall clock when it said so, milliseconds. */
  readonly clockMs: number;
}
