import {
  Branch,
  countBefore,
  evenSlices,
  Leaf,
  PAGE_WIDTH_MAX,
  PAGE_WIDTH_MIN,
  walkDown,
  walkUp,
  withoutSingleChild,
  type Node,
  type Probe,
} from "./counted-pages.ts";

/**
 * Items in an order of their own, with their ranks: a B+tree whose branches know how many items each child has. Adding,
 * removing, "what is at rank r" and "what rank has this" take a number of steps that grows with the logarithm of the size; walking
 * from a rank costs that once. It serves sorted sets by score, lists by position, streams by id.
 *
 * The order is a comparator's; two items that compare as equal are one. What decides the order of an item must not change
 * while the item is in here. The tree must not change while it is walked.
 *
 * Pages are arrays of up to 64: inserting into one moves a few hundred bytes, which is cheaper than following pointers. A page
 * that overflows is cut in half, except at the ends of the tree, where it is left full: what only grows at its ends
 * (a list, a stream) has full pages.
 */
export type Comparator<Item> = (left: Item, right: Item) => number;

export class CountedTree<Item> {
  readonly #compare: Comparator<Item>;
  #root: Node<Item> = new Leaf([]);
  /** The item that is being inserted comes after, or before, all others. */
  #growsAtEnd: "first" | "last" | null = null;

  constructor(compare: Comparator<Item>) {
    this.#compare = compare;
  }

  /** A tree of items that are in order already, each different from the one before it: in linear time. */
  static fromSorted<Item>(items: readonly Item[], compare: Comparator<Item>): CountedTree<Item> {
    const tree = new CountedTree(compare);
    let level: Node<Item>[] = evenSlices(items).map((part) => new Leaf(part));
    while (level.length > 1) level = evenSlices(level).map((part) => new Branch(part));
    tree.#root = level[0] ?? new Leaf([]);
    return tree;
  }

  get size(): number {
    return this.#root.size;
  }

  /** Adds the item; one that is equal to it is replaced. True when there was none. */
  insert(item: Item): boolean {
    const before = this.size;
    this.#growsAtEnd = this.#endOf(item);
    const split = this.#insert(this.#root, item);
    if (split !== null) this.#root = new Branch([this.#root, split]);
    return this.size !== before;
  }

  /** Removes the item that is equal to this one; true when there was one. */
  remove(item: Item): boolean {
    const removed = this.#remove(this.#root, item);
    if (removed) this.#root = withoutSingleChild(this.#root);
    return removed;
  }

  /** The item at a rank from 0 on; undefined outside. */
  at(rank: number): Item | undefined {
    if (!(rank >= 0 && rank < this.size)) return undefined;
    let node = this.#root;
    let left = rank;
    while (node instanceof Branch) {
      let index = 0;
      while (left >= node.children[index]!.size) left -= node.children[index++]!.size;
      node = node.children[index]!;
    }
    return node.items[left];
  }

  /** The rank of the item that is equal to this one; -1 when there is none. */
  rankOf(item: Item): number {
    const rank = this.lowerBound((one) => this.#compare(one, item));
    const found = this.at(rank);
    return found !== undefined && this.#compare(found, item) === 0 ? rank : -1;
  }

  has(item: Item): boolean {
    return this.rankOf(item) >= 0;
  }

  /** How many items lie before what is looked for: the rank of the first that does not; the size when all do. */
  lowerBound(probe: Probe<Item>): number {
    let node = this.#root;
    let rank = 0;
    while (node instanceof Branch) {
      const index = Math.max(0, countBefore(node.firsts, probe) - 1);
      for (let before = 0; before < index; before++) rank += node.children[before]!.size;
      node = node.children[index]!;
    }
    return rank + countBefore(node.items, probe);
  }

  /** Visits items upwards from a rank on, until `visit` answers false. */
  walk(fromRank: number, visit: (item: Item) => boolean): void {
    if (fromRank < this.size) walkUp(this.#root, Math.max(0, fromRank), visit);
  }

  /** Visits items downwards from a rank on, until `visit` answers false. */
  walkBack(fromRank: number, visit: (item: Item) => boolean): void {
    if (fromRank >= 0) walkDown(this.#root, Math.min(fromRank, this.size - 1), visit);
  }

  /** Items of ranks `from` (included) to `to` (excluded). */
  slice(from: number, to: number): Item[] {
    const items: Item[] = [];
    let left = Math.min(to, this.size) - Math.max(0, from);
    if (left <= 0) return items;
    this.walk(from, (item) => {
      items.push(item);
      return --left > 0;
    });
    return items;
  }

  /** All items in order. */
  *[Symbol.iterator](): Generator<Item, void, undefined> {
    const path: Node<Item>[] = [this.#root];
    for (let node = path.pop(); node !== undefined; node = path.pop()) {
      if (node instanceof Branch) for (let at = node.children.length - 1; at >= 0; at--) path.push(node.children[at]!);
      else yield* node.items;
    }
  }

  #endOf(item: Item): "first" | "last" | null {
    if (this.size === 0 || this.#compare(item, this.at(this.size - 1)!) > 0) return "last";
    return this.#compare(item, this.at(0)!) < 0 ? "first" : null;
  }

  /** Answers the right half when the node had to be cut. */
  #insert(node: Node<Item>, item: Item): Node<Item> | null {
    if (node instanceof Leaf) {
      const index = countBefore(node.items, (one) => this.#compare(one, item));
      const there = node.items[index];
      if (index < node.items.length && this.#compare(there!, item) === 0) {
        node.items[index] = item;
        return null;
      }
      node.items.splice(index, 0, item);
      return node.items.length > PAGE_WIDTH_MAX ? new Leaf(node.items.splice(this.#cutOf(node.items.length))) : null;
    }
    const index = this.#childOf(node, item);
    const child = node.children[index]!;
    const sizeBefore = child.size;
    const split = this.#insert(child, item);
    node.firsts[index] = child.first;
    node.size += child.size - sizeBefore;
    if (split === null) return null;
    node.size += split.size;
    node.children.splice(index + 1, 0, split);
    node.firsts.splice(index + 1, 0, split.first);
    return node.children.length > PAGE_WIDTH_MAX ? node.cut(this.#cutOf(node.children.length)) : null;
  }

  #cutOf(width: number): number {
    if (this.#growsAtEnd === "last") return width - 1;
    return this.#growsAtEnd === "first" ? 1 : width >>> 1;
  }

  #remove(node: Node<Item>, item: Item): boolean {
    if (node instanceof Leaf) {
      const index = countBefore(node.items, (one) => this.#compare(one, item));
      if (index >= node.items.length || this.#compare(node.items[index]!, item) !== 0) return false;
      node.items.splice(index, 1);
      return true;
    }
    const index = this.#childOf(node, item);
    const child = node.children[index]!;
    if (!this.#remove(child, item)) return false;
    node.size--;
    if (child.width < PAGE_WIDTH_MIN) node.evenOut(index);
    else node.firsts[index] = child.first;
    return true;
  }

  /** The child in whose range the item lies. */
  #childOf(node: Branch<Item>, item: Item): number {
    // One step past the item: a first that is equal to it is its own child's.
    return Math.max(0, countBefore(node.firsts, (first) => (this.#compare(first, item) <= 0 ? -1 : 1)) - 1);
  }
}
