/**
 * The batch log, as the rest of the house sees it. The log is the database: a batch is durable exactly when its
 * record is, and everything else (rows, memory) can be made again from it.
 *
 * Positions. Every record has a *log sequence number* (LSN): 1, 2, 3 … in append order, local to this directory,
 * never reused within it. `durableLsn` is the highest LSN up to which every record would survive a crash.
 *
 * The log does not know what a record means. What it needs of the meaning it is given: a *mark* (opaque bytes,
 * in practice the version vector) taken before the first record of a segment, so that a reader who knows what it
 * has can find the segment where it must begin.
 */
export interface Log {
  /** LSN of the last record appended (0 if none ever was). */
  readonly lastLsn: number;
  /** LSN up to which records are durable; in modes `everysec` and `no` the LSN handed to the operating system. */
  readonly durableLsn: number;
  /** LSN of the oldest record still kept; `lastLsn + 1` if none. */
  readonly firstLsn: number;
  /** Bytes kept on disk. */
  readonly sizeBytes: number;

  /**
   * Appends one record and returns its LSN at once; the bytes are copied or written before they may change.
   * Records appended in one event-loop turn share one write and one sync. Never throws for I/O: failure is
   * reported once through `onFailure`, after which nothing becomes durable any more and `append` throws LogFailedError.
   */
  append(record: Uint8Array): number;

  /** Called in LSN order, once per group, after `durableLsn` moved. One listener. */
  onDurable(listener: (durableLsn: number) => void): void;
  /** Called once when an append or sync failed. One listener. */
  onFailure(listener: (cause: Error) => void): void;

  /**
   * Records from `fromLsn` on, at most up to `durableLsn`, in order, about `maxBytes` in all (at least one record when there
   * is one). Recent records come from memory. Throws LogTruncatedError when `fromLsn` is before `firstLsn`.
   */
  read(fromLsn: number, maxBytes: number): Promise<readonly LogRecord[]>;

  /**
   * The segments still kept, oldest first, each with the mark given when it was opened.
   */
  segments(): readonly LogSegmentInfo[];

  /**
   * Drops whole segments whose last record's LSN is at most `upToLsn`. Never drops the segment being written.
   */
  truncate(upToLsn: number): Promise<void>;

  /** Writes and syncs what is pending, then closes. */
  close(): Promise<void>;
}

export interface LogRecord {
  readonly lsn: number;
  readonly bytes: Buffer;
}

export interface LogSegmentInfo {
  readonly firstLsn: number;
  /** LSN of the last record; `firstLsn - 1` while empty. */
  readonly lastLsn: number;
  readonly bytes: number;
  readonly mark: Uint8Array;
}

/** Answers the mark for a new segment: called synchronously right before its first record is appended. */
export type MarkSource = () => Uint8Array;

export const DURABILITY_MODES = ["always", "everysec", "no"] as const;
/**
 * `always`: a reply waits for fdatasync. `everysec`: replies wait for the operating system's copy alone, synced once a
 * second (a power cut may lose a second; a killed process loses nothing). `no`: as everysec, never synced by us.
 */
export type DurabilityMode = (typeof DURABILITY_MODES)[number];

/** Append or sync failed earlier; the outcome of what was not durable is unknown. */
export class LogFailedError extends Error {
  override readonly name = "LogFailedError";
}

/** The asked-for records were dropped: their reader needs a snapshot. */
export class LogTruncatedError extends Error {
  override readonly name = "LogTruncatedError";
}

/** A record in the middle is damaged: bytes that were durable are gone or wrong. Start stops with this. */
export class LogDamagedError extends Error {
  override readonly name = "LogDamagedError";
}
