import { namedIncludes, type NamedVector, type VersionVector } from "../crdt/version-vector.ts";
import type { OriginTable } from "../crdt/origin.ts";
import { LogTruncatedError, type Log } from "../storage/log-port.ts";
import { decodeMark } from "./checkpoint-head.ts";

/** One remembered position per so many batches: what a reconnecting peer may read in vain. */
const BATCHES_PER_MARK = 512;
/** Positions remembered in memory; older ones are found by segment. */
const MARKS_MAX = 4096;

/**
 * Where in the log must a peer with a given vector begin? At the last position whose vector the peer has: everything before
 * it is in that vector. Positions of this process are remembered every so often; before that the segments' marks serve.
 */
export class LogIndex {
  readonly #log: Log;
  readonly #marks: { readonly nextLsn: number; readonly vector: NamedVector }[] = [];

  constructor(log: Log) {
    this.#log = log;
  }

  /** Call before each append with the vector of everything appended so far. */
  beforeAppend(vector: VersionVector, origins: OriginTable): void {
    this.beforeReplay(this.#log.lastLsn + 1, vector, origins);
  }

  /** The same for a record that is read back at a start. */
  beforeReplay(nextLsn: number, vector: VersionVector, origins: OriginTable): void {
    const last = this.#marks.at(-1);
    if (last !== undefined && nextLsn - last.nextLsn < BATCHES_PER_MARK) return;
    this.#marks.push({ nextLsn, vector: vector.toNamed(origins) });
    if (this.#marks.length > MARKS_MAX) this.#marks.splice(0, MARKS_MAX / 2);
  }

  /** LSN of the first record that may hold something `has` lacks. */
  startFor(has: NamedVector): number {
    for (let index = this.#marks.length - 1; index >= 0; index--) {
      const mark = this.#marks[index]!;
      if (mark.nextLsn >= this.#log.firstLsn && namedIncludes(has, mark.vector)) return mark.nextLsn;
    }
    const segments = this.#log.segments();
    for (let index = segments.length - 1; index >= 0; index--) {
      const segment = segments[index]!;
      if (namedIncludes(has, decodeMark(segment.mark))) return segment.firstLsn;
    }
    if (segments.length === 0) return this.#log.lastLsn + 1;
    throw new LogTruncatedError(
      `the log begins at position ${this.#log.firstLsn}, after something the reader lacks: it needs a snapshot`,
    );
  }
}
