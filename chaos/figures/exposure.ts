import { concernOf, type Finding } from "../checkers/finding.ts";
import { isWrite } from "../checkers/effects.ts";
import type { OpLine, WriteConcern } from "../record/lines.ts";
import type { RunRecord } from "../record/record.ts";
import type { Phases } from "./phases.ts";

/**
 * Exposure: the age of the oldest acknowledged write that no other region has durably yet. A region says at time s which of its own batches it has;
 * once another region says that it has all of those, everything acknowledged before s is safe. By the regions' own word, so it is late by up to
 * two sampling intervals and never early: also what waited for a confirmation is shown until it has been seen to be safe.
 *
 * `everywhere` asks the same of all other regions instead of any. Of a region that does not answer, only what it was known to be alone with counts.
 */
export type ExposurePoint = { readonly atMs: number; readonly everywhere: number } & Readonly<
  Record<WriteConcern, number>
>;

type Positions = Readonly<Record<string, number>>;

export function exposureOf(record: RunRecord, phases: Phases, findings: readonly Finding[]): readonly ExposurePoint[] {
  const { regions } = record.header;
  const safe = knownElsewhere(record, phases, findings);
  const latest = new Map<string, Positions>();
  const exposures = new Map(regions.map((region) => [region, new RegionExposure(region, record, safe)]));
  const points: ExposurePoint[] = [];
  for (const { atMs, region, positions } of record.samples.toSorted((left, right) => left.atMs - right.atMs)) {
    if (positions !== null) {
      latest.set(region, highest(latest.get(region), positions));
      exposures.get(region)?.says(atMs, positions);
    }
    const point = { atMs, local: 0, one: 0, all: 0, everywhere: 0 };
    for (const [name, exposure] of exposures) {
      const others = regions.filter((other) => other !== name).map((other) => latest.get(other) ?? {});
      exposure.hear(others);
      for (const concern of ["local", "one", "all"] as const)
        point[concern] = Math.max(point[concern], exposure.ageMs(concern, atMs));
      point.everywhere = Math.max(point.everywhere, exposure.ageEverywhereMs(atMs));
    }
    points.push(point);
  }
  return points;
}

/** An incarnation that has ended leaves the vectors once all regions have what it wrote: what was had is had. */
function highest(before: Positions | undefined, positions: Positions): Positions {
  const merged: Record<string, number> = { ...before };
  for (const [origin, sequence] of Object.entries(positions)) merged[origin] = Math.max(sequence, merged[origin] ?? 0);
  return merged;
}

/** A region is sampled so often that what it acknowledged this long before a fault had been seen to be elsewhere. */
const SAMPLED_WITHIN_MS = 1_000;

/**
 * What a region acknowledged after it last spoke cannot be placed by its samples. Where the survivors were read while it was away, they say it:
 * all but what is lost with the region is elsewhere.
 */
function knownElsewhere(record: RunRecord, { spans }: Phases, findings: readonly Finding[]): ReadonlySet<OpLine> {
  const lost = new Set(findings.filter(({ when }) => when === "survivors").flatMap(({ ops }) => ops));
  const read = new Map<string, number>();
  for (const { without, fromMs } of record.finals)
    if (without !== null && !read.has(without)) read.set(without, fromMs);
  const known = new Set<OpLine>();
  for (const [region, readMs] of read) {
    const faultMs =
      spans.findLast(({ regions, beginMs }) => regions.includes(region) && beginMs <= readMs)?.beginMs ?? readMs;
    for (const line of record.ops) {
      if (line.regionServed !== region || lost.has(line.id)) continue;
      if (line.endedMs > faultMs - SAMPLED_WITHIN_MS && line.endedMs <= readMs) known.add(line);
    }
  }
  return known;
}

/** What one region is alone with. */
class RegionExposure {
  readonly #region: string;
  readonly #ackedMs: Readonly<Record<WriteConcern | "any", readonly number[]>>;
  readonly #said: { readonly atMs: number; readonly own: readonly (readonly [string, number])[] }[] = [];
  /** How many of what it said, from the first on, some other region has, and all others have. */
  #somewhere = 0;
  #everywhere = 0;

  constructor(region: string, { ops, header }: RunRecord, safe: ReadonlySet<OpLine>) {
    this.#region = region;
    const ackedMs: Record<WriteConcern | "any", number[]> = { local: [], one: [], all: [], any: [] };
    for (const line of ops) {
      if (line.outcome !== "acked" || line.regionServed !== region || !isWrite(line.op) || safe.has(line)) continue;
      ackedMs[concernOf(line, header.regions.length)].push(line.endedMs);
      ackedMs.any.push(line.endedMs);
    }
    for (const times of Object.values(ackedMs)) times.sort((left, right) => left - right);
    this.#ackedMs = ackedMs;
  }

  says(atMs: number, positions: Positions): void {
    const own = Object.entries(positions).filter(([origin]) => origin.startsWith(`${this.#region}#`));
    this.#said.push({ atMs, own });
  }

  hear(others: readonly Positions[]): void {
    const has = (theirs: Positions, index: number): boolean =>
      this.#said[index]!.own.every(([origin, sequence]) => (theirs[origin] ?? 0) >= sequence);
    while (this.#somewhere < this.#said.length && others.some((theirs) => has(theirs, this.#somewhere)))
      this.#somewhere++;
    while (this.#everywhere < this.#said.length && others.every((theirs) => has(theirs, this.#everywhere)))
      this.#everywhere++;
  }

  ageMs(concern: WriteConcern, atMs: number): number {
    return this.#age(this.#ackedMs[concern], this.#somewhere, atMs);
  }

  ageEverywhereMs(atMs: number): number {
    return this.#age(this.#ackedMs.any, this.#everywhere, atMs);
  }

  #age(times: readonly number[], safe: number, atMs: number): number {
    const oldest = times[indexAfter(times, this.#said[safe - 1]?.atMs ?? -Infinity)];
    // Beyond its last word nothing is known of a region: what it acknowledged since is judged once it speaks again.
    if (oldest === undefined || oldest > (this.#said.at(-1)?.atMs ?? -Infinity)) return 0;
    return atMs - oldest;
  }
}

/** Index of the first time after `atMs`. */
function indexAfter(times: readonly number[], atMs: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
