import { NO_DEADLINE } from "../crdt/deadline.ts";
import type { VersionVector } from "../crdt/version-vector.ts";
import { decodeCheckpointHead } from "./checkpoint-head.ts";
import { CheckpointSchedule } from "./checkpoint-schedule.ts";
import { EntryPacker } from "./entry-packer.ts";
import { KeyEntry } from "./key-entry.ts";
import type { PackedKey } from "./key-table.ts";
import type { Keyspace } from "./keyspace.ts";
import { decodeHead } from "./row-codec.ts";
import { expiryRange, headRowKey, parseExpiryRow, parseKeyPosition } from "./row-key.ts";
import { retain, type Retention } from "./log-retention.ts";

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
  readonly checkpoints: CheckpointSchedule;
  readonly packer: EntryPacker;
  #nextPurgeMs = 0;
  #nextCountMs = 0;
  #passedDeadlines = 0;
  #evictionHand: Iterator<KeyEntry | PackedKey> | null = null;
  #retention: Pick<Retention, "unheldBytes" | "isFull"> = { unheldBytes: 0, isFull: false };
  /** So many segments of log were dropped though a member lacks them. */
  onForcedTruncation: (segments: number) => void = () => {};

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
    this.checkpoints = new CheckpointSchedule(keyspace);
    this.packer = new EntryPacker(keyspace);
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
    const captured = this.checkpoints.tick();
    const evicted = this.#evict();
    const packed = this.packer.tick();
    if (clock.monotonicMs() >= this.#nextPurgeMs) {
      this.#nextPurgeMs = clock.monotonicMs() + PURGE_INTERVAL_MS;
      this.#purge(frontier);
    }
    if (clock.monotonicMs() >= this.#nextCountMs) {
      this.#nextCountMs = clock.monotonicMs() + COUNT_PASSED_EVERY_MS;
      this.#countPassed();
    }
    return folded || captured || evicted || packed;
  }

  /** As `CheckpointSchedule.flush`. */
  flush(): Promise<void> {
    return this.checkpoints.flush();
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

  /** Sampled LRU: of a few neighbours in the table the least recently used half goes, if their rows are written. */
  #evict(): boolean {
    const { state, limits, checkpointer, counters } = this.#keyspace;
    if (limits.memoryBytesMax === 0) return false;
    let examined = 0;
    while (state.memoryUsedBytes > limits.memoryBytesMax && examined < EVICT_SLICE_KEYS) {
      const sample: (KeyEntry | PackedKey)[] = [];
      while (sample.length < 16) {
        this.#evictionHand ??= state.table.kept();
        const next = this.#evictionHand.next();
        if (next.done === true) {
          this.#evictionHand = null;
          examined += 16;
          break;
        }
        examined++;
        if (!(next.value instanceof KeyEntry)) sample.push(next.value);
        else if (next.value.facet !== null && checkpointer.isClean(next.value)) sample.push(next.value);
        else if (examined >= EVICT_SLICE_KEYS) break;
      }
      sample.sort((left, right) => left.usedAtS - right.usedAtS);
      for (const entry of sample.slice(0, Math.ceil(sample.length / 2))) {
        if (entry instanceof KeyEntry) state.drop(entry);
        else state.dropPacked(entry);
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
