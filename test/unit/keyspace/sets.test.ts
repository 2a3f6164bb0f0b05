import { beforeEach, describe, expect, it } from "vitest";
import { digestOf } from "../../../src/keyspace/digest.ts";
import { EngineWorld, type EngineRegion } from "../../support/engine-world.ts";

const sadd = (region: EngineRegion, key: string, ...members: string[]): void =>
  region.run((tx) => tx.sets.add(key, members));
const srem = (region: EngineRegion, key: string, ...members: string[]): void =>
  region.run((tx) => tx.sets.remove(key, members));
const membersOf = (region: EngineRegion, key: string): string[] | null =>
  region.run((tx) => {
    const set = tx.sets.get(key);
    return set === null ? null : [...set.members].toSorted();
  });

describe("sets, two regions at once", () => {
  let world: EngineWorld;
  beforeEach(() => {
    world = new EngineWorld();
  });
  const members = (key = "s"): string[] | null => world.converged((region) => membersOf(region, key));

  it("M1: a removal takes nothing that it has not seen", () => {
    sadd(world.a, "s", "a", "b");
    world.sync();
    srem(world.a, "s", "a");
    srem(world.a, "s", "c");
    sadd(world.b, "s", "c");
    expect(members()).toEqual(["b", "c"]);
  });

  it("M2: of two additions of one member, the one that a removal has not seen stays", () => {
    sadd(world.a, "s", "e");
    sadd(world.b, "s", "e");
    srem(world.a, "s", "e");
    expect(members()).toEqual(["e"]);
  });

  it("M3: DEL keeps a member that it has not seen", () => {
    sadd(world.a, "s", "e1");
    world.sync();
    sadd(world.a, "s", "e2");
    world.b.del("s");
    expect(members()).toEqual(["e2"]);
  });

  it("M4: a member popped in two regions is gone", () => {
    sadd(world.a, "s", "e");
    world.sync();
    srem(world.a, "s", "e");
    srem(world.b, "s", "e");
    expect(members()).toBeNull();
  });

  it("M5: a member that is added again outlives a removal at the same time", () => {
    sadd(world.a, "s", "e");
    world.sync();
    sadd(world.a, "s", "e");
    srem(world.b, "s", "e");
    expect(members()).toEqual(["e"]);
  });

  it("concurrent additions are one after the next write that has seen them", () => {
    sadd(world.a, "s", "e");
    sadd(world.b, "s", "e");
    world.sync();
    srem(world.c, "s", "e");
    expect(members()).toBeNull();
  });

  it("K1: a set and a hash at once: the one written last is shown", () => {
    sadd(world.a, "k", "e");
    world.b.clock.advance(1);
    world.b.hset("k", "f", "v");
    expect(world.converged((region) => region.run((tx) => tx.typeOf("k")))).toBe("hash");
    world.a.clock.advance(5);
    sadd(world.a, "k2", "e");
    world.b.hset("k2", "f", "v");
    expect(world.converged((region) => region.run((tx) => tx.typeOf("k2")))).toBe("set");
  });

  it("K9: what a STORE wrote replaces what it had seen of the destination alone", () => {
    world.a.set("d", "text");
    world.sync();
    world.a.run((tx) => tx.sets.store("d", ["x", "y"]));
    expect(members("d")).toEqual(["x", "y"]);
    world.a.run((tx) => tx.sets.store("d", ["z"]));
    sadd(world.b, "d", "unseen");
    expect(members("d")).toEqual(["unseen", "z"]);
  });

  it("E4b, E5: one deadline for all members, re-asserted by every write", () => {
    sadd(world.a, "s", "e");
    world.a.expireIn("s", 50_000);
    world.sync();
    world.a.del("s");
    srem(world.b, "s", "nothing");
    sadd(world.b, "s", "f");
    expect(members()).toEqual(["f"]);
    expect(world.converged((region) => region.ttl("s"))).toBe(50_000);
  });

  it("is on disk as it is in memory, concurrent additions too", async () => {
    sadd(world.a, "s", "e", "f", "g");
    sadd(world.b, "s", "e", "h");
    world.sync();
    await world.settle();
    const { a } = world;
    const reopened = await a.reopened();
    expect(digestOf(reopened, a.clock.wallMs()).digest).toBe(a.digest());
    const read = reopened.transact(0, (tx) => [...tx.sets.get("s")!.members].toSorted());
    expect(read.value).toEqual(["e", "f", "g", "h"]);
  });

  it("emptied and gone, takes no memory", () => {
    const before = world.a.keyspace.statistics().memoryUsedBytes;
    sadd(world.a, "s", ...Array.from({ length: 300 }, (_, index) => `m${index}`));
    const grown = world.a.keyspace.statistics().memoryUsedBytes;
    expect(grown).toBeGreaterThan(before + 300 * 100);
    srem(world.a, "s", ...Array.from({ length: 299 }, (_, index) => `m${index}`));
    expect(world.a.run((tx) => tx.memoryOf("s"))).toBeLessThan(1000);
    srem(world.a, "s", "m299");
    expect(membersOf(world.a, "s")).toBeNull();
  });
});
