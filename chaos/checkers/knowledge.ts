import type { FaultLine, OpLine } from "../record/lines.ts";

/**
 * What a region surely had at a moment, told from the record alone.
 *
 * The contract makes this possible with one number per region: a region shows a batch only after all that this batch had observed (K3). So
 * when a read in B shows a write that began in A at time t, B has everything that A had acknowledged before t, and everything that A in
 * turn surely had by then. `vector[A] = t` says "has all that was acknowledged in A until t".
 *
 * A region whose disk was lost is another place from then on: it has again what its peers had, and nobody can tell from outside how much.
 */
export type TimeVector = ReadonlyMap<string, number>;

interface Moment {
  readonly atMs: number;
  readonly vector: TimeVector;
}

const NONE: TimeVector = new Map();

export class Knowledge {
  readonly #losses: ReadonlyMap<string, readonly number[]>;
  readonly #moments = new Map<string, Moment[]>();

  constructor(faults: readonly FaultLine[]) {
    const losses = new Map<string, number[]>();
    for (const fault of faults.filter(({ losesDisk, phase }) => losesDisk && phase === "begin"))
      for (const region of fault.regions) losses.set(region, [...(losses.get(region) ?? []), fault.askedMs]);
    this.#losses = losses;
  }

  /** Where an operation ran: its region, and which of its disks. Null: not known. */
  placeOf(line: OpLine): string | null {
    if (line.regionServed === null) return null;
    const place = this.placeAt(line.regionServed, line.startedMs);
    return place === this.placeAt(line.regionServed, line.endedMs) ? place : null;
  }

  placeAt(region: string, atMs: number): string {
    return `${region}/${(this.#losses.get(region) ?? []).filter((lostMs) => lostMs <= atMs).length}`;
  }

  /** What `place` surely had at `atMs`. */
  at(place: string, atMs: number): TimeVector {
    const moments = this.#moments.get(place) ?? [];
    let low = 0;
    let high = moments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (moments[middle]!.atMs <= atMs) low = middle + 1;
      else high = middle;
    }
    return moments[low - 1]?.vector ?? NONE;
  }

  /** A read that ended at `atMs` showed `place` a write that began at `from` at `startedMs`. To be told in the order of `atMs`. */
  learn(place: string, atMs: number, from: string, startedMs: number): void {
    const known = this.at(place, atMs);
    const told = new Map(this.at(from, startedMs)).set(from, startedMs);
    told.delete(place);
    if ([...told].every(([other, untilMs]) => (known.get(other) ?? -Infinity) >= untilMs)) return;
    const vector = new Map(known);
    for (const [other, untilMs] of told) vector.set(other, Math.max(untilMs, vector.get(other) ?? -Infinity));
    const moments = this.#moments.get(place) ?? [];
    moments.push({ atMs, vector });
    this.#moments.set(place, moments);
  }

  /** Whether `place` surely had at `atMs` what had been acknowledged in `of` by `ackedMs`. */
  had(place: string, atMs: number, of: string, ackedMs: number): boolean {
    if (place === of) return ackedMs <= atMs;
    return ackedMs <= (this.at(place, atMs).get(of) ?? -Infinity);
  }
}
