import { describe, expect, test } from "vitest";
import { Bag, type Placed } from "../../../src/base/bag.ts";
import { seededRandom } from "../../../src/base/random.ts";

describe("a bag", () => {
  test("has what a Set has, whatever comes and goes", () => {
    const random = seededRandom(7);
    const items: readonly Placed[] = Array.from({ length: 40 }, () => ({ place: -1 }));
    const [bag, set] = [new Bag(), new Set<Placed>()];
    for (let step = 0; step < 5_000; step++) {
      const item = items[random.below(items.length)]!;
      if (random.next() < 0.5) {
        bag.add(item);
        set.add(item);
      } else {
        bag.delete(item);
        set.delete(item);
      }
      expect(bag.size).toBe(set.size);
      expect(new Set(bag.all())).toEqual(set);
      expect(bag.all()).toHaveLength(set.size);
    }
  });

  test("may change while somebody goes through it", () => {
    const bag = new Bag<Placed>();
    for (let count = 0; count < 10; count++) bag.add({ place: -1 });
    let seen = 0;
    for (const item of bag.all()) {
      seen++;
      bag.delete(item);
    }
    expect([seen, bag.size]).toEqual([10, 0]);
  });
});
