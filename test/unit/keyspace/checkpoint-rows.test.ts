import { describe, expect, it } from "vitest";
import { EngineWorld } from "../../support/engine-world.ts";

describe("rows of a checkpoint", () => {
  it("H2, K1: a field that was removed does not come back behind a string and a concurrent hash", async () => {
    const world = new EngineWorld();
    const { a, b } = world;
    a.hset("k", "gone", "1");
    world.sync();
    await a.housekeeping.flush();
    // The last field goes, and the key is another type before the next checkpoint.
    a.hdel("k", "gone");
    a.set("k", "string");
    await a.housekeeping.flush();
    b.clock.advance(5);
    b.hset("k", "kept", "2");
    world.sync();
    expect(a.hash("k")).toEqual({ kept: "2" });
    await a.housekeeping.flush();
    const again = await a.reopened();
    expect(again.transact(0, (tx) => [...tx.hashes.get("k")!.entries()]).value).toEqual([["kept", "2"]]);
  });

  it("are those of the moment it began, whatever changes while they are encoded", async () => {
    const world = new EngineWorld();
    const { a } = world;
    const keys = Array.from({ length: 2000 }, (_, index) => `key${index}`);
    for (const key of keys) a.set(key, "before");
    a.keyspace.checkpointWanted = true;
    a.housekeeping.tick();
    expect(a.keyspace.checkpointer.isRunning).toBe(true);
    // Of both halves: those that are encoded already, and those that are not.
    for (const key of keys) a.set(key, "after");
    expect(a.keyspace.checkpointer.dirtyKeys).toBe(keys.length);
    await a.housekeeping.flush();
    const again = await a.reopened();
    const values = again.transact(0, (tx) => keys.map((key) => tx.strings.get(key))).value;
    expect(new Set(values)).toEqual(new Set(["after"]));
    expect(a.keyspace.checkpointer.dirtyKeys).toBe(keys.length);
    await a.housekeeping.flush();
    expect(a.keyspace.checkpointer.dirtyKeys).toBe(0);
  });
});
