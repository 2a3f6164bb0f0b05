import { describe, expect, it } from "vitest";
import { peekBatch } from "../../../src/crdt/batch-codec.ts";
import type { CursorRead, LogCursor } from "../../../src/keyspace/replica-port.ts";
import { decodeBatches } from "../../../src/replication/batch-frames.ts";
import { decodeFrame } from "../../../src/replication/frame.ts";
import { DEFAULT_REPLICATION_LIMITS as LIMITS } from "../../../src/replication/limits.ts";
import type { LinkEnd } from "../../../src/replication/link.ts";
import { Provider } from "../../../src/replication/provider.ts";
import { batchBytes, FakeReplica } from "./fake-replica.ts";

/** A replica whose reads answer when they are told to. */
class SlowReplica extends FakeReplica {
  readonly reads: (() => void)[] = [];

  override async read(cursor: LogCursor, maxBytes: number): Promise<CursorRead> {
    // What it sees is decided when it is asked.
    const read = await super.read(cursor, maxBytes);
    await new Promise<void>((resolve) => {
      this.reads.push(resolve);
    });
    return read;
  }
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

function provide(replica: FakeReplica): {
  provider: Provider;
  dots: () => string[];
  ends: LinkEnd[];
  frames: Buffer[];
} {
  const frames: Buffer[] = [];
  const ends: LinkEnd[] = [];
  const provider = new Provider(
    replica,
    { send: (frame) => frames.push(frame), bufferedBytes: () => 0, close: () => {} },
    LIMITS,
    { region: "b", incarnation: "b#1-0000" },
    { features: [], frameBytesMax: LIMITS.frameBytesMax, batchBytesMax: LIMITS.batchBytesMax },
    (end) => ends.push(end),
  );
  const dots = (): string[] =>
    frames.flatMap((frame) =>
      decodeBatches(decodeFrame(frame, 0).payload).map((bytes) => {
        const { id, sequence } = peekBatch(bytes);
        return `${id[0]}${sequence}`;
      }),
    );
  return { provider, dots, ends, frames };
}

describe("provider", () => {
  it("sends what was subscribed beyond what the peer has, in log order, in one frame, and never its own back", async () => {
    const replica = new FakeReplica("a");
    replica.write();
    replica.receive(batchBytes("b#1-0000", 1));
    replica.receive(batchBytes("c#1-0000", 1));
    replica.write();
    replica.receive(batchBytes("d#1-0000", 1));
    replica.write();
    const { provider, dots, frames } = provide(replica);
    provider.subscribe(["a", "b", "c"], { "a#1-0000": 1 });
    await settle();
    expect(dots()).toEqual(["c1", "a2", "a3"]);
    expect(frames).toHaveLength(1);
    replica.write();
    provider.wake();
    await settle();
    expect(dots()).toEqual(["c1", "a2", "a3", "a4"]);
    expect([provider.batchesSent, provider.bytesSent]).toEqual([4, frames[0]!.length + frames[1]!.length]);
  });

  it("what became durable while a read was under way is sent without another waking", async () => {
    const replica = new SlowReplica("a");
    const { provider, dots } = provide(replica);
    provider.subscribe(["a"], {});
    await settle();
    replica.write();
    provider.wake();
    replica.reads.shift()!();
    await settle();
    replica.reads.shift()!();
    await settle();
    expect(dots()).toEqual(["a1"]);
  });

  it("a new subscription leaves what it has in common where it is, and begins the rest where the peer is", async () => {
    const replica = new FakeReplica("a");
    for (let index = 0; index < 3; index++) replica.write();
    for (let sequence = 1; sequence <= 3; sequence++) replica.receive(batchBytes("c#1-0000", sequence));
    const { provider, dots } = provide(replica);
    provider.subscribe(["a"], {});
    await settle();
    // The peer has applied one of the three that are on their way.
    provider.subscribe(["a", "c"], { "a#1-0000": 1, "c#1-0000": 2 });
    await settle();
    expect(dots()).toEqual(["a1", "a2", "a3", "c3"]);
    // Left out and taken up again: what was sent did not stay.
    provider.subscribe(["c"], { "a#1-0000": 1, "c#1-0000": 3 });
    provider.subscribe(["a", "c"], { "a#1-0000": 1, "c#1-0000": 3 });
    await settle();
    expect(dots().slice(4)).toEqual(["a2", "a3"]);
  });

  it("a subscription to nothing reads nothing", async () => {
    const replica = new SlowReplica("a");
    const { provider, dots } = provide(replica);
    provider.subscribe([], {});
    replica.write();
    provider.wake();
    await settle();
    expect([replica.reads.length, dots(), provider.regions]).toEqual([0, [], []]);
  });

  it("a read that answers after the end of the link, or after another subscription, sends nothing of its own", async () => {
    const replica = new SlowReplica("a");
    for (let index = 0; index < 2; index++) replica.write();
    const { provider, dots } = provide(replica);
    provider.subscribe(["a"], {});
    await settle();
    provider.subscribe([], {});
    provider.subscribe(["a"], { "a#1-0000": 1 });
    replica.reads.shift()!();
    await settle();
    expect(dots()).toEqual([]);
    provider.close();
    replica.reads.shift()!();
    await settle();
    expect(dots()).toEqual([]);
  });

  it("a log that cannot be read ends the link with its reason", async () => {
    const replica = new FakeReplica("a");
    replica.read = () => Promise.reject(new Error("segment 7 is damaged"));
    const { provider, ends } = provide(replica);
    provider.subscribe(["a"], {});
    await settle();
    expect(ends).toEqual([{ reason: "segment 7 is damaged", retry: true }]);
  });

  it("answers which regions its log no longer reaches for the peer, and serves the others", async () => {
    const replica = new FakeReplica("a");
    replica.receive(batchBytes("c#1-0000", 1));
    replica.write();
    replica.receive(batchBytes("c#1-0000", 2));
    replica.truncate(1);
    const { provider, dots, ends } = provide(replica);
    expect(provider.subscribe(["a", "c"], {})).toEqual(["c"]);
    await settle();
    expect(dots()).toEqual(["a1"]);
    expect(provider.regions).toEqual(["a"]);
    expect(provider.subscribe(["a", "c"], { "c#1-0000": 1 })).toEqual([]);
    await settle();
    expect(dots()).toEqual(["a1", "c2"]);
    expect(ends).toEqual([]);
  });
});
