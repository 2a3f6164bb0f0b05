import { CountedTree } from "../../../base/counted-tree.ts";
import { STREAM_ID_MAX, STREAM_ID_MIN, type StreamId } from "../../../crdt/stream-id.ts";

/** Items taken from the tree at a time while walking. */
const SLICE_ITEMS = 64;

interface Item<Value> {
  readonly id: StreamId;
  readonly value: Value;
}

/** Values by id, in the order of ids and with their ranks: lookups, ranges and ranks in logarithmic time. */
export class IdMap<Value> {
  readonly #tree = new CountedTree<Item<Value>>(compareIds);

  get size(): number {
    return this.#tree.size;
  }

  get first(): StreamId | undefined {
    return this.#tree.at(0)?.id;
  }

  get last(): StreamId | undefined {
    return this.#tree.at(this.size - 1)?.id;
  }

  get(id: StreamId): Value | undefined {
    const item = this.#tree.at(this.countBelow(id));
    return item?.id === id ? item.value : undefined;
  }

  has(id: StreamId): boolean {
    return this.#tree.at(this.countBelow(id))?.id === id;
  }

  set(id: StreamId, value: Value): void {
    this.#tree.insert({ id, value });
  }

  delete(id: StreamId): boolean {
    return this.#tree.remove({ id, value: undefined as Value });
  }

  /** How many ids are below `id`: its rank. */
  countBelow(id: StreamId): number {
    return this.#tree.lowerBound((item) => (item.id < id ? -1 : 1));
  }

  /** The id that has `rank` ids below it. */
  at(rank: number): StreamId | undefined {
    return this.#tree.at(rank)?.id;
  }

  /** Both ends included, upwards. Not to be changed meanwhile. */
  *range(from: StreamId, to: StreamId): Generator<readonly [StreamId, Value]> {
    for (let rank = this.countBelow(from); rank < this.size; rank += SLICE_ITEMS) {
      for (const { id, value } of this.#tree.slice(rank, rank + SLICE_ITEMS)) {
        if (id > to) return;
        yield [id, value];
      }
    }
  }

  /** Both ends included, downwards. Not to be changed meanwhile. */
  *reversed(from: StreamId, to: StreamId): Generator<readonly [StreamId, Value]> {
    let rank = this.#tree.lowerBound((item) => (item.id <= to ? -1 : 1));
    while (rank > 0) {
      const start = Math.max(0, rank - SLICE_ITEMS);
      const items = this.#tree.slice(start, rank);
      for (let at = items.length - 1; at >= 0; at--) {
        const { id, value } = items[at]!;
        if (id < from) return;
        yield [id, value];
      }
      rank = start;
    }
  }

  *ids(): Generator<StreamId> {
    for (const { id } of this.#tree) yield id;
  }

  /** All ids, or those between two, both included: a list of its own, for who changes what is in here. */
  listed(from: StreamId = STREAM_ID_MIN, to: StreamId = STREAM_ID_MAX): StreamId[] {
    return Array.from(this.range(from, to), ([id]) => id);
  }

  *entries(): Generator<readonly [StreamId, Value]> {
    for (const { id, value } of this.#tree) yield [id, value];
  }
}

function compareIds(left: { readonly id: StreamId }, right: { readonly id: StreamId }): number {
  if (left.id === right.id) return 0;
  return left.id < right.id ? -1 : 1;
}
