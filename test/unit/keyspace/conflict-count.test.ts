import { describe, expect, it } from "vitest";
import { decodeCheckpointHead } from "../../../src/keyspace/checkpoint-head.ts";
import { EngineWorld } from "../../support/engine-world.ts";

const counts = (world: EngineWorld): number[] => world.all.map(({ keyspace }) => keyspace.statistics().conflictedKeys);

describe("keys with something concurrent in them", () => {
  it("K1, S1, H1: are counted until a write that has observed both", () => {
    const world = new EngineWorld();
    const { a, b } = world;
    for (const region of [a, b]) {
      region.set("string", region.name);
      region.hset("hash", "f", region.name);
      region.hset("fine", `f${region.name}`, "1");
      region.add("count", 1);
    }
    a.set("type", "1");
    b.hset("type", "f", "v");
    expect(counts(world)).toEqual([0, 0, 0]);
    world.sync();
    expect(counts(world)).toEqual([3, 3, 3]);
    a.set("string", "c");
    world.sync();
    expect(counts(world)).toEqual([2, 2, 2]);
    b.hset("hash", "f", "c");
    a.add("count", 1);
    world.sync();
    expect(counts(world)).toEqual([1, 1, 1]);
    a.del("type");
    world.sync();
    expect(counts(world)).toEqual([0, 0, 0]);
  });

  it("K1: the count survives a start, keys that are not in memory, and a flush", async () => {
    const world = new EngineWorld();
    for (const region of [world.a, world.b]) region.set("string", region.name);
    world.sync();
    await world.a.housekeeping.flush();
    expect(decodeCheckpointHead(world.a.rows.head()).conflictCounts![0]).toBe(1);
    const again = await world.a.reopened();
    expect(again.statistics()).toMatchObject({ conflictedKeys: 1, residentKeys: 0 });
    again.transact(0, (tx) => tx.strings.set("string", "settled", 0));
    expect(again.statistics().conflictedKeys).toBe(0);
    world.a.run((tx) => tx.flushAll());
    expect(world.a.keyspace.statistics().conflictedKeys).toBe(0);
  });
});
