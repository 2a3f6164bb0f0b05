import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import {
  elementsOf,
  entriesOf,
  findElement,
  firstElement,
  namesOf,
  NO_ELEMENTS,
  ROW_ELEMENTS_MAX,
  sizeOf,
  withElement,
  withoutElement,
  type Elements,
} from "../../../src/keyspace/types/elements.ts";
import { SharedNames } from "../../../src/keyspace/types/shared-names.ts";
import { EngineWorld } from "../../support/engine-world.ts";

describe("elements by name", () => {
  it("are what a Map has, in its order, whatever comes and goes", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = seededRandom(seed);
      const names = 1 + random.below(2 * ROW_ELEMENTS_MAX);
      const model = new Map<string, number>();
      let elements: Elements<number> = NO_ELEMENTS;
      for (let step = 0; step < 60; step++) {
        const name = `name:${random.below(names)}`;
        if (random.below(3) > 0) {
          model.set(name, step);
          elements = withElement(elements, name, step);
        } else {
          model.delete(name);
          elements = withoutElement(elements, name);
        }
        expect([...entriesOf(elements)], `seed ${seed}`).toEqual([...model]);
        expect([...namesOf(elements)]).toEqual([...model.keys()]);
        expect([...elementsOf(elements)]).toEqual([...model.values()]);
        expect(sizeOf(elements)).toBe(model.size);
        expect(firstElement(elements)).toBe(model.values().next().value ?? null);
        for (let one = 0; one < names; one++) {
          expect(findElement(elements, `name:${one}`)).toBe(model.get(`name:${one}`));
        }
      }
    }
  });

  it("are seen as they were by who began to walk over a few of them", () => {
    let elements: Elements<number> = NO_ELEMENTS;
    for (let one = 0; one < ROW_ELEMENTS_MAX; one++) elements = withElement(elements, `name:${one}`, one);
    const seen: string[] = [];
    for (const name of namesOf(elements)) {
      seen.push(name);
      elements = withoutElement(elements, name);
    }
    expect([seen.length, sizeOf(elements)]).toEqual([ROW_ELEMENTS_MAX, 0]);
  });
});

describe("names that are shared", () => {
  it("have the same characters, whatever their length and however many there were", () => {
    const names = new SharedNames();
    for (let round = 0; round < 3; round++) {
      for (let one = 0; one < 5000; one++) {
        const name = "n".repeat(one % 50) + String(one);
        expect(names.share(name)).toBe(name);
        expect(names.share("user")).toBe("user");
        expect(names.size).toBeLessThanOrEqual(2048);
      }
    }
  });
});

describe("hashes of a few fields", () => {
  it("H1–H6, E8: fields of one hash come and go as in one of many, in every region and after a restart", async () => {
    const world = new EngineWorld();
    const { a, b } = world;
    const field = (at: number): string => `field:${at}`;
    for (const size of [1, ROW_ELEMENTS_MAX - 1, ROW_ELEMENTS_MAX, ROW_ELEMENTS_MAX + 1, 3 * ROW_ELEMENTS_MAX]) {
      const key = `hash:${size}`;
      for (let at = 0; at < size; at++) a.hset(key, field(at), "first");
      world.sync();
      a.hset(key, field(0), "by a");
      b.hdel(key, field(0), field(size - 1));
      b.hset(key, "other", "by b");
      const expected: Record<string, string> = { other: "by b", [field(0)]: "by a" };
      for (let at = 1; at < size - 1; at++) expected[field(at)] = "first";
      expect(world.converged((region) => region.hash(key))).toEqual(expected);
      await world.settle();
      const again = await b.reopened();
      const read = again.transact(0, (tx) => Object.fromEntries(tx.hashes.get(key)!.entries())).value;
      expect(read).toEqual(expected);
      a.hdel(key, ...Object.keys(expected));
      expect(world.converged((region) => region.hash(key))).toBeNull();
    }
  });
});
