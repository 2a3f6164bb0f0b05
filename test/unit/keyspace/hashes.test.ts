import { beforeEach, describe, expect, it } from "vitest";
import { EngineWorld, type EngineRegion } from "../../support/engine-world.ts";

describe("hashes and keys, two regions at once", () => {
  let world: EngineWorld;
  beforeEach(() => {
    world = new EngineWorld();
  });
  const hash = (key = "k"): unknown => world.converged((region) => region.hash(key));

  it("H1: different fields are both kept", () => {
    world.a.hset("k", "f1", "a");
    world.b.hset("k", "f2", "b");
    expect(hash()).toEqual({ f1: "a", f2: "b" });
  });

  it("H2: a field written concurrently to its removal survives", () => {
    world.a.hset("k", "f1", "a");
    world.sync();
    world.a.hdel("k", "f1");
    world.b.hset("k", "f1", "b");
    expect(hash()).toEqual({ f1: "b" });
  });

  it("H3: of two values of one field the later holds", () => {
    world.a.hset("k", "f", "v1");
    world.b.clock.advance(1);
    world.b.hset("k", "f", "v2");
    expect(hash()).toEqual({ f: "v2" });
  });

  it("H4: HINCRBY in two regions adds up", () => {
    world.a.run((tx) => tx.hashes.add("k", "n", 2));
    world.b.run((tx) => tx.hashes.add("k", "n", 3));
    expect(hash()).toEqual({ n: "5" });
  });

  it("H5: DEL keeps a field it has not seen", () => {
    world.a.hset("k", "f1", "a");
    world.sync();
    world.a.del("k");
    world.b.hset("k", "f2", "b");
    expect(hash()).toEqual({ f2: "b" });
  });

  it("H6: HDEL removes the one value it has seen", () => {
    world.a.hset("k", "f", "from-a");
    world.b.clock.advance(10);
    world.b.hset("k", "f", "from-b");
    world.send(world.b, world.c);
    world.c.hdel("k", "f");
    expect(hash()).toEqual({ f: "from-a" });
  });

  it("K1: of two types the one written last is shown, the next write drops the other", () => {
    world.a.set("k", "a");
    world.b.clock.advance(1);
    world.b.hset("k", "f", "v");
    expect(hash()).toEqual({ f: "v" });
    world.a.hset("k", "g", "w");
    expect(hash()).toEqual({ f: "v", g: "w" });
    world.a.hdel("k", "f", "g");
    expect(world.converged((region) => region.run((tx) => tx.typeOf("k")))).toBeNull();
  });

  it("K1: the hidden type does not come back when the shown one expires", () => {
    world.a.set("k", "a");
    world.b.clock.advance(1);
    world.b.run((tx) => {
      tx.hashes.put("k", ["f", "v"]);
      tx.setDeadline("k", tx.nowMs + 100);
    });
    expect(hash()).toEqual({ f: "v" });
    world.advance(200);
    expect(world.converged((region) => region.run((tx) => tx.typeOf("k")))).toBeNull();
  });

  it("K2: a transaction is one batch", () => {
    world.a.run((tx) => {
      tx.strings.set("x", "1", 0);
      tx.strings.set("y", "1", 0);
    });
    expect(world.a.log.records).toHaveLength(1);
    expect(world.converged((region) => [region.get("x"), region.get("y")])).toEqual(["1", "1"]);
  });

  it("K3: an effect waits for its cause", () => {
    world.a.set("x", "1");
    world.send(world.a, world.b);
    world.b.set("y", "1");
    expect(world.c.replica.receive(world.b.log.records.at(-1)!)).toBe("waiting");
    expect(world.c.get("y")).toBeNull();
    world.send(world.b, world.c);
    expect([world.c.get("x"), world.c.get("y")]).toEqual(["1", "1"]);
  });

  const rename = (region: EngineRegion, from: string, to: string): void =>
    region.run((tx) => {
      tx.copy(from, 0, to);
      tx.delete(from);
    });

  it("K4: RENAME moves what it saw; a concurrent field stays behind", () => {
    world.a.hset("a", "x", "1");
    world.sync();
    rename(world.a, "a", "b");
    world.b.hset("a", "f", "v");
    expect(hash("b")).toEqual({ x: "1" });
    expect(hash("a")).toEqual({ f: "v" });
  });

  it("K5: FLUSHALL keeps what it has not seen", () => {
    world.a.set("old", "1");
    world.sync();
    world.a.run((tx) => tx.flushAll());
    world.b.set("k", "v");
    expect(world.converged((region) => [region.get("k"), region.get("old")])).toEqual(["v", null]);
    expect(world.all.map((region) => region.run((tx) => tx.size()))).toEqual([1, 1, 1]);
  });

  it("K6: a peer's batch on a watched key makes the watch dirty", () => {
    const token = world.a.keyspace.watch(0, "k");
    world.b.set("k", "v");
    expect(token.dirty).toBe(false);
    world.sync();
    expect(token.dirty).toBe(true);
  });

  it("K8: RENAME carries what its origin saw", () => {
    world.a.hset("a", "f", "1");
    world.sync();
    rename(world.a, "a", "b");
    world.b.hdel("a", "f");
    expect(hash("b")).toEqual({ f: "1" });
    expect(hash("a")).toBeNull();
  });

  it("K9: SWAPDB writes what its origin saw into both databases", () => {
    world.a.set("k", "zero");
    world.a.run((tx) => {
      tx.use(1);
      tx.hashes.put("h", ["f", "one"]);
    });
    world.sync();
    world.a.run((tx) => tx.swap(0, 1));
    expect(hash("h")).toEqual({ f: "one" });
    expect(
      world.converged((region) =>
        region.run((tx) => {
          tx.use(1);
          return [tx.strings.get("k"), tx.typeOf("h")];
        }),
      ),
    ).toEqual(["zero", null]);
  });
});
