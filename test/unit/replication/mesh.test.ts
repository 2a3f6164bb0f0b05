import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { DEFAULT_REPLICATION_LIMITS as LIMITS } from "../../../src/replication/limits.ts";
import { BROKEN, FakeReplica, UNKNOWN } from "./fake-replica.ts";
import { Mesh, type MeshNode } from "./mesh.ts";

const others = (names: readonly string[], own: string): string[] => names.filter((name) => name !== own);

function join(mesh: Mesh, ...names: string[]): MeshNode[] {
  return names.map((name) => mesh.add(new FakeReplica(name), others(names, name)));
}

const duplicates = (nodes: readonly MeshNode[]): number =>
  nodes.reduce((sum, { replica }) => sum + replica.received.duplicate, 0);

function expectEqual(nodes: readonly MeshNode[]): void {
  for (const { replica } of nodes) expect(replica.vector(), replica.region).toEqual(nodes[0]!.replica.vector());
}

describe("a mesh of regions", () => {
  it("four regions that write at random get everything, and no batch twice (seed 3)", async () => {
    const mesh = new Mesh();
    const random = seededRandom(3);
    const nodes = join(mesh, "a", "b", "c", "d");
    for (const from of "abcd") for (const to of "abcd") mesh.delayMs.set(`${from}>${to}`, 1 + random.below(120));
    await mesh.run(1_000);
    for (let step = 0; step < 600; step++) {
      nodes[random.below(4)]!.replica.write(random.below(500));
      await mesh.run(random.below(6));
    }
    await mesh.run(1_500);
    expectEqual(nodes);
    expect(nodes[0]!.replica.log).toHaveLength(600);
    expect(duplicates(nodes)).toBe(0);
    for (const { replicator } of nodes) expect(replicator.held.batches).toBe(0);
  });

  it("A–C cut: their batches go by B, once; when the link is back it takes over, and again nothing comes twice", async () => {
    const mesh = new Mesh();
    const nodes = join(mesh, "a", "b", "c");
    const [a, , c] = nodes as [MeshNode, MeshNode, MeshNode];
    for (const link of ["a>c", "c>a"]) mesh.refused.add(link);
    const providerOfA = (): string | null | undefined =>
      c.replicator.status(mesh.nowMs).find(({ peer }) => peer === "a")!.provider;
    for (let step = 0; step < 100; step++) {
      a.replica.write(100);
      await mesh.run(20);
    }
    expectEqual(nodes);
    expect(providerOfA()).toBe("b");
    mesh.refused.clear();
    await mesh.run(8_000, 5);
    for (let step = 0; step < 50; step++) {
      a.replica.write(100);
      await mesh.run(20);
    }
    expect(providerOfA()).toBe("a");
    expectEqual(nodes);
    expect(duplicates(nodes)).toBe(0);
  });

  it("another region joining a provider's subscription does not begin the others anew", async () => {
    const mesh = new Mesh();
    const nodes = join(mesh, "a", "b", "c");
    const [a, b, c] = nodes as [MeshNode, MeshNode, MeshNode];
    mesh.delayMs.set("b>a", 150);
    await mesh.run(2_000);
    // From here on A takes C's batches from B too, while B's are on their way.
    for (let step = 0; step < 800; step++) {
      b.replica.write(50);
      if (step % 10 === 0) c.replica.write(50);
      if (step === 100) for (const link of ["a>c", "c>a"]) mesh.stopped.add(link);
      await mesh.run(10, 2);
    }
    await mesh.run(1_000, 5);
    expectEqual(nodes);
    expect(a.replicator.status(mesh.nowMs).find(({ peer }) => peer === "c")!.provider).toBe("b");
    expect(a.replica.received.duplicate).toBe(0);
  });

  it("only what is durable travels, is announced, or counts as delivered", async () => {
    const mesh = new Mesh();
    const [a, b] = join(mesh, "a", "b") as [MeshNode, MeshNode];
    await mesh.run(1_000);
    a.replica.syncsAtOnce = false;
    b.replica.syncsAtOnce = false;
    a.replica.write();
    await mesh.run(2_000);
    expect(b.replica.log).toHaveLength(0);
    expect(b.replicator.status(mesh.nowMs)[0]!.behindBatches).toBe(0);
    a.replica.sync();
    await mesh.run(100);
    expect(b.replica.log).toHaveLength(1);
    expect(a.replicator.isDelivered).toBe(false);
    b.replica.sync();
    await mesh.run(100);
    expect(a.replicator.isDelivered).toBe(true);
  });

  it("a connection that ends in the middle goes on from what is there", async () => {
    const mesh = new Mesh({ linkBufferedBytesMax: 20_000, frameBytesMax: 5_000, deadAfterMs: 5_000 });
    const nodes = join(mesh, "a", "b");
    const [a, b] = nodes as [MeshNode, MeshNode];
    mesh.delayMs.set("a>b", 30);
    await mesh.run(500);
    for (let index = 0; index < 300; index++) a.replica.write(1_000);
    for (let cut = 0; cut < 5; cut++) {
      await mesh.run(150);
      mesh.stopped.add("a>b");
      await mesh.run(6_000, 10);
      mesh.stopped.delete("a>b");
      await mesh.run(300);
    }
    await mesh.run(5_000, 5);
    expectEqual(nodes);
    expect(b.replica.received.duplicate).toBe(0);
  });
});

describe("bounds", () => {
  it("batches of any size keep to the lower of two frame limits, and those beyond a frame arrive whole", async () => {
    const mesh = new Mesh({ compressFromBytes: Number.POSITIVE_INFINITY });
    const a = mesh.add(new FakeReplica("a"), ["b"], { frameBytesMax: 40_000 });
    const b = mesh.add(new FakeReplica("b"), ["a"], { frameBytesMax: 10_000 });
    await mesh.run(500);
    const random = seededRandom(11);
    for (let index = 0; index < 200; index++) a.replica.write(random.below(25_000));
    b.replica.write(9_990);
    b.replica.write(10_010);
    await mesh.run(3_000);
    expectEqual([a, b]);
    expect(mesh.largestFrame).toBeLessThanOrEqual(10_000 + 64);
    expect(duplicates([a, b])).toBe(0);
  });

  it("a batch that a peer does not take ends the link with a reason, and is tried again rarely", async () => {
    const mesh = new Mesh();
    const a = mesh.add(new FakeReplica("a"), ["b"]);
    const b = mesh.add(new FakeReplica("b"), ["a"], { batchBytesMax: 20_000 });
    await mesh.run(500);
    a.replica.write(30_000);
    await mesh.run(20_000, 10);
    expect(b.linkEnds[0]).toMatch(/batch 1 of a#1-0000 has 30\d{3} bytes, region "b" takes 20000/u);
    expect(mesh.dials.get("b>a")).toBe(1);
  });

  it("a peer that reads slowly costs a cursor, not a queue", async () => {
    const mesh = new Mesh({ linkBufferedBytesMax: 50_000, frameBytesMax: 20_000 });
    const nodes = join(mesh, "a", "b");
    const [a] = nodes as [MeshNode, MeshNode];
    mesh.delayMs.set("a>b", 200);
    await mesh.run(1_000);
    for (let index = 0; index < 2_000; index++) a.replica.write(500);
    await mesh.run(20_000, 5);
    expectEqual(nodes);
    expect(mesh.mostUnderWay.get("a>b")).toBeLessThan(50_000 + 20_000 + 10_000);
  });

  it("one batch in many pieces waits for room between them", async () => {
    const mesh = new Mesh({ linkBufferedBytesMax: 50_000, frameBytesMax: 10_000 });
    const nodes = join(mesh, "a", "b");
    await mesh.run(500);
    nodes[0]!.replica.write(1_000_000);
    nodes[0]!.replica.write(10);
    await mesh.run(1_000);
    expectEqual(nodes);
    expect(mesh.mostUnderWay.get("a>b")).toBeLessThan(50_000 + 10_000 + 10_000);
  });

  it("a peer that talks and never reads cannot make us keep what it is told", async () => {
    const mesh = new Mesh({ linkBufferedBytesMax: 20_000, frameBytesMax: 10_000, deadAfterMs: 1e9 });
    const [a] = join(mesh, "a", "b") as [MeshNode, MeshNode];
    await mesh.run(500);
    // A hears B; B hears nothing more, though its socket stays open.
    mesh.stopped.add("a>b");
    for (let step = 0; step < 2_000; step++) {
      a.replica.write(100);
      await mesh.run(10, 5);
    }
    expect(mesh.mostUnderWay.get("a>b")).toBeLessThan(2 * 20_000 + 10_000);
    expect(mesh.mostUnderWay.get("a>b")).toBeGreaterThan(20_000);
  });

  it("what does not fit into the hold buffer comes later, without being sent over and over meanwhile", async () => {
    const mesh = new Mesh({ heldBatchesMax: 20, deadAfterMs: 2_000, askAgainAfterMs: 2_000 });
    const nodes = join(mesh, "a", "b", "c");
    const [a, b, c] = nodes as [MeshNode, MeshNode, MeshNode];
    await mesh.run(1_500);
    // C is told B's batches long before A's on which they depend.
    mesh.delayMs.set("a>c", 1_900);
    a.replica.write(10);
    await mesh.run(20);
    for (let index = 0; index < 300; index++) {
      b.replica.write(200);
      await mesh.run(5);
    }
    expect(c.replicator.held.batches).toBeLessThanOrEqual(20);
    await mesh.run(12_000, 5);
    expectEqual(nodes);
    expect(c.replicator.held.batches).toBe(0);
    expect(mesh.batchBytes.get("b>c")).toBeLessThan(3 * mesh.batchBytes.get("b>a")!);
  });
});

describe("a region that does not answer", () => {
  it("loses no link over a command that takes longer than it is patient itself, and its peers wait for it", async () => {
    const mesh = new Mesh();
    const nodes = join(mesh, "a", "b", "c");
    const [a, b, c] = nodes as [MeshNode, MeshNode, MeshNode];
    await mesh.run(3_000, 5);
    mesh.busy.add("c");
    for (let second = 0; second < 9; second++) {
      for (const node of [a, b]) node.replica.write(10);
      await mesh.run(1_000, 5);
    }
    mesh.busy.delete("c");
    c.replica.write(10);
    await mesh.run(1_000, 5);
    expect(nodes.flatMap(({ linkEnds }) => linkEnds)).toEqual([]);
    expectEqual(nodes);
  });

  it("is given up after that, and is dialled again until it is back", async () => {
    const mesh = new Mesh();
    const nodes = join(mesh, "a", "b");
    await mesh.run(1_000, 5);
    mesh.busy.add("b");
    await mesh.run(12_000, 5);
    expect(nodes[0]!.linkEnds[0]).toMatch(/nothing was heard for 10\d{3} ms/u);
    mesh.busy.delete("b");
    nodes[1]!.replica.write(10);
    await mesh.run(12_000, 5);
    expectEqual(nodes);
  });

  it("CH6: what it has is taken from another as soon as its link is silent, long before the link is dead", async () => {
    const mesh = new Mesh();
    const nodes = join(mesh, "a", "b", "c");
    const [a, , c] = nodes as [MeshNode, MeshNode, MeshNode];
    await mesh.run(3_000, 5);
    // Nothing arrives any more from A at C; both reach B.
    mesh.stopped.add("a>c");
    a.replica.write(10);
    await mesh.run(4_000, 5);
    expect(c.linkEnds).toEqual([]);
    expect(c.replica.log).toHaveLength(1);
    expect(c.replicator.status(mesh.nowMs).find(({ peer }) => peer === "a")).toMatchObject({ provider: "b" });
    mesh.stopped.delete("a>c");
    await mesh.run(3_000, 5);
    expect(c.replicator.status(mesh.nowMs).find(({ peer }) => peer === "a")).toMatchObject({ provider: "a" });
    a.replica.write(10);
    await mesh.run(500, 5);
    expectEqual(nodes);
  });
});

const areConnected = (mesh: Mesh, nodes: readonly MeshNode[]): boolean =>
  nodes.every(({ replicator }) =>
    replicator.status(mesh.nowMs).every(({ connected, providing }) => connected && providing),
  );

/** Milliseconds until each has a link to each. */
async function untilConnected(mesh: Mesh, nodes: readonly MeshNode[], atMostMs: number): Promise<number> {
  const sinceMs = mesh.nowMs;
  while (!areConnected(mesh, nodes) && mesh.nowMs - sinceMs < atMostMs) await mesh.run(1);
  return mesh.nowMs - sinceMs;
}

describe("dials on roads that swallow, or are slow", () => {
  it("DL2, DL4: a minute behind a black hole, whenever it ends: both dials are open soon, though all that hung stay so", async () => {
    const waits: number[] = [];
    for (let phase = 0; phase < 20; phase++) {
      const mesh = new Mesh();
      const nodes = join(mesh, "a", "b");
      await mesh.run(12_000, 20);
      mesh.blackHole("a", "b");
      for (const { replica } of nodes) replica.write(10);
      await mesh.run(58_000 + phase * 130, 10);
      const dialled = [...mesh.dials.values()];
      mesh.heal();
      waits.push(await untilConnected(mesh, nodes, 10_000));
      expect(mesh.mostHanging).toBeLessThanOrEqual(LIMITS.dialsAtOnceMax);
      // Neither one a tick nor none.
      for (const count of dialled) expect(count).toBeGreaterThan(35);
      for (const count of dialled) expect(count).toBeLessThan(70);
      await mesh.run(20);
      expectEqual(nodes);
      // It is not dialled on behind the links that are open, and none of them is ended by a late one.
      const before = [...mesh.dials.values()];
      await mesh.run(12_000, 20);
      expect([...mesh.dials.values()]).toEqual(before);
      expect(areConnected(mesh, nodes)).toBe(true);
    }
    const sorted = waits.toSorted((left, right) => left - right);
    expect(sorted.at(-1)).toBeLessThan(1_300);
    expect(sorted[10]).toBeLessThan(700);
  });

  it("DL2: what fails the same way again and again is said once, on both sides", async () => {
    const mesh = new Mesh();
    const [a, b] = join(mesh, "a", "b") as [MeshNode, MeshNode];
    await mesh.run(12_000, 20);
    // B hears A's dials and A does not hear the answers; B's own are swallowed.
    mesh.stopped.add("b>a");
    mesh.swallowed.add("b>a");
    await mesh.run(58_000, 10);
    expect(mesh.dials.get("a>b")).toBeGreaterThan(20);
    for (const { lines } of [a, b]) expect(lines.length, lines.join("; ")).toBeLessThan(12);
    expect(b.replicator.strangers).toBeLessThanOrEqual(LIMITS.dialsAtOnceMax);
    mesh.heal();
    expect(await untilConnected(mesh, [a, b], 10_000)).toBeLessThan(1_300);
  });

  it("DL3: on a road that takes longer than a fresh dial waits, the first dial opens, and no later one takes its place", async () => {
    const mesh = new Mesh();
    for (const key of ["a>b", "b>a"]) mesh.delayMs.set(key, 1_200);
    const nodes = join(mesh, "a", "b");
    expect(await untilConnected(mesh, nodes, 30_000)).toBeLessThan(5_000);
    await mesh.run(20_000, 10);
    expect(areConnected(mesh, nodes)).toBe(true);
    const reasons = new Set(nodes.flatMap(({ linkEnds }) => linkEnds));
    expect([...reasons]).toEqual(["the peer says: another connection was faster"]);
    expect(duplicates(nodes)).toBe(0);
  });

  it("DL3: on roads of any length that changes all the time, two find each other and stay together (seed 11)", async () => {
    const random = seededRandom(11);
    for (let road = 0; road < 20; road++) {
      const mesh = new Mesh();
      const nodes = join(mesh, "a", "b");
      const vary = async (turns: number): Promise<void> => {
        for (let turn = 0; turn < turns; turn++) {
          for (const key of ["a>b", "b>a"]) mesh.delayMs.set(key, 1 + random.below(1_500));
          await mesh.run(100, 10);
        }
      };
      await vary(300);
      expect(areConnected(mesh, nodes), `road ${road}`).toBe(true);
      const dialled = [...mesh.dials.values()];
      await vary(100);
      expect([...mesh.dials.values()], `road ${road}`).toEqual(dialled);
    }
  });

  it("DL3: an earlier connection whose proof comes late does not take the place of the one that was faster", async () => {
    const mesh = new Mesh();
    const a = mesh.add(new FakeReplica("a"), ["b"]);
    const b = mesh.add(new FakeReplica("b"), ["a"]);
    mesh.refused.add("b>a");
    // The greeting is through; the proof is on its way for long.
    await mesh.run(2);
    mesh.delayMs.set("a>b", 3_000);
    await mesh.run(10);
    mesh.delayMs.set("a>b", 1);
    await mesh.run(1_100);
    expect(a.replicator.status(mesh.nowMs)[0]).toMatchObject({ connected: true });
    expect(mesh.dials.get("a>b")).toBe(2);
    await mesh.run(5_000);
    expect(b.linkEnds).toEqual(["a newer connection took its place"]);
    expect(a.linkEnds).toEqual([]);
    expect(a.replicator.status(mesh.nowMs)[0]).toMatchObject({ connected: true });
    expect(mesh.dials.get("a>b")).toBe(2);
  });

  it("DL2: a peer that runs a long command is waited for by the dial that it meets afterwards", async () => {
    const mesh = new Mesh();
    const nodes = join(mesh, "a", "b");
    mesh.busy.add("b");
    await mesh.run(4_500, 5);
    mesh.busy.delete("b");
    expect(await untilConnected(mesh, nodes, 5_000)).toBeLessThan(20);
    await mesh.run(6_000, 5);
    expect(areConnected(mesh, nodes)).toBe(true);
  });
});

describe("what waits for its cause", () => {
  it("is not sent again, though its stream brings nothing for so long that it is asked for again", async () => {
    const mesh = new Mesh({ deadAfterMs: 600, askAgainAfterMs: 600, heartbeatMs: 100 });
    const nodes = join(mesh, "a", "b", "c");
    const [a, b, c] = nodes as [MeshNode, MeshNode, MeshNode];
    await mesh.run(2_000, 5);
    // Grows slowly: a jump beyond `deadAfterMs` would end the link, and A's batches would go by B.
    for (let delayMs = 300; delayMs <= 1_900; delayMs += 200) {
      mesh.delayMs.set("a>c", delayMs);
      await mesh.run(500, 5);
    }
    a.replica.write(10);
    await mesh.run(20);
    for (let index = 0; index < 100; index++) b.replica.write(200);
    await mesh.run(1_500);
    expect(c.replicator.held.batches).toBe(100);
    await mesh.run(3_000);
    expectEqual(nodes);
    expect(mesh.batchBytes.get("b>c")).toBeLessThan(1.2 * mesh.batchBytes.get("b>a")!);
  });
});

describe("streams that cannot be believed", () => {
  it("an unknown operation stops that stream, says so, and holds up nobody else", async () => {
    const mesh = new Mesh();
    const [a, b, c] = join(mesh, "a", "b", "c") as [MeshNode, MeshNode, MeshNode];
    await mesh.run(1_000);
    a.replica.write();
    a.replica.write(0, UNKNOWN);
    a.replica.write();
    await mesh.run(200);
    expect(b.replica.sequenceOf("a#1-0000")).toBe(1);
    expect(b.errors).toContainEqual(expect.stringContaining("an operation this version does not know"));
    expect(b.replica.received["unknown-operation"]).toBeLessThan(3);
    c.replica.write();
    await mesh.run(1_000);
    expect(b.replica.sequenceOf("c#1-0000")).toBe(1);
    // Skipped it is never.
    await mesh.run(10_000, 10);
    expect(b.replica.sequenceOf("a#1-0000")).toBe(1);
  });

  it("a stream that breaks at the same place every time is dialled ever more rarely", async () => {
    const mesh = new Mesh();
    const [a, b] = join(mesh, "a", "b") as [MeshNode, MeshNode];
    await mesh.run(1_000);
    a.replica.write(0, BROKEN);
    await mesh.run(30_000, 10);
    expect(b.replica.received.malformed).toBeGreaterThan(3);
    expect(mesh.dials.get("b>a")).toBeLessThan(40);
    expect(b.errors[0]).toContain("a batch that is malformed");
    expect(b.replica.log).toHaveLength(0);
  });

  it("HS6: of two nodes under one name the older is shut out and told why; the newer replicates", async () => {
    const mesh = new Mesh();
    const a = mesh.add(new FakeReplica("a"), ["b"]);
    const old = mesh.add(new FakeReplica("b", "b#1-0000"), ["a"]);
    await mesh.run(1_000);
    const copy = mesh.add(new FakeReplica("b", "b#2-0000"), ["a"]);
    await mesh.run(15_000, 5);
    expect(a.errors[0]).toContain("two nodes under one name");
    expect(old.linkEnds).toContainEqual(
      expect.stringContaining('two nodes call themselves region "b": b#1-0000 is back after its successor'),
    );
    copy.replica.write();
    a.replica.write();
    await mesh.run(500);
    expect([a.replica.sequenceOf("b#2-0000"), copy.replica.sequenceOf("a#1-0000")]).toEqual([1, 1]);
    // No fight: the older one asks again rarely.
    expect(copy.linkEnds.length).toBeLessThan(3);
    expect(mesh.dials.get("b>a")).toBeLessThan(8);
  });

  it("HS6: who shuts the older one out is not shut out itself", async () => {
    const mesh = new Mesh();
    const a = mesh.add(new FakeReplica("a"), ["b"]);
    mesh.add(new FakeReplica("b", "b#1-0000"), ["a"]);
    await mesh.run(1_000);
    mesh.add(new FakeReplica("b", "b#2-0000"), ["a"]);
    await mesh.run(5_000, 5);
    expect(a.linkEnds.length).toBeGreaterThan(0);
    expect(a.codes).toEqual([]);
  });

  it("HS6: a restart under a new incarnation is no conflict", async () => {
    const mesh = new Mesh();
    const a = mesh.add(new FakeReplica("a"), ["b"]);
    for (let start = 1; start <= 5; start++) {
      const b = mesh.add(new FakeReplica("b", `b#${start}-0000`), ["a"]);
      await mesh.run(2_000, 5);
      b.replica.write();
      await mesh.run(500);
      expect(a.replica.sequenceOf(`b#${start}-0000`)).toBe(1);
      b.replicator.stop("restarting");
      await mesh.run(50);
    }
    expect(a.errors).toEqual([]);
  });
});
