import { describe, expect, it } from "vitest";
import { FakeReplica } from "./fake-replica.ts";
import { Mesh, type MeshNode } from "./mesh.ts";

const others = (names: readonly string[], own: string): string[] => names.filter((name) => name !== own);
const ROW_KIND = 5;

function join(mesh: Mesh, ...names: string[]): MeshNode[] {
  return names.map((name) => mesh.add(new FakeReplica(name), others(names, name)));
}

function expectEqual(nodes: readonly MeshNode[]): void {
  for (const { replica } of nodes) expect(replica.vector(), replica.region).toEqual(nodes[0]!.replica.vector());
}

/** C is cut off while A and B go on; what they wrote then is in nobody's log any more. */
async function farBehind(mesh: Mesh, batches: number, size: number): Promise<[MeshNode, MeshNode, MeshNode]> {
  const nodes = join(mesh, "a", "b", "c") as [MeshNode, MeshNode, MeshNode];
  const [a, b, c] = nodes;
  await mesh.run(1_500, 5);
  a.replica.write();
  c.replica.write();
  await mesh.run(200);
  for (const other of ["a", "b"]) {
    mesh.refused.add(`${other}>c`).add(`c>${other}`);
    mesh.disconnect(other, "c");
  }
  await mesh.run(100);
  for (let index = 0; index < batches; index++) {
    a.replica.write(size);
    if (index % 3 === 0) b.replica.write(size);
    // What C has of its own nobody else has.
    if (index % 10 === 0) c.replica.write(10);
  }
  await mesh.run(1_000, 5);
  a.replica.truncate(a.replica.log.length - 5);
  b.replica.truncate(b.replica.log.length - 5);
  mesh.refused.clear();
  return nodes;
}

describe("a region that is far behind", () => {
  it("hands over what others lack, takes a snapshot that contains it, and goes on from the log, while all write", async () => {
    const mesh = new Mesh();
    const [a, b, c] = await farBehind(mesh, 300, 200);
    const own = c.replica.durableVector()["c#1-0000"]!;
    for (let step = 0; step < 400 && c.snapshots.length === 0; step++) {
      a.replica.write(50);
      c.replica.write(10);
      await mesh.run(20, 2);
    }
    const head = c.snapshots[0]!;
    expect(head.vector["c#1-0000"]).toBeGreaterThanOrEqual(own);
    const again = mesh.replace(c, c.replica.installed(head), ["a", "b"]);
    // Its tail beyond the snapshot is applied again.
    expect(again.replica.sequenceOf("c#1-0000")).toBe(c.replica.sequenceOf("c#1-0000"));
    for (let step = 0; step < 20; step++) {
      a.replica.write(50);
      again.replica.write(10);
      await mesh.run(50, 2);
    }
    await mesh.run(3_000, 5);
    expectEqual([a, b, again]);
    expect(again.snapshots).toEqual([]);
    // What was kept open for it is closed once it is here.
    expect(a.replica.openSnapshots.size + b.replica.openSnapshots.size).toBe(0);
    expect([...a.errors, ...b.errors, ...c.errors]).toEqual([]);
  });

  it("CH4: takes no snapshot while any peer has it all in its log", async () => {
    const mesh = new Mesh();
    const [a, b, c] = await farBehind(mesh, 100, 50);
    b.replica.truncate(0);
    await mesh.run(8_000, 5);
    expectEqual([a, b, c]);
    expect(c.snapshots).toEqual([]);
    expect(mesh.framesOf(ROW_KIND)).toBe(0);
  });

  it("CH5: of two that are far behind together, and near each other, neither takes the other's copy", async () => {
    const mesh = new Mesh();
    const names = ["a", "b", "c", "d"];
    const [a, b, c, d] = join(mesh, ...names) as [MeshNode, MeshNode, MeshNode, MeshNode];
    for (const away of ["c", "d"]) {
      for (const other of ["a", "b"]) {
        mesh.delayMs.set(`${other}>${away}`, 40).set(`${away}>${other}`, 40);
        mesh.refused.add(`${other}>${away}`).add(`${away}>${other}`);
      }
    }
    for (let index = 0; index < 100; index++) a.replica.write(50);
    await mesh.run(1_000, 5);
    for (const { replica } of [a, b]) replica.truncate(replica.log.length - 5);
    mesh.refused.clear();
    for (let step = 0; step < 1_500 && (c.snapshots.length === 0 || d.snapshots.length === 0); step++) {
      await mesh.run(10, 2);
    }
    for (const { replica, snapshots } of [c, d]) {
      expect(snapshots.map(({ vector }) => vector)).toEqual([a.replica.durableVector()]);
      expect(replica.openSnapshots.size).toBe(0);
    }
    const nodes = [c, d].map((node) =>
      mesh.replace(node, node.replica.installed(node.snapshots[0]!), others(names, node.replica.region)),
    );
    await mesh.run(3_000, 5);
    expectEqual([a, b, ...nodes]);
  });

  it("goes on behind the last row that it stored when the link breaks on the way, again and again", async () => {
    const mesh = new Mesh({ frameBytesMax: 4_000, redialFirstMs: 20, redialMaxMs: 50 });
    const [a, b, c] = await farBehind(mesh, 600, 400);
    mesh.delayMs.set("a>c", 20).set("b>c", 20);
    let cuts = 0;
    for (let step = 0; step < 3_000 && c.snapshots.length === 0; step++) {
      await mesh.run(10, 2);
      if (step % 10 === 9 && c.replica.staged.length > 0 && cuts < 10) {
        cuts++;
        for (const other of ["a", "b"]) mesh.disconnect(other, "c");
      }
    }
    expect(cuts).toBeGreaterThan(3);
    expect(c.snapshots).toHaveLength(1);
    expect(c.replica.aborted).toBe(0);
    // Every row once, in order.
    const keys = c.replica.staged.map(({ key }) => key.readUInt32BE());
    expect(keys).toEqual(keys.map((_key, index) => index));
    const again = mesh.replace(c, c.replica.installed(c.snapshots[0]!), ["a", "b"]);
    await mesh.run(4_000, 5);
    expectEqual([a, b, again]);
  });

  it("has no more on the way than a few frames, and one row larger than a frame comes in pieces", async () => {
    const mesh = new Mesh({ frameBytesMax: 2_000, compressFromBytes: Number.POSITIVE_INFINITY });
    const [, , c] = await farBehind(mesh, 200, 5_500);
    for (let step = 0; step < 2_000 && c.snapshots.length === 0; step++) await mesh.run(10, 2);
    expect(c.snapshots).toHaveLength(1);
    expect(c.replica.staged).toHaveLength(c.snapshots[0]!.counts[0]!);
    expect(mesh.largestFrame).toBeLessThan(4_096);
    expect(Math.max(mesh.mostUnderWay.get("a>c")!, mesh.mostUnderWay.get("b>c")!)).toBeLessThan(30_000);
  });

  it("asks another when the one it asked lacks something that it has, and does not get it", async () => {
    const mesh = new Mesh({ snapshotPatienceMs: 1_000 });
    const [a, b, c] = await farBehind(mesh, 100, 50);
    // B cannot be handed what C has: nothing from C reaches it, though B reaches C.
    mesh.refused.add("b>c");
    mesh.disconnect("b", "c");
    a.replica.openSnapshot = () => null;
    for (let step = 0; step < 1_500 && c.snapshots.length === 0; step++) await mesh.run(10, 2);
    expect(c.snapshots).toHaveLength(1);
    expect(b.replica.openSnapshots.size).toBe(1);
  });

  it("gives up what cannot be stored, says so, and tries again later", async () => {
    const mesh = new Mesh({ snapshotPatienceMs: 500 });
    const [, , c] = await farBehind(mesh, 100, 50);
    const stageSnapshot = c.replica.stageSnapshot.bind(c.replica);
    let failures = 0;
    c.replica.stageSnapshot = (head) => {
      const stage = stageSnapshot(head)!;
      return failures++ < 2 ? { ...stage, add: () => Promise.reject(new Error("ENOSPC")) } : stage;
    };
    for (let step = 0; step < 1_500 && c.snapshots.length === 0; step++) await mesh.run(10, 2);
    expect(c.snapshots).toHaveLength(1);
    expect(c.errors.filter((error) => error.includes("cannot be stored"))).toHaveLength(2);
    expect(c.replica.aborted).toBe(2);
  });

  it("a snapshot that nobody fetches is closed after a while", async () => {
    const mesh = new Mesh({ snapshotKeepMs: 2_000, frameBytesMax: 1_024 });
    const [a, b] = await farBehind(mesh, 300, 300);
    for (let step = 0; step < 500 && a.replica.openSnapshots.size + b.replica.openSnapshots.size === 0; step++) {
      await mesh.run(5, 1);
    }
    expect(a.replica.openSnapshots.size + b.replica.openSnapshots.size).toBe(1);
    for (const other of ["a", "b"]) {
      mesh.refused.add(`${other}>c`).add(`c>${other}`);
      mesh.disconnect(other, "c");
    }
    await mesh.run(4_000, 5);
    expect(a.replica.openSnapshots.size + b.replica.openSnapshots.size).toBe(0);
  });
});
