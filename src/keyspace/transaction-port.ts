import type { BinaryString } from "../base/bytes.ts";
import type { DeadlineMs } from "../crdt/deadline.ts";
import type { KeyType } from "../crdt/operations/operation-kind.ts";
import type { KeyConflicts } from "./key-conflicts.ts";
import type { RevocationTransaction } from "./revocation-port.ts";
import type { DocumentTransaction } from "./types/document/document-port.ts";
import type { HashTransaction } from "./types/hash/hash-port.ts";
import type { LimitTransaction } from "./types/limit/limit-port.ts";
import type { ListTransaction } from "./types/list/list-port.ts";
import type { SetTransaction } from "./types/set/set-port.ts";
import type { StreamTransaction } from "./types/stream/stream-port.ts";
import type { SketchTransaction } from "./types/sketch/sketch-port.ts";
import type { StringTransaction } from "./types/string/string-port.ts";
import type { SortedSetTransaction } from "./types/zset/sorted-set-port.ts";

/**
 * What a command may do to the database: synchronous reads and mutators on one logical database at one instant. All
 * mutators of one transaction become one batch. A command checks everything before its first mutator: there is no undo.
 *
 * Reads show visible state alone: expired keys, hidden types and losing values are absent. Any read may throw nothing but
 * WrongTypeError; keys are loaded from disk as needed.
 */
export interface Transaction {
  /** The instant this transaction happens at, wall-clock milliseconds: the same for all its commands. */
  readonly nowMs: number;
  /** The database the following calls act on. */
  readonly db: number;
  /** SELECT inside a transaction, MOVE, COPY … DB. */
  use(db: number): void;

  // --- keys -------------------------------------------------------------------------------------------------------
  typeOf(key: BinaryString): KeyType | null;
  /** Deadline in ms since the epoch, NO_DEADLINE (0) when it lives for ever, undefined when the key is absent. */
  deadlineOf(key: BinaryString): DeadlineMs | undefined;
  /** Like any read, and counts as a use of the key for eviction (TOUCH). */
  touch(key: BinaryString): boolean;
  /** Milliseconds since the key was last used; null when absent. Does not count as a use. */
  idleMs(key: BinaryString): number | null;
  /** RESTORE … IDLETIME: as if the key had last been used so long ago. Known in this region only: no batch comes of it. */
  setIdle(key: BinaryString, idleMs: number): void;
  /** What is concurrent in a key: types that are hidden, values that lost. Null when absent. */
  conflictsOf(key: BinaryString): KeyConflicts | null;
  /** Estimated bytes in memory; null when absent. */
  memoryOf(key: BinaryString): number | null;
  /**
   * A client's delete: removes all that is kept of the key, hidden or expired parts too (E11), and by the key's class what is
   * concurrent as well (R1–R4). True when something visible went.
   */
  delete(key: BinaryString): boolean;
  /** EXPIRE, PERSIST (NO_DEADLINE). The key must be visible; a deadline at or before `nowMs` deletes. */
  setDeadline(key: BinaryString, atMs: DeadlineMs): void;
  /** RENAME, COPY: `to` (in database `toDb`) becomes a copy of what is visible at `from`, deadline included. `from` stays. */
  copy(from: BinaryString, toDb: number, to: BinaryString): void;
  /** Visible keys of the database. */
  size(): number;
  /**
   * SCAN: visits keys in hash order from `cursor` on until at least `count` were visited; answers the next cursor (0: done).
   * Every key that is there during the whole scan is visited at least once. Cursors are below 2^33.
   */
  scan(cursor: number, count: number, visit: (key: BinaryString, type: KeyType) => void): number;
  /** Some visible key, roughly uniformly; null when there is none. */
  randomKey(): BinaryString | null;
  /** FLUSHDB. */
  flush(): void;
  /** FLUSHALL. */
  flushAll(): void;
  /** SWAPDB: as effects, each database becomes what was visible in the other. */
  swap(left: number, right: number): void;

  readonly revocations: RevocationTransaction;

  // --- values by type ---------------------------------------------------------------------------------------------
  readonly strings: StringTransaction;
  readonly sketches: SketchTransaction;
  readonly hashes: HashTransaction;
  readonly sets: SetTransaction;
  readonly documents: DocumentTransaction;
  readonly limits: LimitTransaction;
  readonly lists: ListTransaction;
  readonly streams: StreamTransaction;
  readonly sortedSets: SortedSetTransaction;
}

/** The key holds another type. Dispatch answers WRONGTYPE. */
export class WrongTypeError extends Error {
  override readonly name = "WrongTypeError";
}

/** WATCH: `dirty` becomes true when the key changed, by anyone, or expired, since the token was made. */
export interface WatchToken {
  readonly dirty: boolean;
  release(): void;
}

/** The key was deleted for good and is not written again before `untilMs` (row R4). Thrown before the offending write happened. */
export class FinalKeyError extends Error {
  override readonly name = "FinalKeyError";
  readonly key: BinaryString;
  readonly untilMs: number;

  constructor(key: BinaryString, untilMs: number) {
    super(`the key was deleted for good`);
    this.key = key;
    this.untilMs = untilMs;
  }
}

/** RENAME and COPY out of a delete-final prefix: the copy would outlive a logout. */
export class FinalCopyError extends Error {
  override readonly name = "FinalCopyError";
  readonly key: BinaryString;

  constructor(key: BinaryString) {
    super("a copy would outlive the final delete of its source");
    this.key = key;
  }
}

/** RENAME, COPY, MOVE and SWAPDB of a limit: its rights would exist twice. */
export class LimitCopyError extends Error {
  override readonly name = "LimitCopyError";

  constructor() {
    super("a limit cannot be copied");
  }
}

/** One command or transaction writes more than the members' agreed limit. Thrown before anything of the offending write happened. */
export class BatchTooLargeError extends Error {
  override readonly name = "BatchTooLargeError";
  readonly limitBytes: number;
  readonly actualBytes: number;

  constructor(limitBytes: number, actualBytes: number) {
    super(`a batch of ${actualBytes} bytes exceeds the limit of ${limitBytes} bytes`);
    this.limitBytes = limitBytes;
    this.actualBytes = actualBytes;
  }
}

/** A transaction's body threw. What it had written before is committed; `lsn` must be durable before the error is shown. */
export class TransactionError extends Error {
  override readonly name = "TransactionError";
  override readonly cause: unknown;
  readonly lsn: number;

  constructor(cause: unknown, lsn: number) {
    super("a transaction's body failed");
    this.cause = cause;
    this.lsn = lsn;
  }
}
