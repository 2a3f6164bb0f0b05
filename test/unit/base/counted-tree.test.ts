import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CountedTree } from "../../../src/base/counted-tree.ts";

/** An item whose order is a number; `tag` tells two that compare as equal apart. */
interface Item {
  readonly order: number;
  readonly tag: number;
}

const compare = (left: Item, right: Item): number => left.order - right.order;
const item = (order: number, tag = 0): Item => ({ order, tag });

/** What the tree must do: an array that is kept sorted. */
class SortedArray {
  items: Item[] = [];

  insert(one: Item): boolean {
    const at = this.lowerBound(one.order);
    const replaced = this.items[at]?.order === one.order;
    this.items.splice(at, replaced ? 1 : 0, one);
    return !replaced;
  }

  remove(one: Item): boolean {
    const at = this.items.findIndex((other) => other.order === one.order);
    if (at >= 0) this.items.splice(at, 1);
    return at >= 0;
  }

  lowerBound(order: number): number {
    const at = this.items.findIndex((one) => one.order >= order);
    return at < 0 ? this.items.length : at;
  }
}

function expectSame(tree: CountedTree<Item>, model: SortedArray): void {
  expect(tree.size).toBe(model.items.length);
  expect([...tree]).toEqual(model.items);
  expect(tree.slice(0, tree.size)).toEqual(model.items);
}

const step = fc.record({
  what: fc.constantFrom("insert", "insert", "remove", "read"),
  order: fc.integer({ min: 0, max: 400 }),
  tag: fc.integer({ min: 0, max: 9 }),
});

describe("a counted tree", () => {
  it("does what a sorted array does, step by step", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 1500, size: "max" }),
        fc.array(fc.integer({ max: 400 })),
        (steps, first) => {
          const model = new SortedArray();
          for (const order of first) model.insert(item(order));
          const tree = CountedTree.fromSorted(model.items, compare);
          for (const { what, order, tag } of steps) {
            const one = item(order, tag);
            if (what === "insert") expect(tree.insert(one)).toBe(model.insert(one));
            else if (what === "remove") expect(tree.remove(one)).toBe(model.remove(one));
            else {
              expect(tree.at(order)).toEqual(model.items[order]);
              expect(tree.rankOf(one)).toBe(model.items.findIndex((other) => other.order === order));
              expect(tree.lowerBound((other) => other.order - order)).toBe(model.lowerBound(order));
              expect(tree.slice(order, order + tag)).toEqual(model.items.slice(order, order + tag));
            }
          }
          expectSame(tree, model);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("walks both ways from any rank, and stops when told", () => {
    const items = Array.from({ length: 5000 }, (_, order) => item(order));
    const tree = CountedTree.fromSorted(items, compare);
    for (const from of [0, 1, 47, 48, 49, 2500, 4998, 4999]) {
      const up: number[] = [];
      tree.walk(from, ({ order }) => up.push(order) < 200);
      expect(up).toEqual(items.slice(from, from + 200).map(({ order }) => order));
      const down: number[] = [];
      tree.walkBack(from, ({ order }) => down.push(order) < 200);
      expect(down).toEqual(
        items
          .slice(Math.max(0, from - 199), from + 1)
          .map(({ order }) => order)
          .toReversed(),
      );
    }
    tree.walk(5000, () => expect.unreachable());
    tree.walkBack(-1, () => expect.unreachable());
    const all: number[] = [];
    tree.walkBack(9999, ({ order }) => all.push(order) > 0);
    expect(all).toHaveLength(5000);
  });

  it.each(["last", "first"])("stays in order when it only grows and shrinks at its ends (%s)", (end) => {
    const tree = new CountedTree(compare);
    const orders = Array.from({ length: 20_000 }, (_, order) => (end === "last" ? order : -order));
    for (const order of orders) expect(tree.insert(item(order))).toBe(true);
    expect(tree.at(0)!.order).toBe(Math.min(...orders));
    expect(tree.rankOf(item(orders[777]!))).toBe(end === "last" ? 777 : 20_000 - 778);
    for (const order of orders) expect(tree.remove(item(order))).toBe(true);
    expect(tree.size).toBe(0);
    expect([...tree]).toEqual([]);
    expect(tree.at(0)).toBeUndefined();
  });

  it("is empty at first, and again after its last item", () => {
    const tree = new CountedTree(compare);
    expect(tree.remove(item(1))).toBe(false);
    expect(tree.lowerBound(() => -1)).toBe(0);
    tree.insert(item(1));
    expect(tree.has(item(1))).toBe(true);
    tree.remove(item(1));
    expect(tree.has(item(1))).toBe(false);
    expect(CountedTree.fromSorted<Item>([], compare).size).toBe(0);
  });

  it("empties from the middle without losing anything", () => {
    const items = Array.from({ length: 10_000 }, (_, order) => item(order));
    const tree = CountedTree.fromSorted(items, compare);
    const model = [...items];
    while (model.length > 0) {
      const at = model.length >>> 1;
      const [gone] = model.splice(at, 1);
      expect(tree.remove(gone!)).toBe(true);
      if (model.length % 997 === 0) expect(tree.slice(0, tree.size)).toEqual(model);
    }
    expect(tree.size).toBe(0);
  });

  it.each(["first", "last"] as const)("forgets one that came alone to an end where all pages were full: %s", (end) => {
    const sign = end === "first" ? 1 : -1;
    // Enough for three levels, grown away from that end: what is left there are full pages.
    const tree = new CountedTree(compare);
    for (let order = 0; order < 10_000; order++) tree.insert(item(sign * order));
    for (let more = 1; more < 5; more++) {
      for (let left = more; left > 0; left--) tree.insert(item(-sign * (more + 1 - left)));
      for (let left = more; left > 0; left--) expect(tree.remove(item(-sign * left))).toBe(true);
      expect(tree.has(item(-sign))).toBe(false);
      expect(tree.rankOf(item(0))).toBe(end === "first" ? 0 : tree.size - 1);
    }
    for (let order = 0; order < 10_000; order++) expect(tree.remove(item(sign * order))).toBe(true);
    expect(tree.size).toBe(0);
  });

  it("finds things in a number of comparisons that grows with the logarithm of the size", () => {
    let comparisons = 0;
    const counting = (left: Item, right: Item): number => {
      comparisons++;
      return compare(left, right);
    };
    const tree = CountedTree.fromSorted(
      Array.from({ length: 1_000_000 }, (_, order) => item(order)),
      counting,
    );
    comparisons = 0;
    expect(tree.rankOf(item(654_321))).toBe(654_321);
    expect(comparisons).toBeLessThan(40);
    comparisons = 0;
    tree.insert(item(654_321.5));
    expect(tree.rankOf(item(700_000))).toBe(700_001);
    expect(comparisons).toBeLessThan(80);
  });
});
