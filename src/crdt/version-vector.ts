import { isOriginId, type OriginId, type OriginTable } from "./origin.ts";

/**
 * Version vector: per origin, the highest sequence applied without a gap. Sequences start at 1; 0 means none.
 * In memory an array by origin index.
 */
export class VersionVector {
  readonly #sequences: number[];

  constructor(sequences: readonly number[] = []) {
    this.#sequences = [...sequences];
  }

  get(origin: number): number {
    return this.#sequences[origin] ?? 0;
  }

  set(origin: number, sequence: number): void {
    while (this.#sequences.length <= origin) this.#sequences.push(0);
    this.#sequences[origin] = sequence;
  }

  covers(origin: number, sequence: number): boolean {
    return (this.#sequences[origin] ?? 0) >= sequence;
  }

  /** True when every entry of `other` is reached here. */
  includes(other: VersionVector): boolean {
    return this.includesSequences(other.#sequences);
  }

  includesSequences(sequences: readonly number[]): boolean {
    for (let origin = 0; origin < sequences.length; origin++) {
      if (sequences[origin]! > (this.#sequences[origin] ?? 0)) return false;
    }
    return true;
  }

  /** Raises every entry to at least `other`'s. */
  merge(other: VersionVector): void {
    for (let origin = 0; origin < other.#sequences.length; origin++) {
      const sequence = other.#sequences[origin]!;
      if (sequence > this.get(origin)) this.set(origin, sequence);
    }
  }

  /** Entry by entry the lower of the two: what both have. */
  static intersection(left: VersionVector, right: VersionVector): VersionVector {
    const length = Math.min(left.#sequences.length, right.#sequences.length);
    const out: number[] = [];
    for (let origin = 0; origin < length; origin++) out.push(Math.min(left.get(origin), right.get(origin)));
    return new VersionVector(out);
  }

  /** The entries by origin index; a copy that never changes. */
  snapshot(): readonly number[] {
    return this.#sequences.slice();
  }

  copy(): VersionVector {
    return new VersionVector(this.#sequences);
  }

  /** By name, without zeros: for the wire, files and people. */
  toNamed(origins: OriginTable): NamedVector {
    const named: Record<OriginId, number> = {};
    for (let origin = 0; origin < this.#sequences.length; origin++) {
      if (this.#sequences[origin]! > 0) named[origins.id(origin)] = this.#sequences[origin]!;
    }
    return named;
  }

  static fromNamed(named: NamedVector, origins: OriginTable): VersionVector {
    const vector = new VersionVector();
    for (const [id, sequence] of Object.entries(named)) vector.set(origins.intern(id), sequence);
    return vector;
  }
}

/** A version vector by origin id. Entries are positive. */
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

/** True when `left` has every entry of `right`. */
export function namedIncludes(left: NamedVector, right: NamedVector): boolean {
  for (const [id, sequence] of Object.entries(right)) if ((left[id] ?? 0) < sequence) return false;
  return true;
}
