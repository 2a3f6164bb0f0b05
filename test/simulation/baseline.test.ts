import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/base/random.ts";
import { STREAM_ID_MIN } from "../../src/crdt/stream-id.ts";
import type { Transaction } from "../../src/keyspace/transaction-port.ts";
import type { Replicator } from "../../src/replication/replicator.ts";
import { FakeNetwork } from "../support/fake-links.ts";
import { SimulatedRegion } from "../support/simulated-region.ts";

const NAMES = ["a", "b", "c"];
const SEGMENT_RECORDS = 20;

/** One write of every kind there is, each of which leaves something behind until it is known everywhere. */
function writeAll(tx: Transaction, round: number): void {
  const inMs = tx.nowMs + 2_000;
  tx.strings.set(`string:${round % 5}`, String(round), round % 2 === 0 ? 0 : inMs);
  tx.strings.add("counter", 1);
  tx.hashes.put(`hash:${round % 3}`, [`f${round % 7}`, String(round)]);
  tx.hashes.add("hash:counts", `n${round % 3}`, 1);
  tx.setDeadline(`hash:${round % 3}`, inMs);
  tx.hashes.put("hash:fields", ["f", "v", "g", "w"]);
  tx.hashes.setDeadline("hash:fields", ["f"], inMs);
  tx.sets.add(`set:${round % 3}`, [`m${round % 9}`]);
  tx.setDeadline(`set:${round % 3}`, round % 2 === 0 ? inMs : 0);
  tx.sortedSets.add("zset", `m${round % 5}`, 1.5);
  tx.lists.insert("list", 0, [String(round)]);
  if (tx.lists.get("list")!.size > 10) tx.lists.remove("list", [{ from: 5, to: 11 }]);
  tx.streams.add("stream", tx.streams.automaticId(tx.streams.get("stream")?.lastId ?? STREAM_ID_MIN)!, ["f", "v"]);
  tx.limits.mint("limit", 5);
  tx.sketches.raise("sketch", [{ index: round % 16_384, rank: 1 + (round % 50) }]);
  if (tx.documents.get("document") === null) tx.documents.create("document", new Map([["n", "1"]]));
  tx.delete(`sess:${round % 4}`);
  tx.strings.set(`sess:${round % 4}`, String(round), 0);
  if (round % 4 === 0) tx.revocations.end(`ended:${round}`);
}

class World {
  readonly network = new FakeNetwork(5, {
    silentAfterMs: 200,
    askAgainAfterMs: 400,
    deadAfterMs: 400,
    heartbeatMs: 50,
    redialFirstMs: 10,
    redialMaxMs: 100,
  });
  readonly regions: readonly SimulatedRegion[];
  readonly replicators = new Map<string, Replicator>();

  constructor() {
    const random = seededRandom(5);
    const limits = { logBytesMax: 1e9 };
    this.regions = NAMES.map((name) => {
      return new SimulatedRegion(name, NAMES, this.network.clock, random, limits, SEGMENT_RECORDS);
    });
  }

  async start(): Promise<void> {
    for (const region of this.regions) {
      await region.start();
      const peers = NAMES.filter((name) => name !== region.name);
      this.replicators.set(region.name, this.network.join(region, peers));
    }
  }

  async run(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 50) {
      for (const region of this.regions) {
        region.sync();
        await region.keepHouse(true);
      }
      await this.network.run(50, 5);
    }
  }

  /** Everything that may pile up, of one region. */
  kept({ name, keyspace, log }: SimulatedRegion) {
    const { unstableItems, unstableBytes, markers, markerBytes, dirtyKeys } = keyspace.statistics();
    return {
      logSegments: log.segments().length,
      held: this.replicators.get(name)!.held,
      unstable: { items: unstableItems, bytes: unstableBytes },
      markers: { items: markers, bytes: markerBytes, flushes: keyspace.state.markers.flushes.length },
      // What was written at once on both sides is kept, with its contexts, until somebody has seen both and writes. A document forgets
      // its changes a few dozen at a time.
      unfolded: [...keyspace.state.table.resident()]
        .filter((entry) => entry.isUnfolded && !entry.isConflicted && entry.key !== "document")
        .map(({ key }) => key),
      dirtyKeys,
      pins: keyspace.logPins.size,
      snapshots: this.replicators.get(name)!.snapshots.outgoing,
      behind: this.replicators
        .get(name)!
        .status(this.network.nowMs)
        .map(({ behindBatches }) => behindBatches),
      names: keyspace.state.applied.size,
    };
  }
}

describe("after everything has come to rest", () => {
  it("BL1: nothing is left of what was kept: log, buffers, markers, increments, contexts, conflicts, names", async () => {
    const world = new World();
    await world.start();
    await world.run(300);
    const [a, b, c] = world.regions as [SimulatedRegion, SimulatedRegion, SimulatedRegion];
    for (let round = 0; round < 60; round++) {
      if (round === 10)
        for (const other of ["b", "c"])
          for (const [from, to] of [
            ["a", other],
            [other, "a"],
          ] as const)
            world.network.cut(from, to);
      const region = world.regions[round % 3]!;
      region.keyspace.transact(0, (tx) => writeAll(tx, round));
      await world.run(50);
    }
    // Cut in two, everything piles up; that is what it is for.
    for (const region of [a, b, c]) {
      const kept = world.kept(region);
      expect(kept.logSegments, region.name).toBeGreaterThan(1);
      expect(kept.unstable.items, region.name).toBeGreaterThan(100);
      expect(kept.unstable.bytes, region.name).toBeGreaterThan(10_000);
      expect(kept.markers.items, region.name).toBeGreaterThan(10);
    }
    world.network.heal();
    await world.run(3_000);
    // Final markers stay until they have lapsed by every clock.
    world.network.clock.advance(31 * 24 * 3_600_000);
    await world.run(4_000);
    for (const region of world.regions) expect(world.kept(region), region.name).toEqual(REST);
    const atMs = world.network.clock.wallMs();
    expect(new Set(world.regions.map((region) => region.digest(atMs))).size).toBe(1);
    expect(a.keyspace.statistics().conflictedKeys).toBeGreaterThan(0);
    for (let round = 0; round < 42; round++) a.keyspace.transact(0, (tx) => writeAll(tx, round));
    await world.run(6_000);
    expect(world.regions.map(({ keyspace }) => keyspace.statistics().conflictedKeys)).toEqual([0, 0, 0]);
    world.network.clock.advance(31 * 24 * 3_600_000);
    await world.run(4_000);
    for (const region of world.regions) expect(world.kept(region), region.name).toEqual(REST);
  });
});

const REST = {
  logSegments: 1,
  held: { batches: 0, bytes: 0 },
  unstable: { items: 0, bytes: 0 },
  markers: { items: 0, bytes: 0, flushes: 0 },
  unfolded: [],
  dirtyKeys: 0,
  pins: 0,
  snapshots: 0,
  behind: [0, 0],
  names: 3,
};
