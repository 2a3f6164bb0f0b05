import { isOriginId, type OriginId, type OriginTable } from "./origin.ts";
import type { Retirements } from "./retirements.ts";

/**
 * Version vector: per origin, the highest sequence applied without a gap. Sequences start at 1; 0 means none.
 *
 * What retirements imply is not kept entry by entry: a vector *knows* the first so many of the table's retirements, and *names* the
 * other origins, in order of their indexes. So it is as long as there are origins that still matter, however many there were.
 */
export class VersionVector {
  readonly #retirements: Retirements | null;
  #known: number;
  readonly #origins: number[];
  readonly #sequences: number[];
  /** Where the latest origin that was found stands, or stood: one mostly asks for the same again. */
  #latest = 0;

  constructor(retirements: Retirements | null = null, known = 0) {
    this.#retirements = retirements;
    this.#known = known;
    this.#origins = [];
    this.#sequences = [];
  }

  /** Nothing. Not to be changed. */
  static readonly empty = new VersionVector();

  /** From sequences by origin index. */
  static dense(sequences: readonly number[], retirements: Retirements | null = null, known = 0): VersionVector {
    const vector = new VersionVector(retirements, known);
    for (const [origin, sequence] of sequences.entries()) if (sequence > 0) vector.set(origin, sequence);
    return vector;
  }

  /** Entries that are named. */
  get size(): number {
    return this.#origins.length;
  }

  /** So many of the table's retirements are implied. */
  get known(): number {
    return this.#known;
  }

  get(origin: number): number {
    const at = this.#find(origin);
    return at >= 0 ? this.#sequences[at]! : this.#floor(origin);
  }

  set(origin: number, sequence: number): void {
    const at = this.#find(origin);
    if (at >= 0) {
      this.#sequences[at] = sequence;
      return;
    }
    // Mostly at the end: names come in the order in which they were first heard.
    if (~at === this.#origins.length) {
      this.#origins.push(origin);
      this.#sequences.push(sequence);
      return;
    }
    this.#origins.splice(~at, 0, origin);
    this.#sequences.splice(~at, 0, sequence);
  }

  covers(origin: number, sequence: number): boolean {
    const at = this.#find(origin);
    if (at >= 0) return this.#sequences[at]! >= sequence;
    return sequence === 0 || (this.#known > 0 && this.#floor(origin) >= sequence);
  }

  /** True when every entry of `other` is reached here. */
  includes(other: VersionVector): boolean {
    return other.everyBeyond(this.#known, (origin, sequence) => this.covers(origin, sequence));
  }

  /** True when `test` holds for all entries but those that the first `known` retirements imply. */
  everyBeyond(known: number, test: (origin: number, sequence: number) => boolean): boolean {
    for (let at = 0; at < this.#origins.length; at++) if (!test(this.#origins[at]!, this.#sequences[at]!)) return false;
    for (let rank = known; rank < this.#known; rank++) {
      const { origin, floor } = this.#retirements!.at(rank);
      if (!test(origin, floor)) return false;
    }
    return true;
  }

  /** Raises every entry to at least `other`'s. Both belong to one table. */
  merge(other: VersionVector): void {
    for (const [origin, sequence] of other.named()) if (sequence > this.get(origin)) this.set(origin, sequence);
    if (other.#known > this.#known) this.#know(other.#known);
  }

  /** Entry by entry the lower of the two: what both have. */
  static intersection(left: VersionVector, right: VersionVector): VersionVector {
    const [less, more] = left.#known <= right.#known ? [left, right] : [right, left];
    const both = new VersionVector(more.#retirements, less.#known);
    const raise = (origin: number): void => {
      const sequence = Math.min(left.get(origin), right.get(origin));
      if (sequence > both.get(origin)) both.set(origin, sequence);
    };
    for (const origin of left.#origins) raise(origin);
    for (const origin of right.#origins) raise(origin);
    for (let rank = less.#known; rank < more.#known; rank++) raise(more.#retirements!.at(rank).origin);
    return both;
  }

  /** Takes up retirements whose batches are in here by now: what they imply is not named any more. True when there were any. */
  retire(): boolean {
    const retirements = this.#retirements;
    if (retirements === null || this.#known === retirements.count) return false;
    let known = this.#known;
    for (; known < retirements.count; known++) {
      const { byOrigin, bySequence } = retirements.at(known);
      if (!this.covers(byOrigin, bySequence)) break;
    }
    if (known === this.#known) return false;
    this.#know(known);
    return true;
  }

  /**
   * The same for a vector that was closed under causality and may leave out what it knows to be retired: fills in what that is, as
   * far as it is known here. A vector that knows more retirements than we do seems to have less than it has.
   */
  complete(): this {
    const retirements = this.#retirements;
    if (retirements === null || retirements.count === 0) return this;
    const covers = (origin: number, sequence: number): boolean => this.covers(origin, sequence);
    if (retirements.areAllKnown(covers)) {
      this.#know(retirements.count);
      return this;
    }
    const isKnown = retirements.knownTo(covers);
    const unknown = isKnown.indexOf(false);
    const known = unknown === -1 ? retirements.count : unknown;
    for (let rank = known; rank < retirements.count; rank++) {
      const { origin, floor } = retirements.at(rank);
      if (isKnown[rank] === true && floor > this.get(origin)) this.set(origin, floor);
    }
    this.#know(known);
    return this;
  }

  copy(): VersionVector {
    const copy = new VersionVector(this.#retirements, this.#known);
    copy.#origins.push(...this.#origins);
    copy.#sequences.push(...this.#sequences);
    return copy;
  }

  /** The entries that are named, by origin index. */
  *named(): Generator<readonly [origin: number, sequence: number]> {
    for (let at = 0; at < this.#origins.length; at++) yield [this.#origins[at]!, this.#sequences[at]!];
  }

  /** All entries, those that retirements imply too; an origin that was retired twice comes twice. */
  *all(): Generator<readonly [origin: number, sequence: number]> {
    yield* this.named();
    for (let rank = 0; rank < this.#known; rank++) {
      const { origin } = this.#retirements!.at(rank);
      yield [origin, this.get(origin)];
    }
  }

  /** By name, without what retirements imply: for the wire, files and people. */
  toNamed(origins: OriginTable): NamedVector {
    const named: Record<OriginId, number> = {};
    // Not by `named()`: every answer over REST carries a vector.
    for (let at = 0; at < this.#origins.length; at++) named[origins.id(this.#origins[at]!)] = this.#sequences[at]!;
    return named;
  }

  /** What `toNamed` made, here or elsewhere. */
  static fromNamed(named: NamedVector, origins: OriginTable): VersionVector {
    const vector = new VersionVector(origins.retirements);
    for (const [id, sequence] of Object.entries(named)) vector.set(origins.intern(id), sequence);
    return vector.complete();
  }

  #know(known: number): void {
    for (let rank = this.#known; rank < known; rank++) {
      const { origin, floor } = this.#retirements!.at(rank);
      const at = this.#find(origin);
      if (at < 0 || this.#sequences[at]! > floor) continue;
      this.#origins.splice(at, 1);
      this.#sequences.splice(at, 1);
    }
    this.#known = Math.max(known, this.#known);
  }

  #floor(origin: number): number {
    return this.#known === 0 ? 0 : this.#retirements!.floor(origin, this.#known);
  }

  /** Where the origin is, or the complement of where it would be. */
  #find(origin: number): number {
    const origins = this.#origins;
    if (origins[this.#latest] === origin) return this.#latest;
    let low = 0;
    let high = origins.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (origins[middle]! < origin) low = middle + 1;
      else high = middle;
    }
    if (low === origins.length || origins[low] !== origin) return ~low;
    this.#latest = low;
    return low;
  }
}

/** A version vector by origin id, without what retirements imply. Entries are positive. */
export type NamedVector = Readonly<Record<OriginId, number>>;

/** Entries one vector from outside may have; a vector is input like any other. */
export const VECTOR_ENTRIES_MAX = 65_536;

/** True when `value` (parsed JSON from outside) is a version vector. */
export function isNamedVector(value: unknown): value is NamedVector {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= VECTOR_ENTRIES_MAX &&
    entries.every(([id, sequence]) => isOriginId(id) && Number.isSafeInteger(sequence) && (sequence as number) > 0)
  );
}

/** True when `left` names every entry of `right`. What is retired has to be asked of a replica. */
export function namedIncludes(left: NamedVector, right: NamedVector): boolean {
  for (const id in right) if (Object.hasOwn(right, id) && (left[id] ?? 0) < right[id]!) return false;
  return true;
}

/** What contains both, and no more. */
export function namedMaximum(left: NamedVector, right: NamedVector): NamedVector {
  const maximum: Record<OriginId, number> = { ...left };
  for (const [id, sequence] of Object.entries(right)) maximum[id] = Math.max(maximum[id] ?? 0, sequence);
  return maximum;
}
