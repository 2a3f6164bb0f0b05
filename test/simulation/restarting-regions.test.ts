import { describe, expect, it } from "vitest";
import { seededRandom, type Random } from "../../src/base/random.ts";
import { SYSTEM_DATABASE } from "../../src/crdt/operations/operation-kind.ts";
import type { NamedVector } from "../../src/crdt/version-vector.ts";
import { encodeMessage } from "../../src/replication/message.ts";
import { FakeNetwork } from "../support/fake-links.ts";
import { SimulatedRegion } from "../support/simulated-region.ts";

const NAMES = ["a", "b", "c"];
const KEYS = ["k1", "k2", "k3", "sess:1"];

/** Three regions that are started again and again, with or without retirements. */
class World {
  readonly network: FakeNetwork;
  readonly regions: readonly SimulatedRegion[];
  readonly #retires: boolean;

  constructor(retires: boolean, limits = {}) {
    this.#retires = retires;
    const patience = {
      silentAfterMs: 200,
      askAgainAfterMs: 400,
      deadAfterMs: 400,
      heartbeatMs: 50,
      redialFirstMs: 5,
      redialMaxMs: 20,
      reportEveryMs: 1,
    };
    const snapshots = { snapshotGraceMs: 20, snapshotPatienceMs: 500, snapshotKeepMs: 1_000, truncatedRetryMs: 200 };
    this.network = new FakeNetwork(1, { ...patience, ...snapshots });
    const random = seededRandom(7);
    this.regions = NAMES.map((name) => new SimulatedRegion(name, NAMES, this.network.clock, random, limits, 20));
  }

  async start(region: SimulatedRegion): Promise<void> {
    await region.start();
    this.network.join(
      region,
      NAMES.filter((name) => name !== region.name),
    );
  }

  async startAll(): Promise<void> {
    for (const region of this.regions) await this.start(region);
  }

  async restart(region: SimulatedRegion): Promise<void> {
    region.sync();
    this.network.leave(region.name);
    region.crash();
    await this.start(region);
  }

  async run(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 20) {
      for (const region of this.regions) region.sync();
      await this.network.run(20, 5);
    }
  }

  async keepHouse(checkpoint = true): Promise<void> {
    for (const region of this.regions) {
      if (!region.isUp) continue;
      region.sync();
      await region.keepHouse(checkpoint);
      if (this.#retires) region.keyspace.retire([]);
    }
  }

  /** Everything is everywhere, stable and retired. */
  async settle(): Promise<void> {
    for (let round = 0; round < 12; round++) {
      await this.run(100);
      await this.keepHouse();
    }
    await this.run(100);
  }

  /** One digest, one vector; answers how many it names. */
  agreed(regions: readonly SimulatedRegion[] = this.regions): number {
    const atMs = this.network.clock.wallMs();
    expect(new Set(regions.map((region) => region.digest(atMs))).size).toBe(1);
    const vectors = regions.map(({ keyspace }) => JSON.stringify(Object.entries(keyspace.vector()).toSorted()));
    expect(new Set(vectors).size, vectors.join(" | ")).toBe(1);
    return Object.keys(regions[0]!.keyspace.vector()).length;
  }
}

function act(region: SimulatedRegion, random: Random, step: number): void {
  const key = KEYS[random.below(KEYS.length)]!;
  const member = `m${random.below(4)}`;
  region.keyspace.transact(0, (tx) => {
    switch (random.below(9)) {
      case 0:
        tx.strings.set(`s:${key}`, String(step), random.below(2) === 0 ? 0 : tx.nowMs + 5_000);
        return;
      case 1:
        tx.strings.add(`n:${key}`, 1 + random.below(9));
        return;
      case 2:
        tx.hashes.put(`h:${key}`, [member, String(step)]);
        if (random.below(2) === 0) tx.setDeadline(`h:${key}`, tx.nowMs + 20_000);
        return;
      case 3:
        if (tx.typeOf(`h:${key}`) !== null) tx.hashes.remove(`h:${key}`, [member]);
        return;
      case 4:
        tx.sets.add(`t:${key}`, [member]);
        return;
      case 5:
        tx.lists.insert(`l:${key}`, 0, [String(step)]);
        return;
      case 6:
        tx.delete(key === "sess:1" ? key : `h:${key}`);
        return;
      case 7:
        tx.strings.set("sess:1", String(step), 0);
        return;
      default:
        tx.delete(`n:${key}`);
    }
  });
}

/** What clients see. Stamps and sequences are not compared: retirements take some. */
function seen(region: SimulatedRegion): unknown {
  return region.keyspace.transact(0, (tx) =>
    KEYS.flatMap((key) => [
      tx.strings.get(`s:${key}`),
      tx.strings.get(`n:${key}`),
      [...(tx.hashes.get(`h:${key}`)?.entries() ?? [])].toSorted(),
      (tx.sets.get(`t:${key}`)?.members ?? []).toSorted(),
      tx.lists.get(`l:${key}`)?.slice(0, Infinity) ?? null,
      tx.typeOf(key) === null ? null : tx.strings.get(key),
    ]),
  ).value;
}

/** The same life, each time: writes in all regions, cuts now and then, and a start after every few writes. */
async function live(world: World, restarts: number): Promise<void> {
  const random = seededRandom(11);
  await world.startAll();
  for (let restart = 0; restart < restarts; restart++) {
    const region = world.regions[restart % 3]!;
    if (restart % 25 === 0) world.network.cut("a", "b");
    for (let write = 0; write < 2; write++) act(world.regions[random.below(3)]!, random, restart);
    act(region, random, restart);
    await world.run(20);
    if (restart % 25 === 3) world.network.heal();
    if (restart % 5 === 4) await world.keepHouse();
    await world.restart(region);
  }
  await world.settle();
}

/** Bytes of the next batch, and of what a link says before the first batch: who has what, and what is asked for. */
async function sizes(region: SimulatedRegion): Promise<{ readonly batch: number; readonly handshake: number }> {
  const { lsn } = region.keyspace.transact(0, (tx) => tx.strings.set("size", "1", 0));
  region.sync();
  const [record] = await region.log.read(lsn, 1);
  const reports = region.replica.memberReports().map((report) => encodeMessage({ say: "report", reports: [report] }));
  const has: NamedVector = region.replica.vector();
  const frames = [...reports, encodeMessage({ say: "subscribe", regions: NAMES, has, held: {} })];
  return { batch: record!.bytes.length, handshake: frames.reduce((sum, frame) => sum + frame.length, 0) };
}

describe("regions that are started again and again", () => {
  it("V2: a thousand starts later vectors, batches and handshakes are as short as after the first", async () => {
    const world = new World(true);
    await live(world, 1_000);
    expect(world.agreed()).toBe(3);
    const { batch, handshake } = await sizes(world.regions[0]!);
    expect(batch).toBeLessThan(100);
    expect(handshake).toBeLessThan(1_000);
  });

  it("V1: clients see what they would see without retirements", async () => {
    const [retiring, reference] = [new World(true), new World(false)];
    await live(retiring, 150);
    await live(reference, 150);
    expect(retiring.agreed()).toBe(3);
    expect(reference.agreed()).toBeGreaterThan(130);
    for (const region of retiring.regions) expect(seen(region)).toEqual(seen(reference.regions[0]!));
    const [small, large] = [await sizes(retiring.regions[0]!), await sizes(reference.regions[0]!)];
    expect(large.batch).toBeGreaterThan(small.batch * 10);
    expect(large.handshake).toBeGreaterThan(small.handshake * 10);
  });

  it("V3: a member that is away keeps every name; once it is back they go", async () => {
    const world = new World(true);
    const [a, b, c] = world.regions as [SimulatedRegion, SimulatedRegion, SimulatedRegion];
    await world.startAll();
    await world.run(100);
    world.network.leave("c");
    c.crash();
    for (let start = 0; start < 10; start++) {
      act(a, seededRandom(start), start);
      await world.run(60);
      await world.keepHouse();
      await world.restart(a);
    }
    expect(Object.keys(b.keyspace.vector()).length).toBeGreaterThanOrEqual(9);
    await world.start(c);
    await world.settle();
    expect(world.agreed()).toBeLessThanOrEqual(3);
  });

  it.each([
    ["a disk that was lost", "lost", {}],
    ["a disk that was lost, and logs that begin later", "lost", { logBytesMax: 500 }],
    ["an old copy of the disk", "old", {}],
    ["an old copy of the disk, and logs that begin later", "old", { logBytesMax: 500 }],
  ] as const)(
    "V1: %s: the region comes back from others that have retired what it never heard of",
    async (_, kind, limits) => {
      const world = new World(true, limits);
      const c = world.regions[2]!;
      const random = seededRandom(3);
      await world.startAll();
      const write = async (rounds: number): Promise<void> => {
        for (let round = 0; round < rounds; round++) {
          for (const region of world.regions) act(region, random, round);
          await world.run(60);
          await world.keepHouse();
          await world.restart(world.regions[round % 3]!);
        }
        await world.settle();
      };
      await write(10);
      world.network.leave("c");
      c.crash();
      const disk = c.disk();
      await world.start(c);
      await write(12);
      expect(world.agreed()).toBe(3);
      const before = seen(world.regions[0]!);
      world.network.leave("c");
      if (kind === "lost") c.destroy();
      else c.putBack(disk);
      await world.start(c);
      await world.settle();
      expect(world.agreed()).toBe(3);
      expect(seen(c)).toEqual(before);
      // It goes on as any other.
      await write(4);
      expect(world.agreed()).toBe(3);
    },
  );

  it("V4: a token that names a retired incarnation is satisfied, one of an unknown incarnation is not", async () => {
    const world = new World(true);
    const [a, b] = world.regions as [SimulatedRegion, SimulatedRegion, SimulatedRegion];
    await world.startAll();
    act(a, seededRandom(1), 1);
    const old = a.keyspace.incarnation;
    const upTo = a.keyspace.lastSequence;
    await world.restart(a);
    act(a, seededRandom(2), 2);
    await world.settle();
    expect(b.keyspace.vector()).not.toHaveProperty(old);
    expect([b.keyspace.covers(old, upTo), b.keyspace.covers(old, upTo + 1)]).toEqual([true, false]);
    expect(b.keyspace.covers(`${old.slice(0, -4)}ffff`, 1)).toBe(false);
    // Also after a start from rows.
    await world.keepHouse();
    await world.restart(b);
    expect([b.keyspace.covers(old, upTo), b.keyspace.covers(old, upTo + 1)]).toEqual([true, false]);
    expect(b.keyspace.state.table.count(SYSTEM_DATABASE)).toBe(0);
  });
});
