import { assert } from "./assert.ts";

/** The pages that a CountedTree is made of: leaves of items, branches that know how many items each child has. */
export const PAGE_WIDTH_MAX = 64;
export const PAGE_WIDTH_MIN = PAGE_WIDTH_MAX / 4;
/** Pages of a tree that is built at once are left with room for a few more. */
const PAGE_WIDTH_BUILT = 48;

/** Where an item lies: negative before what is looked for, 0 or positive at or after it. Monotone over the tree's order. */
export type Probe<Item> = (item: Item) => number;

export type Node<Item> = Leaf<Item> | Branch<Item>;

export class Leaf<Item> {
  readonly items: Item[];

  constructor(items: Item[]) {
    this.items = items;
  }

  get size(): number {
    return this.items.length;
  }

  get width(): number {
    return this.items.length;
  }

  get first(): Item {
    return this.items[0]!;
  }
}

export class Branch<Item> {
  children: Node<Item>[];
  /** The first item below each child. */
  firsts: Item[];
  size: number;

  constructor(children: Node<Item>[]) {
    this.children = children;
    this.firsts = children.map((child) => child.first);
    this.size = children.reduce((sum, child) => sum + child.size, 0);
  }

  get width(): number {
    return this.children.length;
  }

  get first(): Item {
    return this.firsts[0]!;
  }

  /** Keeps the children before `index` and answers a branch of the others. */
  cut(index: number): Branch<Item> {
    const right = new Branch(this.children.splice(index));
    this.firsts.length = index;
    this.size -= right.size;
    return right;
  }

  /** Child `index` has become narrow: joins it with a neighbour, or shares between the two. */
  evenOut(index: number): void {
    if (this.children.length === 1) {
      // Our own parent evens us out in turn, and drops the child if it is empty.
      const [only] = this.children;
      if (only!.size > 0) this.firsts[0] = only!.first;
      return;
    }
    const at = Math.max(0, index - 1);
    const joined = join(this.children[at]!, this.children[at + 1]!);
    this.children.splice(at, 2, ...joined);
    this.firsts.splice(at, 2, ...joined.map((child) => child.first));
  }
}

/** The content of two neighbouring nodes as one node, or as two of about equal width. */
function join<Item>(left: Node<Item>, right: Node<Item>): Node<Item>[] {
  if (left instanceof Leaf && right instanceof Leaf) {
    return halves(left.items, right.items).map((items) => new Leaf(items));
  }
  assert(left instanceof Branch && right instanceof Branch, "neighbours are of one level");
  const filled = (children: readonly Node<Item>[]): Node<Item>[] => children.filter(({ size }) => size > 0);
  return halves(filled(left.children), filled(right.children)).map((children) => new Branch(children));
}

function halves<One>(left: readonly One[], right: readonly One[]): One[][] {
  const all = [...left, ...right];
  return all.length <= PAGE_WIDTH_MAX ? [all] : [all.slice(0, all.length >>> 1), all.slice(all.length >>> 1)];
}

export function evenSlices<One>(all: readonly One[]): One[][] {
  const pages = Math.ceil(all.length / PAGE_WIDTH_BUILT);
  return Array.from({ length: pages }, (_, page) =>
    all.slice(Math.floor((page * all.length) / pages), Math.floor(((page + 1) * all.length) / pages)),
  );
}

export function withoutSingleChild<Item>(root: Node<Item>): Node<Item> {
  return root instanceof Branch && root.children.length === 1 ? root.children[0]! : root;
}

export function countBefore<Item>(sorted: readonly Item[], probe: Probe<Item>): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (probe(sorted[middle]!) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** False when the walk has ended. */
export function walkUp<Item>(node: Node<Item>, fromRank: number, visit: (item: Item) => boolean): boolean {
  let skip = fromRank;
  if (node instanceof Leaf) {
    for (let index = skip; index < node.items.length; index++) if (!visit(node.items[index]!)) return false;
    return true;
  }
  for (const child of node.children) {
    if (skip >= child.size) skip -= child.size;
    else {
      if (!walkUp(child, skip, visit)) return false;
      skip = 0;
    }
  }
  return true;
}

export function walkDown<Item>(node: Node<Item>, fromRank: number, visit: (item: Item) => boolean): boolean {
  if (node instanceof Leaf) {
    for (let index = fromRank; index >= 0; index--) if (!visit(node.items[index]!)) return false;
    return true;
  }
  let before = node.size;
  for (let index = node.children.length - 1; index >= 0; index--) {
    const child = node.children[index]!;
    before -= child.size;
    if (fromRank < before) continue;
    if (!walkDown(child, Math.min(fromRank - before, child.size - 1), visit)) return false;
  }
  return true;
}
