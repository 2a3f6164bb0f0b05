import type { OriginId, OriginTable, RegionName } from "../crdt/origin.ts";
import { VersionVector } from "../crdt/version-vector.ts";
import type { Log } from "../storage/log-port.ts";
import { decodeMark, type LogGap } from "./checkpoint-head.ts";

/** One remembered position per so many batches: what a reconnecting peer may read in vain. */
const BATCHES_PER_MARK = 512;
/** Positions remembered in memory; older ones are found by segment. */
const MARKS_MAX = 4096;

/** What somebody has, as far as the log has to ask. */
export interface Possession {
  /** So many of our retirements are implied by it. */
  readonly known: number;
  readonly covers: (origin: OriginId, sequence: number) => boolean;
}

/**
 * Where in the log must a peer with a given vector begin? At the last position whose vector the peer has: everything before
 * it is in that vector. Positions of this process are remembered every so often; before that the segments' marks serve.
 *
 * A peer asks for the batches of some regions. Only what it lacks of those counts: what it lacks of others comes from elsewhere.
 */
export class LogIndex {
  readonly #log: Log;
  readonly #origins: OriginTable;
  readonly #gap: LogGap & { readonly nextLsn: number };
  readonly #marks: { readonly nextLsn: number; readonly vector: VersionVector }[] = [];
  /** The next one is due. */
  #nextMarkLsn = 0;

  /** `gap` as the last checkpoint says. */
  constructor(log: Log, origins: OriginTable, gap: LogGap | null) {
    this.#log = log;
    this.#origins = origins;
    this.#gap = { nextLsn: gap === null ? 0 : (gap.nextLsn ?? log.lastLsn + 1), vector: gap?.vector ?? {} };
  }

  /** What the next checkpoint has to remember; null once the log begins behind the gap. */
  get gap(): LogGap | null {
    return this.#log.firstLsn >= this.#gap.nextLsn ? null : this.#gap;
  }

  /** Call before each append with the vector of everything appended so far. */
  beforeAppend(vector: VersionVector): void {
    this.beforeReplay(this.#log.lastLsn + 1, vector);
  }

  /** The same for a record that is read back at a start. */
  beforeReplay(nextLsn: number, vector: VersionVector): void {
    if (nextLsn >= this.#nextMarkLsn) this.#mark(nextLsn, vector);
  }

  /** The log is open and holds `vector`: who has all of it begins at its end. */
  opened(vector: VersionVector): void {
    this.#mark(this.#log.lastLsn + 1, vector);
  }

  #mark(nextLsn: number, vector: VersionVector): void {
    this.#marks.push({ nextLsn, vector: vector.copy() });
    this.#nextMarkLsn = nextLsn + BATCHES_PER_MARK;
    if (this.#marks.length > MARKS_MAX) this.#marks.splice(0, MARKS_MAX / 2);
  }

  /**
   * LSN of the first record that may hold something of `regions` (all when null) that `has` lacks; null when it is gone.
   */
  startFor(has: Possession, regions: ReadonlySet<RegionName> | null): number | null {
    for (let index = this.#marks.length - 1; index >= 0; index--) {
      const mark = this.#marks[index]!;
      if (mark.nextLsn < this.#log.firstLsn) break;
      if (this.#reaches(mark.nextLsn, mark.vector, has, regions)) return mark.nextLsn;
    }
    const segments = this.#log.segments();
    for (let index = segments.length - 1; index >= 0; index--) {
      const segment = segments[index]!;
      const vector = VersionVector.fromNamed(decodeMark(segment.mark).vector, this.#origins);
      if (this.#reaches(segment.firstLsn, vector, has, regions)) return segment.firstLsn;
    }
    return null;
  }

  /** A reader who has `has` misses nothing when it begins at `lsn`, before which the log held `vector`. */
  #reaches(lsn: number, vector: VersionVector, has: Possession, regions: ReadonlySet<RegionName> | null): boolean {
    const isWanted = (region: RegionName): boolean => regions === null || regions.has(region);
    const isHad = (origin: number, sequence: number): boolean =>
      !isWanted(this.#origins.region(origin)) || has.covers(this.#origins.id(origin), sequence);
    if (!vector.everyBeyond(has.known, isHad)) return false;
    if (lsn >= this.#gap.nextLsn) return true;
    return Object.entries(this.#gap.vector).every(([id, sequence]) => isHad(this.#origins.intern(id), sequence));
  }
}
