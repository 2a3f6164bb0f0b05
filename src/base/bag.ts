/** An item of a bag knows where it is in it; -1: in none. Changed by the bag alone. */
export interface Placed {
  place: number;
}

/**
 * Items in no order, for those that come and go with every request. An item is in one bag at most.
 *
 * A Set does the same, but not for the collector: every few dozen additions V8 gives a Set another table, and the one it leaves keeps
 * what was in it then and points to the next. Once such a table is in the old generation, all that were ever in the Set since are kept
 * and copied, dead as they are, until the next full collection.
 */
export class Bag<Item extends Placed> {
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: Item): void {
    if (item.place >= 0) return;
    item.place = this.#items.length;
    this.#items.push(item);
  }

  /** Nothing happens when it is not there. */
  delete(item: Item): void {
    const { place } = item;
    if (place < 0) return;
    item.place = -1;
    const last = this.#items.pop()!;
    if (last === item) return;
    this.#items[place] = last;
    last.place = place;
  }

  /** What is in it now: it may change while somebody goes through them. */
  all(): readonly Item[] {
    return [...this.#items];
  }
}
