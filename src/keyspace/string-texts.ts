import type { KeyEntry } from "./key-entry.ts";
import { StringFacet } from "./types/string/string-facet.ts";
import type { ValuePool } from "./value-pool.ts";

/**
 * Who moves texts into the pool and out of it: the text of a string that its key shows is in it while the key is in memory, any other
 * is not. So a facet that somebody still holds when its key is changed, dropped or emptied, as a checkpoint may, has its text itself.
 */
export class StringTexts {
  readonly #poolOf: (db: number) => ValuePool;
  #before: StringFacet | null = null;

  /** `poolOf`: the pool of a database as it is now. One that was emptied leaves its pool to whoever holds one of its entries. */
  constructor(poolOf: (db: number) => ValuePool) {
    this.#poolOf = poolOf;
  }

  /** An entry is about to be changed. One at a time. */
  beforeChange({ facet }: KeyEntry): void {
    this.#before = facet instanceof StringFacet ? facet : null;
  }

  /** It was changed. */
  afterChange(entry: KeyEntry): void {
    if (this.#before !== null && this.#before !== entry.facet) this.#before.moveOut();
    this.settle(entry);
  }

  /** It came into memory, or its value took another form. */
  settle({ facet, db }: KeyEntry): void {
    if (facet instanceof StringFacet) facet.settleIn(this.#poolOf(db));
  }

  /** It goes from memory. */
  dropped({ facet }: KeyEntry): void {
    if (facet instanceof StringFacet) facet.moveOut();
  }
}
