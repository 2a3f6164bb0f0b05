import { describe, expect, it } from "vitest";
import { EngineRegion, EngineWorld } from "../../support/engine-world.ts";

describe("the estimate of memory", () => {
  it("is what it was when increments that became part of their values are gone", async () => {
    const region = new EngineRegion("a", ["a"]);
    const fold = async (): Promise<void> => {
      // What was written becomes durable, and by that stable.
      await new Promise((resolve) => setImmediate(resolve));
      while (region.housekeeping.tick());
      expect(region.keyspace.state.table.find(0, "h")!.isUnfolded).toBe(false);
    };
    region.hset("h", "kept", "1");
    region.run((tx) => tx.sortedSets.put("z", [{ member: "kept", score: 1 }]));
    await fold();
    const before = region.keyspace.state.memoryUsedBytes;
    for (let round = 0; round < 50; round++) {
      region.hset("h", "falls", "1000000");
      region.run((tx) => {
        tx.hashes.add("h", "new", 123_456);
        tx.hashes.add("h", "falls", -999_999);
        tx.sortedSets.add("z", "new", 1.25);
      });
      await fold();
      region.hdel("h", "new", "falls");
      region.run((tx) => tx.sortedSets.remove("z", ["new"]));
    }
    expect(region.keyspace.state.memoryUsedBytes).toBe(before);
    region.del("h");
    region.del("z");
    // Absences are kept until their rows are gone.
    await region.housekeeping.flush();
    expect(region.keyspace.state.memoryUsedBytes).toBe(0);
  });

  it("counts every value that is kept beside the one shown", () => {
    const world = new EngineWorld();
    for (const region of world.all) {
      region.set("s", region.name.repeat(10_000));
      region.hset("h", "f", region.name.repeat(10_000));
    }
    world.sync();
    expect(world.a.keyspace.state.memoryUsedBytes).toBeGreaterThan(60_000);
    world.a.set("s", "one");
    world.a.hset("h", "f", "one");
    expect(world.a.keyspace.state.memoryUsedBytes).toBeLessThan(2_000);
  });
});
