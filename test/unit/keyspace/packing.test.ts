import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { rankOf } from "../../../src/crdt/sketch/hyper-log-log.ts";
import { KeyEntry } from "../../../src/keyspace/key-entry.ts";
import { EngineRegion, EngineWorld } from "../../support/engine-world.ts";

/** Everything is written, durable, stable and in its rows, and what is packed then is. */
async function rest(region: EngineRegion): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  while (region.housekeeping.tick());
  await region.housekeeping.flush();
  region.clock.advance(1000);
  for (let tick = 0; tick < 3; tick++) while (region.housekeeping.tick());
}

const packed = (region: EngineRegion): number => region.keyspace.statistics().packedKeys;
const memory = (region: EngineRegion): number => region.keyspace.state.memoryUsedBytes;
const TEXT = "a text that is long enough to be kept outside the heap, as most values of sessions are";

describe("an entry that rests", () => {
  it("is packed once it is in its rows and was not used for so long, and not before", async () => {
    const region = new EngineRegion("a", ["a"], 0, 30);
    region.set("k", TEXT);
    region.clock.advance(60_000);
    region.housekeeping.tick();
    expect(packed(region)).toBe(0);
    await region.housekeeping.flush();
    region.get("k");
    region.clock.advance(29_000);
    region.housekeeping.tick();
    expect(packed(region)).toBe(0);
    region.clock.advance(31_000);
    region.housekeeping.tick();
    expect(packed(region)).toBe(1);
    expect(region.get("k")).toBe(TEXT);
    expect(packed(region)).toBe(0);
  });

  it("stays as it is without a time", async () => {
    const region = new EngineRegion("a", ["a"], 0, null);
    region.set("k", TEXT);
    await rest(region);
    expect(packed(region)).toBe(0);
  });

  it("stays as it is while all of them together take little", async () => {
    const region = new EngineRegion("a", ["a"]);
    for (let key = 0; key < 1000; key++) region.set(`k${key}`, TEXT);
    await rest(region);
    expect(packed(region)).toBe(1000);
    const few = new EngineRegion("a", ["a"], 0, 0, 300_000);
    for (let key = 0; key < 1000; key++) few.set(`k${key}`, TEXT);
    await rest(few);
    expect(packed(few)).toBeGreaterThan(100);
    expect(packed(few)).toBeLessThan(1000);
    expect(memory(few)).toBeGreaterThan(200_000);
  });

  it("takes less memory, and the same as before once it is used", async () => {
    const region = new EngineRegion("a", ["a"]);
    const other = new EngineRegion("a", ["a"], 0, null);
    for (const one of [region, other]) {
      one.hset("none", "f", "v");
      for (let key = 0; key < 100; key++) one.set(`k${key}`, TEXT, key % 2 === 0 ? 0 : one.clock.wallMs() + 60_000);
      for (let key = 0; key < 100; key++) one.hset(`h${key}`, "f", TEXT, "g", "short");
      await rest(one);
    }
    const before = memory(other);
    expect(packed(region)).toBe(201);
    expect(memory(region)).toBeLessThan(before * 0.75);
    for (let key = 0; key < 100; key++) {
      expect(region.get(`k${key}`)).toBe(TEXT);
      expect(region.ttl(`k${key}`)).toBe(key % 2 === 0 ? 0 : 59_000);
      expect(region.hash(`h${key}`)).toEqual({ f: TEXT, g: "short" });
    }
    expect(region.hash("none")).toEqual({ f: "v" });
    expect(packed(region)).toBe(0);
    expect(memory(region)).toBe(before);
  });

  it("does not get younger by being packed: what says how long it was idle goes on", async () => {
    const region = new EngineRegion("a", ["a"]);
    region.set("k", TEXT);
    region.hset("h", "f", "v");
    region.run((tx) => tx.setIdle("h", 5_000_000));
    await rest(region);
    region.clock.advance(10_000);
    expect(packed(region)).toBe(2);
    expect(region.run((tx) => tx.idleMs("k"))).toBe(11_000);
    expect(region.run((tx) => tx.idleMs("h"))).toBe(5_011_000);
  });

  it("is not unpacked by who looks at everything: SCAN, RANDOMKEY, the digest", async () => {
    const region = new EngineRegion("a", ["a"]);
    for (let key = 0; key < 300; key++) region.set(`k${key}`, `${TEXT} ${key}`);
    region.hset("h", "f", "v");
    const digest = region.digest();
    await rest(region);
    const found: string[] = [];
    let cursor = 0;
    do cursor = region.run((tx) => tx.scan(cursor, 100, (key) => found.push(key)));
    while (cursor !== 0);
    expect(new Set(found).size).toBe(301);
    expect(region.run((tx) => tx.randomKey())).toMatch(/^k|^h$/u);
    expect(region.digest()).toBe(digest);
    expect(packed(region)).toBe(301);
  });

  it("that a peer's write reaches is as if it had not rested (row S1, H1)", async () => {
    const world = new EngineWorld();
    world.a.set("s", TEXT);
    world.a.hset("h", "f", "1", "g", TEXT);
    await world.settle();
    await world.settle();
    for (const region of world.all) await rest(region);
    expect(world.all.map(packed)).toEqual([2, 2, 2]);
    world.b.set("s", "b's");
    world.c.hset("h", "f", "c's");
    world.c.run((tx) => tx.strings.add("n", 1));
    world.sync();
    expect(new Set(world.all.map((region) => region.digest())).size).toBe(1);
    expect(world.a.get("s")).toBe("b's");
    expect(world.a.hash("h")).toEqual({ f: "c's", g: TEXT });
  });

  it("with concurrent values keeps them all", async () => {
    const world = new EngineWorld();
    for (const region of world.all) region.set("s", `${TEXT} of ${region.name}`);
    for (const region of world.all) region.hset("h", "f", region.name);
    world.sync();
    const digest = world.a.digest();
    await world.settle();
    await world.settle();
    for (const region of world.all) await rest(region);
    // Of a string in conflict each value has a deadline of its own: they are kept as what they are.
    expect(world.all.map(packed)).toEqual([1, 1, 1]);
    expect(world.a.digest()).toBe(digest);
    expect(world.a.keyspace.statistics().conflictedKeys).toBe(2);
    world.a.set("s", "one");
    world.a.hset("h", "f", "one");
    expect(world.a.keyspace.statistics().conflictedKeys).toBe(0);
  });

  it("is left alone while it waits for stability, and a value too long for the pool stays what it is", async () => {
    const world = new EngineWorld();
    world.a.set("n", "1");
    world.a.add("n", 1);
    world.a.set("long", "x".repeat(100_000));
    await rest(world.a);
    expect(packed(world.a)).toBe(0);
    expect(world.a.get("n")).toBe("2");
  });

  it("goes with its database, and gives back what it counted", async () => {
    const region = new EngineRegion("a", ["a"]);
    for (let key = 0; key < 50; key++) region.set(`k${key}`, TEXT);
    await rest(region);
    region.run((tx) => tx.flush());
    expect(packed(region)).toBe(0);
    expect(memory(region)).toBe(0);
    expect(region.get("k1")).toBe(null);
    region.set("k1", "new");
    await rest(region);
    expect(region.get("k1")).toBe("new");
  });

  it("goes to its rows when memory is over its limit, before what is in use", async () => {
    const region = new EngineRegion("a", ["a"], 0, 5);
    for (let key = 0; key < 1000; key++) region.set(`k${key}`, TEXT);
    await region.housekeeping.flush();
    region.clock.advance(10_000);
    for (let key = 0; key < 100; key++) region.get(`k${key}`);
    for (let tick = 0; tick < 10; tick++) region.housekeeping.tick();
    expect(packed(region)).toBe(900);
    region.keyspace.limits.memoryBytesMax = Math.floor(memory(region) / 2);
    while (region.housekeeping.tick());
    const { residentKeys } = region.keyspace.statistics();
    expect(residentKeys).toBeLessThan(700);
    expect(memory(region)).toBeLessThanOrEqual(region.keyspace.limits.memoryBytesMax);
    const inUse = [...region.keyspace.state.table.kept()].filter((kept) => kept instanceof KeyEntry);
    expect(inUse.length).toBeGreaterThan(80);
    for (let key = 0; key < 1000; key++) expect(region.get(`k${key}`)).toBe(TEXT);
  });

  it("expires and is purged in its time (row E6)", async () => {
    const region = new EngineRegion("a", ["a"]);
    region.set("s", TEXT, region.clock.wallMs() + 5000);
    region.hset("h", "f", "v");
    region.expireIn("h", 5000);
    await rest(region);
    await rest(region);
    expect(packed(region)).toBe(2);
    region.clock.advance(10_000);
    expect(region.get("s")).toBe(null);
    await rest(region);
    await rest(region);
    expect(region.keyspace.state.table.size).toBe(0);
    expect(memory(region)).toBe(0);
  });

  it("whatever is done, packed or not: the same state (seeded)", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seededRandom(seed);
      const resting = new EngineRegion("a", ["a"], 0, 0);
      const other = new EngineRegion("a", ["a"], 0, null);
      for (let step = 0; step < 300; step++) {
        const key = `k${random.below(30)}`;
        const text = "x".repeat(random.below(300)) + step;
        const kind = random.below(9);
        for (const region of [resting, other]) {
          region.run((tx) => {
            const type = tx.typeOf(key);
            if (kind === 0) tx.delete(key);
            else if (kind === 1 && type !== null) tx.setDeadline(key, tx.nowMs + 1000 + step * 10);
            else if (kind <= 3 && (type === null || type === "string")) tx.strings.set(key, text, 0);
            else if (kind <= 5 && (type === null || type === "hash")) tx.hashes.put(key, [`f${step % 7}`, text]);
            else if (kind === 6 && (type === null || type === "zset")) {
              tx.sortedSets.put(key, [{ member: text, score: step }]);
            } else if (kind === 7 && type === "hash") tx.hashes.remove(key, [`f${step % 7}`]);
            else if (kind === 8 && type === "string") tx.strings.get(key);
          });
        }
        if (random.below(4) === 0) {
          await rest(resting);
          await rest(other);
        }
      }
      expect(packed(other)).toBe(0);
      expect(resting.digest(), `seed ${seed}`).toBe(other.digest());
      resting.keyspace.state.table.loadAll(0);
      expect(memory(resting), `seed ${seed}`).toBe(memory(other));
      const reopened = await resting.reopened();
      expect(reopened.statistics().keys).toEqual((await other.reopened()).statistics().keys);
    }
  });

  it("does not disturb who drops others to their rows while its database is emptied", async () => {
    const region = new EngineRegion("a", ["a"]);
    const { limits } = region.keyspace;
    for (const db of [0, 1]) {
      for (let key = 0; key < 3000; key++) region.keyspace.transact(db, (tx) => tx.strings.set(`k${key}`, TEXT, 0));
    }
    await rest(region);
    // Its hand stops in the middle of a database.
    limits.memoryBytesMax = Math.floor(memory(region) * 0.9);
    region.housekeeping.tick();
    for (const db of [0, 1]) region.keyspace.transact(db, (tx) => tx.flush());
    for (let key = 0; key < 3000; key++) region.hset(`h${key}`, "f", TEXT);
    for (let tick = 0; tick < 10; tick++) region.housekeeping.tick();
    await region.housekeeping.flush();
    limits.memoryBytesMax = 1000;
    for (let tick = 0; tick < 100; tick++) region.housekeeping.tick();
    expect(memory(region)).toBeLessThanOrEqual(1000);
    for (let key = 0; key < 3000; key++) expect(region.hash(`h${key}`)).toEqual({ f: TEXT });
  });

  it("counts as what its entries are, whatever reads have made of them", async () => {
    const region = new EngineRegion("a", ["a"]);
    region.run((tx) => tx.sketches.raise("hll", ["a", "b", "c"].map(rankOf)));
    region.hset("h", ...Array.from({ length: 50 }, (_, index) => [`f${index}`, "v"]).flat());
    region.run((tx) => tx.sortedSets.put("z", [{ member: "m", score: 1 }]));
    region.run((tx) => tx.sets.add("s", ["one", "two"]));
    for (let round = 0; round < 5; round++) {
      region.run((tx) => {
        tx.sketches.get("hll");
        tx.sortedSets.get("z")?.rankOf("m");
      });
      region.hash("h");
      const { table } = region.keyspace.state;
      table.loadAll(0);
      expect(memory(region)).toBe([...table.resident()].reduce((sum, { bytes }) => sum + bytes, 0));
      await rest(region);
      expect(packed(region)).toBe(4);
    }
  });

  it("was used long before the process started, if that is what was restored", async () => {
    const region = new EngineRegion("a", ["a"]);
    region.set("k", TEXT);
    region.run((tx) => tx.setIdle("k", Number.MAX_SAFE_INTEGER));
    const idleMs = region.run((tx) => tx.idleMs("k"));
    await rest(region);
    expect(packed(region)).toBe(1);
    expect(region.run((tx) => tx.idleMs("k"))).toBe(idleMs! + 1000);
  });

  it("leaves much to the collector, which is told eight times once nothing is asked for, and then no more", async () => {
    const region = new EngineRegion("a", ["a"]);
    const { packer } = region.housekeeping;
    let told = 0;
    packer.onRested = () => told++;
    const fill = async (): Promise<void> => {
      for (let key = 0; key < 40_000; key++) region.set(`k${key}`, "short");
      await new Promise((resolve) => setImmediate(resolve));
      await region.housekeeping.flush();
    };
    await fill();
    for (let tick = 0; packed(region) < 40_000; tick++) {
      region.get("k0");
      region.housekeeping.tick();
      if (tick > 1000) break;
    }
    expect(told).toBe(0);
    const quietSeconds = (seconds: number): void => {
      for (let second = 0; second < seconds; second++) {
        for (let tick = 0; tick < 200; tick++) region.housekeeping.tick();
        region.clock.advance(1000);
      }
    };
    quietSeconds(30);
    expect(told).toBe(8);
    await fill();
    quietSeconds(30);
    expect(told).toBe(16);
  });
});
