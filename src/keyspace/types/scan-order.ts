import { hash32 } from "../../base/hash32.ts";

/**
 * The order in which SCAN-like commands walk a set of names: by hash, so that a cursor is a position in hash space and needs no
 * memory of its client. The order is a snapshot taken when a scan begins; a name that stays throughout is in it, a name that
 * came later may be missed, which is the guarantee Redis gives.
 */
export class ScanOrder {
  readonly #names: string[];
  readonly #hashes: Float64Array;

  constructor(names: Iterable<string>) {
    const unordered = [...names];
    // Hash and place in one 64-bit number each: sorted natively, a million in a tenth of a second.
    const pairs = new Uint32Array(unordered.length * 2);
    for (const [place, name] of unordered.entries()) {
      pairs[place * 2] = place;
      pairs[place * 2 + 1] = hash32(name);
    }
    new BigUint64Array(pairs.buffer).sort();
    this.#names = unordered.map((_, index) => unordered[pairs[index * 2]!]!);
    this.#hashes = Float64Array.from(unordered, (_, index) => pairs[index * 2 + 1]!);
  }

  /**
   * Visits at least `count` names from hash position `cursor` on, whole hash values at a time. Answers where to go on; 0 at
   * the end. Cursors are below 2^32 + 1.
   */
  visit(cursor: number, count: number, visit: (name: string) => void): number {
    let index = this.#lowerBound(cursor);
    let visited = 0;
    while (index < this.#names.length) {
      if (visited >= count && this.#hashes[index] !== this.#hashes[index - 1]) return this.#hashes[index]!;
      visit(this.#names[index]!);
      visited++;
      index++;
    }
    return 0;
  }

  #lowerBound(hash: number): number {
    let low = 0;
    let high = this.#hashes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#hashes[middle]! < hash) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
