import { regionOfOrigin, type OriginId, type RegionName } from "../crdt/origin.ts";
import { VECTOR_ENTRIES_MAX, type NamedVector } from "../crdt/version-vector.ts";
import type { MemberReport, Replica } from "../keyspace/replica-port.ts";

export interface PeerProgress {
  /** Batches this region is known to have issued that are not applied here. */
  readonly behindBatches: number;
  /** How long the oldest of them has been known to be missing, milliseconds; 0 when nothing is. */
  readonly lagMs: number;
}

/** Regions whose word is kept: reports are input like any other. */
const REGIONS_MAX = 256;
/** Moments remembered per origin; when there are more, neighbours are joined, and lag is overstated rather than understated. */
const MARKS_MAX = 64;
/** Reports within so short a time share a moment. */
const MARK_EVERY_MS = 20;
/** A region that takes what comes within this is keeping up; without traffic's end there is no moment at which nothing is missing. */
const KEEPING_UP_MS = 1_000;

/**
 * How far behind everyone's word we are. For each origin, when each part of what is missing was first heard of: under steady
 * writes something is missing at every moment, and yet lag is only as long as the oldest of it has been.
 */
export class Progress {
  readonly #latest = new Map<RegionName, NamedVector>();
  /** What each region had when it was first heard: whoever has all of that is no longer a newcomer. */
  readonly #first = new Map<RegionName, NamedVector>();
  readonly #origins = new Map<OriginId, Known>();
  readonly #behind = new Map<RegionName, Arrears>();

  /**
   * Takes a report. `own`: its region itself sent it, `first`: and it is the first of that incarnation; word passed on by others counts
   * only if it is newer, by vector: clocks may be set back. False when the report was not kept.
   */
  reported(
    report: MemberReport,
    word: "own" | "first" | "passed-on",
    nowMs: number,
    replica: Pick<Replica, "sequenceOf" | "includes">,
  ): boolean {
    const applied = (origin: OriginId): number => replica.sequenceOf(origin);
    const known = this.#latest.get(report.region);
    if (known === undefined) {
      if (this.#latest.size >= REGIONS_MAX) return false;
      this.#first.set(report.region, report.vector);
    } else if (word === "passed-on" && !replica.includes(report.vector, known)) return false;
    else if (word === "first" && !replica.includes(report.vector, known)) {
      // It has lost what nobody had taken yet: that will never come, and is not waited for.
      this.#first.set(report.region, report.vector);
      for (const origin of this.#origins.keys()) {
        if (regionOfOrigin(origin) === report.region) this.#origins.delete(origin);
      }
    }
    this.#latest.set(report.region, report.vector);
    for (const [origin, sequence] of Object.entries(report.vector)) this.#heard(origin, sequence, nowMs, applied);
    return true;
  }

  hasHeard(region: RegionName): boolean {
    return this.#latest.has(region);
  }

  /** Batches of a region that anybody has spoken of and that are not applied here. */
  missingOf(region: RegionName, applied: (origin: OriginId) => number): number {
    let missing = 0;
    for (const [origin, { sequence }] of this.#origins) {
      if (regionOfOrigin(origin) === region) missing += Math.max(0, sequence - applied(origin));
    }
    return missing;
  }

  get heardFrom(): number {
    return this.#latest.size;
  }

  /** True when all that anyone had when first heard is here, and what came since comes without delay. */
  get caughtUp(): boolean {
    if (this.#first.size > 0) return false;
    for (const { lagMs } of this.#behind.values()) if (lagMs > KEEPING_UP_MS) return false;
    return true;
  }

  /** Compares what was reported with what is applied; call now and then. */
  observe(replica: Pick<Replica, "sequenceOf">, nowMs: number): void {
    for (const [region, vector] of this.#first) {
      if (Object.entries(vector).every(([origin, sequence]) => replica.sequenceOf(origin) >= sequence)) {
        this.#first.delete(region);
      }
    }
    const behind = new Map<RegionName, { readonly batches: number; readonly sinceMs: number }>();
    const moved = new Set<RegionName>();
    for (const [origin, known] of this.#origins) {
      if (known.marks.length === 0) {
        // All of it is here. It is heard of again if it matters: most come to be retired.
        this.#origins.delete(origin);
        continue;
      }
      const applied = replica.sequenceOf(origin);
      const region = regionOfOrigin(origin);
      if (applied > known.applied) moved.add(region);
      known.applied = applied;
      while (known.marks.length > 0 && known.marks[0]!.sequence <= applied) known.marks.shift();
      const [oldest] = known.marks;
      if (oldest === undefined) continue;
      const sum = behind.get(region) ?? { batches: 0, sinceMs: nowMs };
      behind.set(region, {
        batches: sum.batches + known.sequence - applied,
        sinceMs: Math.min(sum.sinceMs, oldest.atMs),
      });
    }
    for (const region of this.#behind.keys()) if (!behind.has(region)) this.#behind.delete(region);
    for (const [region, { batches, sinceMs }] of behind) {
      const before = this.#behind.get(region);
      const movedAtMs = before === undefined || moved.has(region) ? nowMs : before.movedAtMs;
      this.#behind.set(region, { batches, lagMs: nowMs - sinceMs, movedAtMs });
    }
  }

  /** Regions of which something is missing and nothing has come for so long: their stream is asked for anew. */
  stalled(nowMs: number, afterMs: number): readonly RegionName[] {
    const stalled: RegionName[] = [];
    for (const [region, arrears] of this.#behind) {
      if (nowMs - arrears.movedAtMs < afterMs) continue;
      stalled.push(region);
      this.#behind.set(region, { ...arrears, movedAtMs: nowMs });
    }
    return stalled;
  }

  of(region: RegionName): PeerProgress {
    const arrears = this.#behind.get(region);
    return { behindBatches: arrears?.batches ?? 0, lagMs: arrears?.lagMs ?? 0 };
  }

  #heard(origin: OriginId, sequence: number, nowMs: number, applied: (origin: OriginId) => number): void {
    const known = this.#origins.get(origin);
    if (known === undefined) {
      if (this.#origins.size >= VECTOR_ENTRIES_MAX) return;
      const here = applied(origin);
      this.#origins.set(origin, { sequence, applied: here, marks: sequence > here ? [{ sequence, atMs: nowMs }] : [] });
      return;
    }
    if (sequence <= known.sequence) return;
    known.sequence = sequence;
    if (sequence <= applied(origin)) return;
    const last = known.marks.at(-1);
    if (last !== undefined && nowMs - last.atMs < MARK_EVERY_MS) last.sequence = sequence;
    else known.marks.push({ sequence, atMs: nowMs });
    if (known.marks.length > MARKS_MAX) known.marks = joinNeighbours(known.marks);
  }
}

/** Every two become one: the higher sequence with the earlier moment. */
function joinNeighbours(marks: readonly Mark[]): Mark[] {
  const joined: Mark[] = [];
  for (let index = 0; index < marks.length; index += 2) {
    const later = marks[index + 1] ?? marks[index]!;
    joined.push({ sequence: later.sequence, atMs: marks[index]!.atMs });
  }
  return joined;
}

interface Mark {
  /** Up to this sequence, heard of at `atMs`. */
  sequence: number;
  readonly atMs: number;
}

interface Known {
  sequence: number;
  /** As last seen. */
  applied: number;
  marks: Mark[];
}

interface Arrears {
  readonly batches: number;
  readonly lagMs: number;
  /** When something of it was last applied. */
  readonly movedAtMs: number;
}
