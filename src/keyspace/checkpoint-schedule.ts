import { passing } from "../base/crash-points.ts";
import { encodeCheckpointHead } from "./checkpoint-head.ts";
import type { Keyspace } from "./keyspace.ts";

/** Keys encoded for a checkpoint in one slice: about a millisecond. */
const CAPTURE_SLICE_KEYS = 512;
/**
 * Dirty keys that make a checkpoint due before its time. Where they are few of all there are, each has a page of LMDB to itself, and
 * waiting for more makes none cheaper …
 */
const DIRTY_KEYS_DUE = 65_536;
/** … where there are no more than so many, nearly every page is written whatever is dirty: better once for all of them. */
const FEW_KEYS = 131_072;
/** … and sooner where they are large: a checkpoint is held in memory until it is committed, up to about so much, and as much again by LMDB … */
const CHECKPOINT_ROW_BYTES = 256 * 1024 * 1024;
/** … but not for so few: of a large collection only what changed is written. */
const DIRTY_KEYS_MIN = 8192;
/** … and while memory is limited, sooner than what they need, most of it a page of LMDB's a key, is a quarter of the limit. */
const CHECKPOINT_BYTES_A_KEY = 4096;
const CHECKPOINT_MEMORY_SHARE = 4;
const LIMITED_DIRTY_KEYS_MIN = 1024;
/** Log since the last checkpoint that makes the next one due: what a start has to apply again, about two seconds of values of 1 KB, and more of small ones. */
const CHECKPOINT_LOG_BYTES = 256 * 1024 * 1024;
/**
 * Time between checkpoints while something is dirty. Each costs the disk a page a key, in competition with the log's own syncs:
 * every half second it halved the rate of synced writes (13,000/s against 23,000/s here), so rows follow well behind.
 */
const CHECKPOINT_INTERVAL_MS = 10_000;
/** The same while memory is over its limit: only what is written can be dropped. */
const CHECKPOINT_PRESSED_MS = 250;
/** … and after one that could not be written. */
const CHECKPOINT_RETRY_MS = 500;
/** What rows need of the disk for each byte of log they follow: a value of just over half a page has a page of its own. */
const ROW_BYTES_PER_LOG_BYTE = 2;

/** When the rows follow the log: one checkpoint at a time, in slices, committed once the log is durable up to it. */
export class CheckpointSchedule {
  readonly #keyspace: Keyspace;
  #latestMs: number;
  #checkpointedBytes = 0;
  #committedBytes = 0;
  #committing: Promise<void> | null = null;
  /** Ends the wait for the log of the checkpoint that is to be committed. */
  #stopWaiting: (() => void) | null = null;
  #logFailed = false;
  #failure: Error | null = null;
  onCheckpoint: (rows: number, milliseconds: number) => void = () => {};

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
    this.#latestMs = keyspace.clock.monotonicMs();
  }

  /** The last checkpoint's error while it cannot be written; null when all is well. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Bytes of the disk that the next checkpoints need: what is in the log and not in the rows. */
  get owedBytes(): number {
    return (this.#keyspace.appendedBytes - this.#committedBytes) * ROW_BYTES_PER_LOG_BYTE;
  }

  /** Begins one that is due, or does a slice of the one that was begun. True: there is more to encode. */
  tick(): boolean {
    const { checkpointer, log } = this.#keyspace;
    if (this.#committing !== null) return false;
    if (!checkpointer.isRunning) {
      if (!this.#isDue()) return false;
      this.#begin();
    }
    if (!checkpointer.captureSome(CAPTURE_SLICE_KEYS)) return true;
    if (log.durableLsn >= checkpointer.runningLsn) void this.#commitWhenDurable();
    return false;
  }

  /** Writes everything that is dirty and waits until it is durable: for a graceful stop and for tests. */
  async flush(): Promise<void> {
    // Who waited beside it may have begun another.
    while (this.#committing !== null) await this.#committing;
    if (!this.#keyspace.checkpointer.isRunning) {
      if (!this.#keyspace.checkpointer.hasWork) return;
      this.#begin();
    }
    this.#keyspace.checkpointer.captureAll();
    await this.#commitWhenDurable();
    if (this.#failure !== null) throw this.#failure;
  }

  /** Waits for the checkpoint that is being written, if its log position can still become durable. */
  async settled(): Promise<void> {
    if (this.#keyspace.log.durableLsn >= this.#keyspace.checkpointer.runningLsn) await this.#committing;
  }

  /** Nothing more becomes durable: whoever waits for a checkpoint is told so. */
  logFailed(): void {
    this.#logFailed = true;
    this.#stopWaiting?.();
  }

  #isDue(): boolean {
    const { checkpointer, clock, state, limits } = this.#keyspace;
    const waitedMs = clock.monotonicMs() - this.#latestMs;
    if (this.#failure !== null) return waitedMs >= CHECKPOINT_RETRY_MS;
    if (this.#keyspace.checkpointWanted) return true;
    if (!checkpointer.hasWork) return false;
    const pressed = limits.memoryBytesMax > 0 && state.memoryUsedBytes > limits.memoryBytesMax;
    return (
      waitedMs >= (pressed ? CHECKPOINT_PRESSED_MS : CHECKPOINT_INTERVAL_MS) ||
      checkpointer.dirtyKeys >= this.#dirtyKeysDue() ||
      this.#keyspace.appendedBytes - this.#checkpointedBytes >= CHECKPOINT_LOG_BYTES
    );
  }

  #dirtyKeysDue(): number {
    const { state, limits } = this.#keyspace;
    const { table, memoryUsedBytes } = state;
    const bySize = (CHECKPOINT_ROW_BYTES * table.residentKeys) / Math.max(1, memoryUsedBytes);
    const due = Math.min(table.size <= FEW_KEYS ? FEW_KEYS : DIRTY_KEYS_DUE, Math.max(DIRTY_KEYS_MIN, bySize));
    if (limits.memoryBytesMax === 0) return due;
    const byLimit = limits.memoryBytesMax / CHECKPOINT_MEMORY_SHARE / CHECKPOINT_BYTES_A_KEY;
    return Math.min(due, Math.max(LIMITED_DIRTY_KEYS_MIN, byLimit));
  }

  #begin(): void {
    this.#checkpointedBytes = this.#keyspace.appendedBytes;
    this.#keyspace.checkpointWanted = false;
    const { checkpointer, log, state, hybridClock } = this.#keyspace;
    const head = encodeCheckpointHead({
      lsn: log.lastLsn,
      stamp: hybridClock.last,
      origins: state.origins,
      vector: state.applied,
      counts: state.table.counts(),
      deadlineCounts: state.table.deadlineCounts(),
      conflictCounts: state.table.conflictCounts(),
      gap: this.#keyspace.logIndex.gap,
    });
    checkpointer.begin(log.lastLsn, head, state.table.counts());
    passing("checkpoint-begun");
  }

  #commitWhenDurable(): Promise<void> {
    const { checkpointer, clock } = this.#keyspace;
    const startedMs = clock.monotonicMs();
    const attempt = async (): Promise<void> => {
      await this.#durable(checkpointer.runningLsn);
      try {
        if (this.#logFailed) throw new Error("the log failed: what it has is found out at the next start");
        passing("checkpoint-before-commit");
        const committed = await checkpointer.commit();
        this.#committedBytes = this.#checkpointedBytes;
        passing("checkpoint-committed");
        this.#failure = null;
        // Not one that was written to since the commit ended.
        for (const entry of committed.absences) {
          if (entry.facet === null && checkpointer.isClean(entry)) this.#keyspace.state.drop(entry);
        }
        this.onCheckpoint(committed.rows, clock.monotonicMs() - startedMs);
      } catch (error) {
        // Nothing is lost: the log has it all, and the next one has what this one had.
        this.#failure = error instanceof Error ? error : new Error(String(error));
      }
      this.#latestMs = clock.monotonicMs();
      this.#committing = null;
    };
    this.#committing = attempt();
    return this.#committing;
  }

  /** Resolves when the log is durable up to `lsn`, or has failed. */
  #durable(lsn: number): Promise<void> {
    const keyspace = this.#keyspace;
    if (keyspace.log.durableLsn >= lsn || this.#logFailed) return Promise.resolve();
    return new Promise((resolve) => {
      const stop = keyspace.onDurable(() => {
        if (keyspace.durableLsn >= lsn) this.#stopWaiting?.();
      });
      this.#stopWaiting = () => {
        this.#stopWaiting = null;
        stop();
        resolve();
      };
    });
  }
}
