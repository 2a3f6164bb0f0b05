import { passing } from "../base/crash-points.ts";
import { NO_DEADLINE } from "../crdt/deadline.ts";
import type { VersionVector } from "../crdt/version-vector.ts";
import { decodeCheckpointHead, encodeCheckpointHead } from "./checkpoint-head.ts";
import type { CommittedCheckpoint } from "./checkpointer.ts";
import type { KeyEntry } from "./key-entry.ts";
import type { Keyspace } from "./keyspace.ts";
import { decodeHead } from "./row-codec.ts";
import { expiryRange, headRowKey, parseExpiryRow, parseKeyPosition } from "./row-key.ts";
import { retain, type Retention } from "./log-retention.ts";

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
/** Log since the last checkpoint that makes the next one due: what a start has to apply again, about two seconds. */
const CHECKPOINT_LOG_BYTES = 256 * 1024 * 1024;
/**
 * Time between checkpoints while something is dirty. Each costs the disk a page a key, in competition with the log's own syncs:
 * every half second it halved the rate of synced writes (13,000/s against 23,000/s here), so rows follow well behind.
 */
const CHECKPOINT_INTERVAL_MS = 10_000;
/** After one that could not be written. */
const CHECKPOINT_RETRY_MS = 500;
/** The same while memory is over its limit: only what is written can be dropped. */
const CHECKPOINT_PRESSED_MS = 250;
/** What rows need of the disk for each byte of log they follow: a value of just over half a page has a page of its own. */
const ROW_BYTES_PER_LOG_BYTE = 2;
/** Entries folded, index rows examined and entries evicted in one tick. */
const FOLD_SLICE_KEYS = 2048;
const PURGE_SLICE_KEYS = 512;
const EVICT_SLICE_KEYS = 4096;
const PURGE_INTERVAL_MS = 1000;
/** How often passed deadlines are counted, and up to how many: at this number there is a problem, whatever it is exactly. */
const COUNT_PASSED_EVERY_MS = 5_000;
const PASSED_COUNTED_MAX = 20_000;

/**
 * The chores of a keyspace, driven by `tick` (about every 50 ms, and more often while there is work): each does a slice and
 * returns, so that no client waits for long. All are invisible: no read before and after one differs.
 */
export class Housekeeping {
  readonly #keyspace: Keyspace;
  #lastCheckpointMs: number;
  #checkpointedBytes = 0;
  #committedBytes = 0;
  #nextPurgeMs = 0;
  #nextCountMs = 0;
  #passedDeadlines = 0;
  #committing: Promise<void> | null = null;
  #evictionHand: Iterator<KeyEntry> | null = null;
  #failure: Error | null = null;
  #retention: Pick<Retention, "unheldBytes" | "isFull"> = { unheldBytes: 0, isFull: false };
  onCheckpoint: (rows: number, milliseconds: number) => void = () => {};
  /** So many segments of log were dropped though a member lacks them. */
  onForcedTruncation: (segments: number) => void = () => {};

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
    this.#lastCheckpointMs = keyspace.clock.monotonicMs();
  }

  /** The last checkpoint's error while it cannot be written; null when all is well. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Bytes of the disk that the next checkpoints need: what is in the log and not in the rows. */
  get owedBytes(): number {
    return (this.#keyspace.appendedBytes - this.#committedBytes) * ROW_BYTES_PER_LOG_BYTE;
  }

  /** Rows of the index whose deadline has passed, skew included, and whose value is still kept: at the last count. */
  get passedDeadlines(): number {
    return this.#passedDeadlines;
  }

  /** Does a slice of every chore that is due. True: call again soon. */
  tick(): boolean {
    const { clock, stability, state, durable } = this.#keyspace;
    stability.advance(state.applied);
    const frontier = stability.frontier(durable);
    const folded = this.#fold(frontier);
    const captured = this.#checkpoint();
    const evicted = this.#evict();
    if (clock.monotonicMs() >= this.#nextPurgeMs) {
      this.#nextPurgeMs = clock.monotonicMs() + PURGE_INTERVAL_MS;
      this.#purge(frontier);
    }
    if (clock.monotonicMs() >= this.#nextCountMs) {
      this.#nextCountMs = clock.monotonicMs() + COUNT_PASSED_EVERY_MS;
      this.#countPassed();
    }
    return folded || captured || evicted;
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

  /** Drops log segments that nobody needs, or that the budget cannot keep. */
  async truncateLog(): Promise<void> {
    const { log, rows } = this.#keyspace;
    const head = rows.head();
    const rowsLsn = head === null ? 0 : decodeCheckpointHead(head).lsn;
    const retention = this.#retain(rowsLsn);
    this.#retention = retention;
    if (retention.forced > 0) this.onForcedTruncation(retention.forced);
    if (retention.upToLsn > 0) await log.truncate(retention.upToLsn);
    const isOver = log.sizeBytes > this.#keyspace.limits.logBytesMax;
    if (isOver && (log.segments()[0]?.lastLsn ?? 0) > rowsLsn) this.#keyspace.checkpointWanted = true;
  }

  /** What the last look at the log found. */
  get retention(): Pick<Retention, "unheldBytes" | "isFull"> {
    return this.#retention;
  }

  #retain(rowsLsn: number): Retention {
    const { log, stability, durable, limits, clock, logPins, appended } = this.#keyspace;
    const { origins } = this.#keyspace.state;
    return retain(
      {
        segments: log.segments(),
        rowsLsn,
        stable: stability.frontier(durable),
        others: stability.acknowledged(),
        pins: logPins,
        origins,
        bytesMax: limits.logBytesMax,
        ageMaxMs: limits.logAgeMaxMs,
        nowMs: clock.wallMs(),
      },
      appended,
    );
  }

  #fold(frontier: VersionVector): boolean {
    const { unfolded, state } = this.#keyspace;
    const stable = unfolded.takeStable(frontier, FOLD_SLICE_KEYS);
    // What cannot be folded when everything is stable never can.
    const isAll = stable.length > 0 && frontier.includes(state.applied);
    for (const { entry, isWhole } of stable) {
      state.fold(entry, frontier);
      if (isWhole || isAll || !entry.isUnfolded || !state.table.isResident(entry)) continue;
      unfolded.pushLate(entry, state.applied);
    }
    return stable.length === FOLD_SLICE_KEYS;
  }

  /** True while a checkpoint has more to encode. */
  #checkpoint(): boolean {
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

  #isDue(): boolean {
    const { checkpointer, clock, state, limits } = this.#keyspace;
    const waitedMs = clock.monotonicMs() - this.#lastCheckpointMs;
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
    const { checkpointer, clock, log } = this.#keyspace;
    const startedMs = clock.monotonicMs();
    const attempt = async (): Promise<void> => {
      await waitUntilDurable(this.#keyspace, checkpointer.runningLsn, log.durableLsn);
      try {
        passing("checkpoint-before-commit");
        const committed = await checkpointer.commit();
        this.#committedBytes = this.#checkpointedBytes;
        passing("checkpoint-committed");
        this.#failure = null;
        this.#forgetAbsences(committed);
        this.onCheckpoint(committed.rows, clock.monotonicMs() - startedMs);
      } catch (error) {
        // Nothing is lost: the log has it all, and the next one has what this one had.
        this.#failure = error instanceof Error ? error : new Error(String(error));
      }
      this.#lastCheckpointMs = clock.monotonicMs();
      this.#committing = null;
    };
    this.#committing = attempt();
    return this.#committing;
  }

  #forgetAbsences(committed: CommittedCheckpoint): void {
    for (const entry of committed.absences) this.#keyspace.state.drop(entry);
  }

  /** Sampled LRU: of a few neighbours in the table the least recently used half goes, if their rows are written. */
  #evict(): boolean {
    const { state, limits, checkpointer, counters } = this.#keyspace;
    if (limits.memoryBytesMax === 0) return false;
    let examined = 0;
    while (state.memoryUsedBytes > limits.memoryBytesMax && examined < EVICT_SLICE_KEYS) {
      const sample: KeyEntry[] = [];
      while (sample.length < 16) {
        this.#evictionHand ??= state.table.resident();
        const next = this.#evictionHand.next();
        if (next.done === true) {
          this.#evictionHand = null;
          examined += 16;
          break;
        }
        examined++;
        if (next.value.facet !== null && checkpointer.isClean(next.value)) sample.push(next.value);
        else if (examined >= EVICT_SLICE_KEYS) break;
      }
      sample.sort((left, right) => left.usedAtS - right.usedAtS);
      for (const entry of sample.slice(0, Math.ceil(sample.length / 2))) {
        state.drop(entry);
        counters.evicted++;
      }
    }
    return state.memoryUsedBytes > limits.memoryBytesMax && examined >= EVICT_SLICE_KEYS;
  }

  #countPassed(): void {
    const { rows, clock, limits } = this.#keyspace;
    const { start, end } = expiryRange(Math.max(0, clock.wallMs() - limits.clockSkewMaxMs));
    let count = 0;
    const passed = rows.range(start, end)[Symbol.iterator]();
    while (count < PASSED_COUNTED_MAX && passed.next().done !== true) count++;
    passed.return?.();
    this.#passedDeadlines = count;
  }

  /**
   * Purges values whose deadline every member's clock has passed (allowed skew included) and that every member has: nobody can
   * extend them any more (row E6). The index is read in deadline order; rows that no longer agree with their key go too.
   */
  #purge(frontier: VersionVector): void {
    const { rows, clock, stability, limits, state, counters } = this.#keyspace;
    const safeMs = stability.clockMs(clock.wallMs()) - limits.clockSkewMaxMs;
    if (safeMs <= 0) return;
    state.markers.fold(frontier, safeMs);
    const { start, end } = expiryRange(safeMs);
    let examined = 0;
    const due: Buffer[] = [];
    for (const { key } of rows.range(start, end)) {
      if (++examined > PURGE_SLICE_KEYS) break;
      due.push(key);
    }
    for (const row of due) {
      const { deadlineMs, prefix } = parseExpiryRow(row);
      const position = parseKeyPosition(prefix);
      const name = position.key ?? nameOf(rows.get(headRowKey(prefix)));
      const entry = name === null ? undefined : state.table.find(position.db, name);
      const expired = entry?.facet != null && entry.facet.nextDeadline() === deadlineMs;
      if (entry === undefined || !expired) {
        if (entry !== undefined && entry.indexedDeadlineMs === deadlineMs) entry.indexedDeadlineMs = NO_DEADLINE;
        this.#keyspace.checkpointer.dropIndexRow(row);
        continue;
      }
      if (!entry.facet!.isVisible(safeMs)) {
        if (!entry.facets().every((facet) => facet.isWithin(frontier))) continue;
        state.purge(entry);
      } else if (!state.purgeElements(entry, safeMs, frontier)) continue;
      this.#keyspace.checkpointer.dropIndexRow(row);
      counters.expired++;
    }
  }
}

function nameOf(head: Buffer | null): string | null {
  return head === null ? null : decodeHead(head).key;
}

function waitUntilDurable(keyspace: Keyspace, lsn: number, durableLsn: number): Promise<void> {
  if (durableLsn >= lsn) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = keyspace.onDurable(() => {
      if (keyspace.durableLsn < lsn) return;
      stop();
      resolve();
    });
  });
}
