import { describe, expect, test } from "vitest";
import type { ListFacet } from "../../../src/keyspace/types/list/list-facet.ts";
import { EngineWorld, type EngineRegion } from "../../support/engine-world.ts";

const KEY = "L";

function list(region: EngineRegion): readonly string[] | null {
  return region.run((tx) => tx.lists.get(KEY)?.slice(0, Infinity) ?? null);
}

function rpush(region: EngineRegion, ...values: readonly string[]): void {
  region.run((tx) => tx.lists.insert(KEY, tx.lists.get(KEY)?.size ?? 0, values));
}

function lpush(region: EngineRegion, ...values: readonly string[]): void {
  region.run((tx) => tx.lists.insert(KEY, 0, values.toReversed()));
}

function linsert(region: EngineRegion, pivot: string, value: string, after = true): void {
  const rank = list(region)!.indexOf(pivot) + (after ? 1 : 0);
  region.run((tx) => tx.lists.insert(KEY, rank, [value]));
}

function lrem(region: EngineRegion, value: string): void {
  const rank = list(region)!.indexOf(value);
  region.run((tx) => tx.lists.remove(KEY, [{ from: rank, to: rank + 1 }]));
}

function world(...values: readonly string[]): EngineWorld {
  const regions = new EngineWorld();
  if (values.length > 0) rpush(regions.a, ...values);
  regions.sync();
  return regions;
}

const numbered = (name: string): string[] => Array.from({ length: 10 }, (_, index) => `${name}${index}`);

describe("lists of several regions", () => {
  test("L1: two that are inserted behind one element at once are both behind it, in one order", () => {
    const regions = world("x", "z");
    linsert(regions.a, "x", "y1");
    linsert(regions.b, "x", "y2");
    expect(regions.converged(list)).toEqual(["x", "y1", "y2", "z"]);
  });

  test("L2: a push survives a delete that has not seen it", () => {
    const regions = world("x");
    lpush(regions.a, "y");
    regions.b.del(KEY);
    expect(regions.converged(list)).toEqual(["y"]);
  });

  test.each([
    ["RPUSH at once", rpush, false, (all: string[]) => all],
    ["RPUSH one by one", rpush, true, (all: string[]) => all],
    ["LPUSH at once", lpush, false, (all: string[]) => all.toReversed()],
    ["LPUSH one by one", lpush, true, (all: string[]) => all.toReversed()],
  ] as const)(
    "L3: ten elements each at one end keep their order side by side: %s",
    (_name, push, oneByOne, ordered) => {
      for (const common of [[], ["x"]]) {
        const regions = world(...common);
        for (const [region, name] of [
          [regions.a, "a"],
          [regions.b, "b"],
          [regions.c, "c"],
        ] as const) {
          if (oneByOne) for (const value of numbered(name)) push(region, value);
          else push(region, ...numbered(name));
        }
        const merged = regions.converged(list)!;
        const without = merged.filter((one) => one !== "x").join(" ");
        const runs = ["a", "b", "c"].map((name) => ordered(numbered(name)).join(" "));
        for (const run of runs) expect(without).toContain(run);
        expect(merged).toHaveLength(30 + common.length);
      }
    },
  );

  test("L4: one element popped in two regions is gone", () => {
    const regions = world("x", "y");
    lrem(regions.a, "x");
    lrem(regions.b, "x");
    expect(regions.converged(list)).toEqual(["y"]);
    lrem(regions.a, "y");
    lrem(regions.b, "y");
    expect(regions.converged(list)).toBeNull();
  });

  test("L5: a push survives a trim that has not seen it", () => {
    const regions = world("a", "b", "c", "d");
    regions.a.run((tx) =>
      tx.lists.remove(KEY, [
        { from: 0, to: 1 },
        { from: 2, to: 4 },
      ]),
    );
    rpush(regions.b, "e");
    lpush(regions.b, "0");
    expect(regions.converged(list)).toEqual(["0", "b", "e"]);
  });

  test("L5: what was pushed elsewhere into the range that is removed survives", () => {
    const regions = world("a", "b", "c", "d");
    regions.a.run((tx) => tx.lists.remove(KEY, [{ from: 0, to: 4 }]));
    linsert(regions.b, "b", "new");
    expect(regions.converged(list)).toEqual(["new"]);
  });

  test("L6: an element inserted behind one that is removed meanwhile stands where that one was", () => {
    const regions = world("w", "x", "z");
    linsert(regions.a, "x", "y");
    lrem(regions.b, "x");
    regions.c.run((tx) => tx.lists.insert(KEY, 1, ["before"]));
    expect(regions.converged(list)).toEqual(["w", "before", "y", "z"]);
    const alone = world("x");
    linsert(alone.a, "x", "y");
    lrem(alone.b, "x");
    expect(alone.converged(list)).toEqual(["y"]);
  });

  test("L8: of two concurrent LSETs on one element the later is shown; one survives a removal that had not seen it", () => {
    const regions = world("x", "y");
    regions.a.run((tx) => tx.lists.set(KEY, 0, "early"));
    regions.b.clock.advance(5);
    regions.b.run((tx) => tx.lists.set(KEY, 0, "late"));
    expect(regions.converged(list)).toEqual(["late", "y"]);
    regions.a.run((tx) => tx.lists.set(KEY, 1, "kept"));
    regions.b.run((tx) => tx.lists.remove(KEY, [{ from: 0, to: 2 }]));
    expect(regions.converged(list)).toEqual(["kept"]);
  });

  test("L9: a place that was given out is not given out again while somebody may be changing what stood there", () => {
    const regions = world("x");
    rpush(regions.a, "y");
    regions.sync();
    regions.b.run((tx) => tx.lists.set(KEY, 1, "changed"));
    lrem(regions.a, "y");
    rpush(regions.a, "another");
    expect(regions.converged(list)).toEqual(["x", "changed", "another"]);
  });

  test("E5: a list that is rotated or pushed to keeps its deadline, also when it has one element", () => {
    const regions = world("x");
    regions.a.expireIn(KEY, 5000);
    regions.a.run((tx) => tx.lists.rotate(KEY, 0, "right"));
    expect(regions.a.ttl(KEY)).toBe(5000);
    regions.a.del(KEY);
    rpush(regions.b, "y");
    expect(regions.converged(list)).toEqual(["y"]);
  });

  test("a copy carries what its origin saw, in order", () => {
    const regions = world("x", "y");
    lpush(regions.a, "w");
    regions.a.run((tx) => tx.copy(KEY, 0, "copy"));
    lpush(regions.b, "b");
    regions.sync();
    const copied = (region: EngineRegion): readonly string[] =>
      region.run((tx) => tx.lists.get("copy")!.slice(0, Infinity));
    expect(regions.converged(copied)).toEqual(["w", "x", "y"]);
  });

  test("insertions between the last two again and again make no endless paths, and lose nothing", () => {
    const regions = world("left", "right");
    const expected = ["left", "right"];
    for (let step = 0; step < 1000; step++) {
      const rank = (expected.length >>> 1) + (step % 2 === 0 ? 0 : 1);
      regions.a.run((tx) => tx.lists.insert(KEY, rank, [String(step)]));
      expected.splice(rank, 0, String(step));
    }
    const depths = (region: EngineRegion): number[] => {
      const facet = region.keyspace.state.table.find(0, KEY)!.facet as ListFacet;
      return [...facet.elements.tree].map(({ run }) => run.depth);
    };
    expect(Math.max(...depths(regions.a))).toBeLessThanOrEqual(65);
    expect(regions.converged(list)).toEqual(expected);
  });

  test("rows and log bring back the same list, in order, and it goes on", async () => {
    const regions = world("x", "y");
    for (const name of numbered("a")) lpush(regions.a, name);
    for (const name of numbered("b")) rpush(regions.b, name);
    linsert(regions.c, "x", "between");
    regions.a.run((tx) => tx.lists.set(KEY, 0, "one"));
    regions.b.run((tx) => tx.lists.set(KEY, tx.lists.get(KEY)!.size - 1, "other"));
    const before = regions.converged(list);
    await regions.settle();
    lrem(regions.a, "between");
    rpush(regions.a, "after the checkpoint");
    const { a } = regions;
    const reopened = await a.reopened();
    const read = (): string[] => reopened.transact(0, (tx) => tx.lists.get(KEY)!.slice(0, Infinity)).value;
    const expected = [...before!.filter((one) => one !== "between"), "after the checkpoint"];
    expect(read()).toEqual(expected);
    reopened.transact(0, (tx) => tx.lists.insert(KEY, expected.length, ["new"]));
    expect(read()).toEqual([...expected, "new"]);
  });
});
