import { describe, expect, it, vi } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { digestOf } from "../../../src/keyspace/digest.ts";
import { expiryRange, parseExpiryRow, parseKeyPosition } from "../../../src/keyspace/row-key.ts";
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

  it("lack nothing after checkpoints that the disk refused, whatever happened before, meanwhile and since", async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = seededRandom(seed);
      const { a } = new EngineWorld();
      const pick = <T>(from: readonly T[]): T => from[random.below(from.length)]!;
      let ended = 0;
      const change = (): void => {
        const key = `k${random.below(6)}`;
        const field = `f${random.below(4)}`;
        const until = a.clock.wallMs() + 10_000 + random.below(1000);
        pick([
          () => a.set(key, `${seed}`, pick([0, until])),
          () => a.del(key),
          () => a.run((tx) => tx.typeOf(key) === "string" || tx.hashes.put(key, [field, `${random.below(9)}`])),
          () => a.run((tx) => tx.typeOf(key) === "string" || tx.hashes.remove(key, [field])),
          () => a.run((tx) => tx.revocations.end(`ended${ended++}`)),
          () => a.run((tx) => random.below(4) === 0 && (random.below(2) === 0 ? tx.flush() : tx.flushAll())),
        ])();
      };
      for (let round = 0; round < 6; round++) {
        for (let index = random.below(12); index > 0; index--) change();
        if (random.below(3) > 0) {
          const refused = vi.spyOn(a.rows, "commit").mockImplementationOnce(async ({ changes }) => {
            changes.take();
            for (let index = random.below(5); index > 0; index--) change();
            throw new Error("the disk is full");
          });
          // There may be nothing to write.
          await a.housekeeping.flush().catch((error: Error) => expect(error.message).toBe("the disk is full"));
          refused.mockRestore();
          for (let index = random.below(5); index > 0; index--) change();
        }
        await a.housekeeping.flush();
        await a.housekeeping.flush();
        expect(a.keyspace.checkpointer.hasWork, `seed ${seed}`).toBe(false);
        // What the log has since the checkpoint is nothing: all of it is rows.
        const again = await a.reopened();
        expect(again.state.markers.count, `seed ${seed}`).toBe(a.keyspace.state.markers.count);
        const { start, end } = expiryRange(Number.MAX_VALUE);
        const indexed = Array.from(a.rows.range(start, end), ({ key }) => parseExpiryRow(key)).map(
          ({ deadlineMs, prefix }) => `${parseKeyPosition(prefix).key}@${deadlineMs}`,
        );
        for (const { key, facet } of a.keyspace.state.table.resident()) {
          if (facet !== null && facet.deadline() > 0) expect(indexed).toContain(`${key}@${facet.deadline()}`);
        }
        expect(digestOf(again, a.clock.wallMs()).digest, `seed ${seed}`).toBe(a.digest());
      }
    }
  });

  it("are not waited for any more once the log has failed", async () => {
    const { a } = new EngineWorld();
    a.log.stall();
    a.set("k", "v");
    const flushed = a.housekeeping.flush();
    const refused = expect(flushed).rejects.toThrow("the log failed");
    a.housekeeping.checkpoints.logFailed();
    await refused;
    await expect(a.housekeeping.flush()).rejects.toThrow("the log failed");
    expect(a.rows.head()).toBeNull();
  });

  it("of a key that is written as its absence becomes durable are not forgotten", async () => {
    const { a } = new EngineWorld();
    a.set("k", "1");
    await a.housekeeping.flush();
    a.del("k");
    const flushed = a.housekeeping.flush();
    // Between two microtasks of the same commit.
    for (let turn = 0; a.keyspace.checkpointer.isRunning && turn < 100; turn++) await Promise.resolve();
    expect(a.keyspace.checkpointer.isRunning).toBe(false);
    a.set("k", "2");
    await flushed;
    expect(a.get("k")).toBe("2");
  });

  it("of the index that the purger finds again and again are kept once while the disk refuses", async () => {
    const { a } = new EngineWorld();
    a.set("k", "v");
    for (let round = 0; round < 300; round++) {
      for (let row = 0; row < 512; row++) a.keyspace.checkpointer.dropIndexRow(Buffer.from([2, row >> 8, row]));
    }
    const counts: number[] = [];
    vi.spyOn(a.rows, "commit").mockImplementation(async ({ changes }) => {
      counts.push(changes.count);
      throw new Error("the disk is full");
    });
    await expect(a.housekeeping.flush()).rejects.toThrow("the disk is full");
    await expect(a.housekeeping.flush()).rejects.toThrow("the disk is full");
    expect(counts).toEqual([513, 513]);
  });
});
