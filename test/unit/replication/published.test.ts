import { describe, expect, it } from "vitest";
import { decodeFrame, FRAME, MalformedFrameError } from "../../../src/replication/frame.ts";
import { decodePublished, encodePublished, type Published } from "../../../src/replication/published.ts";
import { FakeReplica } from "./fake-replica.ts";
import { Mesh, type MeshNode } from "./mesh.ts";

const message = (payload: string, channel = "news"): Published => ({ space: "channel", channel, payload });

function mesh(names: readonly string[], limits: ConstructorParameters<typeof Mesh>[0] = {}): [Mesh, MeshNode[]] {
  const world = new Mesh(limits);
  const nodes = names.map((name) =>
    world.add(
      new FakeReplica(name),
      names.filter((other) => other !== name),
    ),
  );
  return [world, nodes];
}

describe("K7: messages between regions", () => {
  it("K7: every connected region gets each message once, in order, whatever its bytes", async () => {
    const [world, [a, b, c]] = mesh(["a", "b", "c"]);
    await world.run(1_000);
    const everyByte = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
    const messages = [message(everyByte, everyByte), { space: "shard", channel: "", payload: "" } as const];
    a!.replicator.publish(messages);
    for (let index = 0; index < 100; index++) a!.replicator.publish([message(String(index))]);
    await world.run(100);
    const expected = [...messages, ...Array.from({ length: 100 }, (_, index) => message(String(index)))];
    expect(b!.messages).toEqual(expected);
    expect(c!.messages).toEqual(expected);
    expect(a!.messages).toEqual([]);
    expect(a!.replicator.publishCounts).toMatchObject({ sent: 204, dropped: 0, received: 0 });
    expect(b!.replicator.publishCounts).toMatchObject({ sent: 0, dropped: 0, received: 102 });
  });

  it("K7: nothing is passed on: who has no link of its own gets nothing, and nothing later", async () => {
    const [world, [a, b, c]] = mesh(["a", "b", "c"]);
    for (const key of ["a>c", "c>a"]) world.refused.add(key);
    await world.run(1_000);
    a!.replicator.publish([message("1")]);
    await world.run(1_000);
    world.refused.clear();
    await world.run(5_000);
    expect([b!.messages.length, c!.messages.length]).toEqual([1, 0]);
  });

  it("K7: with one link of the two it goes over that", async () => {
    const [world, [a, b]] = mesh(["a", "b"]);
    world.refused.add("a>b");
    await world.run(1_000);
    a!.replicator.publish([message("1")]);
    b!.replicator.publish([message("2")]);
    await world.run(100);
    expect([a!.messages, b!.messages]).toEqual([[message("2")], [message("1")]]);
  });

  it("K7: a peer that does not read costs a bounded buffer; what does not fit is dropped and counted", async () => {
    const [world, [a, b]] = mesh(["a", "b"], { linkBufferedBytesMax: 10_000 });
    await world.run(1_000);
    world.stopped.add("a>b");
    for (let index = 0; index < 100; index++) a!.replicator.publish([message("x".repeat(1_000))]);
    const { sent, dropped } = a!.replicator.publishCounts;
    expect(sent + dropped).toBe(100);
    expect(dropped).toBeGreaterThan(80);
    world.stopped.clear();
    await world.run(1_000);
    expect(b!.messages.length).toBe(sent);
    a!.replicator.publish([message("again")]);
    await world.run(100);
    expect(b!.messages.at(-1)).toEqual(message("again"));
  });

  it("K7: no frame passes the limit: many go in several, one too large is dropped", async () => {
    const [world, [a, b]] = mesh(["a", "b"], { frameBytesMax: 4_096 });
    await world.run(1_000);
    world.largestFrame = 0;
    const small = Array.from({ length: 20 }, (_, index) => message(`${index}`.padEnd(1_000)));
    a!.replicator.publish([...small.slice(0, 10), message("x".repeat(5_000)), ...small.slice(10)]);
    await world.run(100);
    expect(b!.messages).toEqual(small);
    expect(a!.replicator.publishCounts).toMatchObject({ sent: 20, dropped: 1 });
    expect(world.largestFrame).toBeLessThan(4_200);
  });
});

describe("a frame of messages", () => {
  it("is read as it was written", () => {
    const messages = [message(""), message("\u0000\u00ff", "\r\n")];
    const { kind, payload } = decodeFrame(encodePublished(messages), 0);
    expect(kind).toBe(FRAME.published);
    expect(decodePublished(payload)).toEqual(messages);
  });

  it.each([
    ["nothing", []],
    ["a space that is not known", [2, 0, 0]],
    ["a length beyond its end", [0, 5, 65]],
    ["a hostile length", [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ["a channel without a payload", [0, 1, 65]],
  ])("with %s is malformed", (_what, bytes) => {
    expect(() => decodePublished(Buffer.from(bytes))).toThrow(MalformedFrameError);
  });
});
