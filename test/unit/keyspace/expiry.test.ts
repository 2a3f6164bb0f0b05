import { beforeEach, describe, expect, it } from "vitest";
import { EngineWorld } from "../../support/engine-world.ts";

const SECOND = 1000;

describe("expiry, two regions at once", () => {
  let world: EngineWorld;
  beforeEach(() => {
    world = new EngineWorld();
  });
  const ttl = (key = "k"): number | undefined => world.converged((region) => region.ttl(key));

  for (const type of ["string", "hash"] as const) {
    const create = (): void => {
      if (type === "string") world.a.set("k", "v");
      else world.a.hset("k", "f", "v");
      world.sync();
    };

    it(`E1: of two deadlines the longer holds (${type})`, () => {
      create();
      world.a.expireIn("k", 10 * SECOND);
      world.b.expireIn("k", 50 * SECOND);
      expect(ttl()).toBe(50 * SECOND);
    });

    it(`E2: PERSIST outlasts a concurrent EXPIRE (${type})`, () => {
      create();
      world.a.expireIn("k", 10 * SECOND);
      world.b.persist("k");
      expect(ttl()).toBe(0);
    });

    it(`E3: an EXPIRE that saw another replaces it (${type})`, () => {
      create();
      world.a.expireIn("k", 50 * SECOND);
      world.sync();
      world.b.expireIn("k", 10 * SECOND);
      expect(ttl()).toBe(10 * SECOND);
    });

    it(`E9: a touch does not bring back what is deleted concurrently (${type})`, () => {
      create();
      world.a.expireIn("k", 50 * SECOND);
      world.sync();
      world.a.del("k");
      world.b.expireIn("k", 100 * SECOND);
      expect(ttl()).toBeUndefined();
    });
  }

  it("E4: a string's deadline belongs to the value it was set on", () => {
    world.a.set("k", "old");
    world.sync();
    world.a.set("k", "v");
    world.b.expireIn("k", 50 * SECOND);
    expect(world.converged((region) => region.get("k"))).toBe("v");
    expect(ttl()).toBe(0);
  });

  it("E4b: a collection's deadline holds for a field its writer had not seen", () => {
    world.a.hset("h", "x", "1");
    world.sync();
    world.a.expireIn("h", 50 * SECOND);
    world.b.hset("h", "f", "v");
    expect(world.converged((region) => region.hash("h"))).toEqual({ f: "v", x: "1" });
    expect(ttl("h")).toBe(50 * SECOND);
  });

  it("E5: what survives a delete keeps the deadline its writer saw", () => {
    world.a.hset("k", "f1", "a");
    world.a.expireIn("k", 50 * SECOND);
    world.sync();
    world.a.del("k");
    world.b.hset("k", "f2", "b");
    expect(world.converged((region) => region.hash("k"))).toEqual({ f2: "b" });
    expect(ttl()).toBe(50 * SECOND);
  });

  it("E5: HDEL and INCR re-assert the deadline too", () => {
    world.a.hset("k", "f1", "a", "f2", "b");
    world.a.expireIn("k", 50 * SECOND);
    world.a.set("c", "5", world.a.clock.wallMs() + 50 * SECOND);
    world.sync();
    world.a.del("c");
    world.b.add("c", 1);
    expect(world.converged((region) => region.get("c"))).toBe("1");
    expect(ttl("c")).toBe(50 * SECOND);
    world.b.hdel("k", "f1");
    expect(ttl("k")).toBe(50 * SECOND);
  });

  it("E5b: a deadline that was set holds over one that was re-asserted", () => {
    world.a.hset("k", "x", "1");
    world.a.expireIn("k", 50 * SECOND);
    world.sync();
    world.a.expireIn("k", 10 * SECOND);
    world.b.hset("k", "f", "v");
    expect(ttl()).toBe(10 * SECOND);
  });

  it("E7: an expired key is absent everywhere and nothing is sent", () => {
    world.a.set("k", "v", world.a.clock.wallMs() + SECOND);
    world.sync();
    const batches = world.all.map((region) => region.log.records.length);
    world.advance(2 * SECOND);
    expect(world.converged((region) => region.get("k"))).toBeNull();
    expect(world.all.map((region) => region.log.records.length)).toEqual(batches);
  });

  it("E10: a write to an expired key starts anew", () => {
    world.a.run((tx) => {
      tx.hashes.add("h", "f", 5);
      tx.setDeadline("h", tx.nowMs + SECOND);
    });
    world.sync();
    world.advance(2 * SECOND);
    world.b.run((tx) => tx.hashes.add("h", "f", 3));
    expect(world.converged((region) => region.hash("h"))).toEqual({ f: "3" });
    expect(ttl("h")).toBe(0);
  });

  it("E11: DEL of a key that is only kept removes what is kept", async () => {
    world.a.set("k", "v", world.a.clock.wallMs() + SECOND);
    world.sync();
    world.advance(2 * SECOND);
    world.b.del("k");
    world.sync();
    for (const region of world.all) expect(region.keyspace.state.table.find(0, "k")?.facet).toBeNull();
  });

  it("purges an expired key once every member's clock has passed, and not before", async () => {
    world.a.set("k", "v", world.a.clock.wallMs() + SECOND);
    await world.settle();
    world.a.clock.advance(5 * SECOND);
    await world.settle();
    expect(world.a.keyspace.state.table.count(0)).toBe(1);
    world.b.clock.advance(5 * SECOND);
    world.c.clock.advance(5 * SECOND);
    await world.settle();
    await world.settle();
    for (const region of world.all) region.clock.advance(2 * SECOND);
    await world.settle();
    for (const region of world.all) expect(region.keyspace.state.table.count(0)).toBe(0);
  });

  it("folds deadlines without a change anyone can see", async () => {
    world.a.hset("k", "x", "1");
    world.a.expireIn("k", 50 * SECOND);
    world.b.set("s", "1");
    await world.settle();
    world.b.expireIn("s", 20 * SECOND);
    await world.settle();
    await world.settle();
    expect(world.all.map((region) => region.keyspace.unfolded.size)).toEqual([0, 0, 0]);
    expect([ttl("k"), ttl("s")]).toEqual([50 * SECOND, 20 * SECOND]);
  });
});
