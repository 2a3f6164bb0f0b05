import { beforeEach, describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { digestOf } from "../../../src/keyspace/digest.ts";
import { EngineRegion, EngineWorld } from "../../support/engine-world.ts";

const zadd = (region: EngineRegion, score: number, member: string, key = "z"): void =>
  region.run((tx) => tx.sortedSets.put(key, [{ member, score }]));
const zincrby = (region: EngineRegion, increment: number, member: string, key = "z"): void =>
  region.run((tx) => tx.sortedSets.add(key, member, increment));
const zrem = (region: EngineRegion, ...members: string[]): void =>
  region.run((tx) => tx.sortedSets.remove("z", members));
const inOrder = (region: EngineRegion, key = "z"): [string, number][] =>
  region.run((tx) => {
    const set = tx.sortedSets.get(key);
    return (set?.slice(0, set.size) ?? []).map(({ member, score }) => [member, score]);
  });

describe("sorted sets, two regions at once", () => {
  let world: EngineWorld;
  beforeEach(() => {
    world = new EngineWorld();
  });
  const members = (key = "z"): [string, number][] => world.converged((region) => inOrder(region, key));

  it("Z1: of two scores the later holds", () => {
    zadd(world.a, 1.1, "x");
    world.b.clock.advance(1);
    zadd(world.b, 2.1, "x");
    expect(members()).toEqual([["x", 2.1]]);
  });

  it("Z2: concurrent increments add up, exactly", () => {
    zadd(world.a, 1.1, "x");
    world.sync();
    zincrby(world.a, 1, "x");
    zincrby(world.b, 1, "x");
    expect(members()).toEqual([["x", 3.1]]);
  });

  it("Z3: an increment outlives a removal that had not seen it, and nothing else does", () => {
    zadd(world.a, 4.1, "x");
    world.sync();
    zrem(world.a, "x");
    zincrby(world.b, 2, "x");
    expect(members()).toEqual([["x", 2]]);
  });

  it("Z4: an increment counts on top of a score given at the same time", () => {
    zadd(world.a, 1, "x");
    world.sync();
    zadd(world.a, 10, "x");
    zincrby(world.b, 5, "x");
    expect(members()).toEqual([["x", 15]]);
  });

  it("C13: what was added to a score that was replaced is forgotten, digits and all", () => {
    zincrby(world.a, 1e17, "x");
    world.sync();
    zadd(world.a, 0, "x");
    zincrby(world.a, 0.1, "x");
    expect(members()).toEqual([["x", 0.1]]);
  });

  it("a score that is infinite stays so, whatever is added, until it is replaced", async () => {
    zadd(world.a, Number.POSITIVE_INFINITY, "x");
    world.sync();
    zincrby(world.a, 5, "x");
    zincrby(world.b, -7, "x");
    expect(members()).toEqual([["x", Number.POSITIVE_INFINITY]]);
    await world.settle();
    zadd(world.c, 3, "x");
    expect(members()).toEqual([["x", 3]]);
  });

  it("the order follows what is shown: peers' scores, increments, removals and folding", async () => {
    const { a, b } = world;
    a.run((tx) =>
      tx.sortedSets.put(
        "z",
        Array.from({ length: 500 }, (_, index) => ({ member: `m${index}`, score: index })),
      ),
    );
    world.sync();
    expect(inOrder(b)).toHaveLength(500);
    expect(inOrder(a)[7]).toEqual(["m7", 7]);
    zincrby(a, 1000, "m7");
    zincrby(b, 0.5, "m7");
    zadd(b, -3, "m400");
    zrem(a, "m0", "m1");
    const check = (): void => {
      const shown = members();
      expect(shown.slice(0, 2)).toEqual([
        ["m400", -3],
        ["m2", 2],
      ]);
      expect(shown.at(-1)).toEqual(["m7", 1007.5]);
      expect(shown).toHaveLength(498);
      const ranked = world.converged((region) =>
        region.run((tx) => {
          const set = tx.sortedSets.get("z")!;
          return ["m400", "m2", "m7", "m0"].map((member) => set.rankOf(member));
        }),
      );
      expect(ranked).toEqual([0, 1, 497, -1]);
    };
    check();
    await world.settle();
    await world.settle();
    check();
    zincrby(world.c, 1, "m7");
    expect(members().at(-1)).toEqual(["m7", 1008.5]);
  });

  it("tiny increments are folded too: a score does not grow in memory", async () => {
    zadd(world.a, 1, "x");
    for (let round = 0; round < 50; round++) zincrby(world.a, 1e-20, "x");
    await world.settle();
    await world.settle();
    zincrby(world.a, 1e-20, "x");
    world.sync();
    await world.settle();
    await world.settle();
    expect(members()).toEqual([["x", 1]]);
    zincrby(world.b, -1, "x");
    expect(members()[0]![1]).toBeCloseTo(51e-20, 30);
  });

  it("K9: what a STORE wrote replaces what it had seen of the destination alone", () => {
    world.a.set("z", "text");
    world.sync();
    world.a.run((tx) => tx.sortedSets.store("z", [{ member: "x", score: 1 }]));
    zadd(world.b, 9, "y", "other");
    expect(members()).toEqual([["x", 1]]);
    world.a.run((tx) => tx.sortedSets.store("z", [{ member: "new", score: 2 }]));
    world.b.run((tx) => tx.sortedSets.put("z", [{ member: "unseen", score: 3 }]));
    expect(members()).toEqual([
      ["new", 2],
      ["unseen", 3],
    ]);
  });

  it("DEL keeps a member that it has not seen, with the deadline it was given (E5)", () => {
    zadd(world.a, 1, "x");
    world.a.expireIn("z", 50_000);
    world.sync();
    world.a.del("z");
    zadd(world.b, 2, "y");
    expect(members()).toEqual([["y", 2]]);
    expect(world.converged((region) => region.ttl("z"))).toBe(50_000);
  });

  it("is on disk as it is in memory, increments and concurrent scores too", async () => {
    zadd(world.a, 1, "x");
    zadd(world.b, 2, "x");
    zincrby(world.b, 0.25, "y");
    world.sync();
    zincrby(world.a, 1, "y");
    await world.settle();
    const { a } = world;
    const reopened = await a.reopened();
    expect(digestOf(reopened, a.clock.wallMs()).digest).toBe(a.digest());
    const read = reopened.transact(0, (tx) =>
      tx.sortedSets
        .get("z")!
        .slice(0, 9)
        .map(({ member }) => member),
    );
    expect(read.value).toEqual(inOrder(a).map(([member]) => member));
  });
});

describe("a sorted set that has no order yet", () => {
  it("counts as one that has, whatever its size", () => {
    const random = seededRandom(3);
    for (let size = 0; size <= 40; size++) {
      const region = new EngineRegion("a", ["a"]);
      for (let index = 0; index < size; index++) zadd(region, random.below(8), `m${random.below(1000)}`);
      const counts = (): number[] =>
        region.run((tx) => {
          const set = tx.sortedSets.get("z");
          return Array.from({ length: 9 }, (_, score) => set?.countBefore((one) => one.score - score) ?? 0);
        });
      const without = counts();
      const order = inOrder(region);
      expect(without).toEqual(Array.from({ length: 9 }, (_, at) => order.filter(([, score]) => score < at).length));
      // Asked for in order, it has one.
      expect(counts()).toEqual(without);
    }
  });
});
