import { beforeEach, describe, expect, it } from "vitest";
import { EngineWorld } from "../../support/engine-world.ts";

describe("strings and counters, two regions at once", () => {
  let world: EngineWorld;
  beforeEach(() => {
    world = new EngineWorld();
  });
  const value = (key = "k"): string | null => world.converged((region) => region.get(key));

  it("S1: of two concurrent SETs the later by clock holds", () => {
    world.a.set("k", "a");
    world.b.clock.advance(5);
    world.b.set("k", "b");
    expect(value()).toBe("b");
  });

  it("S2: a write that saw another wins, whatever the clocks say", () => {
    world.a.clock.jump(3_600_000);
    world.a.set("k", "v1");
    world.sync();
    world.b.set("k", "v2");
    expect(value()).toBe("v2");
  });

  it("S3: equal timestamps are decided by region name", () => {
    world.a.set("k", "a");
    world.b.set("k", "b");
    expect(value()).toBe("b");
  });

  it("S4: a write concurrent to a delete survives it", () => {
    world.a.set("k", "v1");
    world.sync();
    world.a.del("k");
    world.b.set("k", "v3");
    expect(value()).toBe("v3");
  });

  it("S5: of two concurrent APPENDs one is kept, the same everywhere", () => {
    world.a.set("k", "0");
    world.sync();
    for (const region of [world.a, world.b]) region.set("k", `${region.get("k")!}${region.name}`);
    expect(["0a", "0b"]).toContain(value());
  });

  it("S6: GETDEL removes what it saw", () => {
    world.a.set("k", "a");
    world.sync();
    world.a.del("k");
    world.b.get("k");
    expect(value()).toBeNull();
  });

  it("C1: increments and decrements of all regions count", () => {
    world.a.add("c", 7);
    world.b.add("c", 3);
    world.sync();
    world.a.add("c", -3);
    world.b.add("c", 6);
    expect(value("c")).toBe("13");
  });

  it("C2: an increment concurrent to a SET adds to it", () => {
    world.a.set("c", "10");
    world.sync();
    world.a.set("c", "100");
    world.b.add("c", 5);
    expect(value("c")).toBe("105");
  });

  it("C3: an increment after its own SET outlives a concurrent later SET", () => {
    world.a.set("c", "100");
    world.a.add("c", 1);
    world.b.clock.advance(50);
    world.b.set("c", "200");
    expect(value("c")).toBe("201");
  });

  it("C4: an increment concurrent to DEL starts from nothing", () => {
    world.a.set("c", "10");
    world.sync();
    world.a.del("c");
    world.b.add("c", 5);
    expect(value("c")).toBe("5");
  });

  it("C5: an increment after DEL starts from nothing", () => {
    world.a.set("c", "10");
    world.sync();
    world.a.del("c");
    world.sync();
    world.b.add("c", 1);
    expect(value("c")).toBe("1");
  });

  it("C6: a number may win over a word", () => {
    world.a.set("k", "a");
    world.b.clock.advance(1);
    world.b.set("k", "1");
    expect(value()).toBe("1");
  });

  it("C7: a word hides increments", () => {
    world.a.set("c", "1");
    world.sync();
    world.a.set("c", "abc");
    world.b.add("c", 1);
    expect(value("c")).toBe("abc");
  });

  it("C8: fractions add up exactly", () => {
    world.a.add("f", "1.1");
    world.b.add("f", "1.9");
    world.sync();
    world.a.add("f", 2);
    expect(value("f")).toBe("5");
  });

  it("C9: GETSET is a SET", () => {
    world.a.set("c", "5");
    world.sync();
    world.a.set("c", "0");
    world.b.add("c", 1);
    expect(value("c")).toBe("1");
  });

  it("C10: a merged sum outside 64 bits is shown saturated and kept exactly", async () => {
    world.a.set("c", "9223372036854775800");
    world.sync();
    world.a.add("c", 7);
    world.b.add("c", 7);
    expect(value("c")).toBe("9223372036854775807");
    await world.settle();
    world.a.add("c", -10);
    expect(value("c")).toBe("9223372036854775804");
  });

  it("C11: a delete spends only increments it has seen", () => {
    world.a.add("c", 5);
    world.send(world.a, world.b);
    world.b.del("c");
    world.c.set("c", "100");
    expect(value("c")).toBe("100");
  });

  it("C12: SET and DEL in one transaction leave nothing", () => {
    world.a.run((tx) => {
      tx.strings.set("k", "a", 0);
      tx.delete("k");
    });
    expect(value()).toBeNull();
  });

  it("C14: an increment that a SET has seen is spent, though another SET wins", () => {
    world.a.add("c", 10);
    world.a.set("c", "100");
    world.b.clock.advance(10);
    world.b.set("c", "200");
    expect(value("c")).toBe("200");
  });

  it("folds stable increments into their base without a change anyone can see", async () => {
    for (let round = 0; round < 20; round++) {
      world.a.add("c", 3);
      world.b.add("c", -1);
    }
    await world.settle();
    await world.settle();
    expect(world.a.keyspace.unfolded.size).toBe(0);
    expect(value("c")).toBe("40");
    world.c.add("c", 2);
    expect(value("c")).toBe("42");
  });
});
