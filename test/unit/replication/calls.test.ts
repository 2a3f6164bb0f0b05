import { describe, expect, it } from "vitest";
import type { Called } from "../../../src/replication/calls.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { FakeReplica } from "./fake-replica.ts";
import { Mesh, type MeshNode } from "./mesh.ts";

function mesh(limits: ConstructorParameters<typeof Mesh>[0] = {}): [Mesh, MeshNode, MeshNode] {
  const world = new Mesh(limits);
  const names = ["a", "b"];
  const [a, b] = names.map((name) =>
    world.add(
      new FakeReplica(name),
      names.filter((other) => other !== name),
    ),
  );
  return [world, a!, b!];
}

const random = seededRandom(3);

/** It does not get smaller by compression. */
const noise = (bytes: number): string => String.fromCharCode(...Array.from({ length: bytes }, () => random.below(256)));

describe("N1: calls between regions", () => {
  it("N1: each is answered once, by whom it was for, in any order", async () => {
    const [world, a, b] = mesh();
    await world.run(1_000);
    const called: (readonly [number, Called])[] = [];
    for (const id of [1, 2, 3]) a.replicator.call("b", `question ${id}\xff`, (one) => called.push([id, one]));
    b.replicator.call("a", "the other way", (one) => called.push([4, one]));
    await world.run(10);
    expect(b.asked.map(({ from, body }) => [from, body])).toEqual([
      ["a", "question 1\xff"],
      ["a", "question 2\xff"],
      ["a", "question 3\xff"],
    ]);
    expect(called).toEqual([]);
    for (const { body, answer } of b.asked.toReversed()) answer(`${body}: yes`);
    b.asked[0]!.answer("twice");
    a.asked[0]!.answer("");
    await world.run(10);
    const answered = (body: string): Called => ({ kind: "answered", body });
    expect(called.toSorted(([left], [right]) => left - right)).toEqual([
      [1, answered("question 1\xff: yes")],
      [2, answered("question 2\xff: yes")],
      [3, answered("question 3\xff: yes")],
      [4, answered("")],
    ]);
  });

  it("N2: without a link nothing is sent, and nothing is unknown", async () => {
    const [world, a] = mesh();
    const called: Called[] = [];
    a.replicator.call("b", "early", (one) => called.push(one));
    a.replicator.call("nobody", "ever", (one) => called.push(one));
    expect(called).toEqual([]);
    await world.run(1);
    expect(called).toEqual([{ kind: "unreachable" }, { kind: "unreachable" }]);
  });

  it("N2: what was sent and not answered when the link ends is unknown; a late answer is nobody's", async () => {
    const [world, a, b] = mesh();
    await world.run(1_000);
    const called: Called[] = [];
    a.replicator.call("b", "question", (one) => called.push(one));
    await world.run(5);
    expect(b.asked).toHaveLength(1);
    a.replicator.stop("the region stops");
    await world.run(10);
    expect(called).toEqual([{ kind: "unknown" }]);
    b.asked[0]!.answer("late");
    await world.run(10);
    expect(called).toHaveLength(1);
  });

  it("N2: a silent link ends, and with it what waits for an answer", async () => {
    const [world, a] = mesh();
    await world.run(1_000);
    world.stopped.add("b>a");
    const called: Called[] = [];
    a.replicator.call("b", "question", (one) => called.push(one));
    await world.run(10_000);
    expect(called).toEqual([{ kind: "unknown" }]);
  });

  it("a question has its limit, and so has what is under way", async () => {
    const [world, a] = mesh({ linkBufferedBytesMax: 50_000, frameBytesMax: 20_000 });
    await world.run(1_000);
    const called: Called[] = [];
    a.replicator.call("b", "x".repeat(20_000), (one) => called.push(one));
    await world.run(1);
    expect(called).toEqual([{ kind: "too-large", bytesMax: 19_980 }]);
    world.stopped.add("a>b");
    for (let index = 0; index < 10; index++) a.replicator.call("b", noise(19_000), (one) => called.push(one));
    await world.run(1);
    expect(called.filter(({ kind }) => kind === "unreachable").length).toBeGreaterThan(5);
  });
});
