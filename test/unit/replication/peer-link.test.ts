import { describe, expect, it } from "vitest";
import type { NamedVector } from "../../../src/crdt/version-vector.ts";
import type { MemberReport } from "../../../src/keyspace/replica-port.ts";
import { encodeBatches, encodeFragment } from "../../../src/replication/batch-frames.ts";
import { decodeFrame, encodeFrame, FRAME } from "../../../src/replication/frame.ts";
import type { HandshakeParty } from "../../../src/replication/handshake.ts";
import { DEFAULT_REPLICATION_LIMITS as LIMITS } from "../../../src/replication/limits.ts";
import type { ClockComparison } from "../../../src/replication/clock-comparison.ts";
import type { LinkEnd } from "../../../src/replication/link.ts";
import { decodeMessage, encodeMessage, type Message } from "../../../src/replication/message.ts";
import type { LinkEvents } from "../../../src/replication/link-events.ts";
import { PeerLink } from "../../../src/replication/peer-link.ts";
import { encodePublished, type Published } from "../../../src/replication/published.ts";
import { batchBytes, FakeReplica } from "./fake-replica.ts";

const NEVER = Number.POSITIVE_INFINITY;
const party = (region: string, peer: string): HandshakeParty => ({
  region,
  incarnation: `${region}#1-0000`,
  peers: [peer],
  cut: [],
  secret: "s",
});

/** One side of a link, with everything it said and told. */
class Side {
  readonly sent: Buffer[] = [];
  readonly batches: Buffer[] = [];
  readonly reports: MemberReport[] = [];
  readonly clocks: ClockComparison[] = [];
  readonly published: Published[] = [];
  readonly ends: LinkEnd[] = [];
  readonly asked: (readonly [id: number, body: string])[] = [];
  readonly answered: (readonly [id: number, body: string])[] = [];
  readonly link: PeerLink;
  closed = false;
  wireBytes = 0;
  readonly replica: FakeReplica;

  constructor(own: string, peer: string, dialled: boolean) {
    this.replica = new FakeReplica(own);
    const events: LinkEvents<PeerLink> = {
      welcomed: () => {},
      opened: () => {},
      batch: (_link, bytes) => this.batches.push(bytes),
      batchesEnded: () => {},
      report: (_link, report) => this.reports.push(report),
      clock: (_link, comparison) => this.clocks.push(comparison),
      published: (_link, messages) => this.published.push(...messages),
      asked: (_link, id, body) => this.asked.push([id, body]),
      answered: (_link, id, body) => this.answered.push([id, body]),
      snapshot: () => {},
      rows: () => {},
      truncated: () => {},
      ended: (_link, end) => this.ends.push(end),
    };
    this.link = new PeerLink({
      dialled: dialled ? peer : null,
      party: party(own, peer),
      replica: this.replica,
      wire: {
        send: (frame) => this.sent.push(frame),
        bufferedBytes: () => 0,
        receivedBytes: () => this.wireBytes,
        close: () => {
          this.closed = true;
        },
      },
      limits: LIMITS,
      events,
      nonce: `nonce of ${own}`,
      nowMs: 0,
    });
  }

  get said(): readonly Message[] {
    return this.sent.map((frame) => decodeMessage(decodeFrame(frame, 1_000_000).payload));
  }
}

/** Lets two sides talk until nothing is on its way. */
function converse(one: Side, other: Side, nowMs = 0): void {
  while (one.sent.length + other.sent.length > 0) {
    for (const frame of one.sent.splice(0)) other.link.receive(frame, nowMs);
    for (const frame of other.sent.splice(0)) one.link.receive(frame, nowMs);
  }
}

function openPair(): { dialler: Side; acceptor: Side } {
  const dialler = new Side("a", "b", true);
  const acceptor = new Side("b", "a", false);
  converse(dialler, acceptor);
  expect([dialler.link.isOpen, acceptor.link.isOpen]).toEqual([true, true]);
  return { dialler, acceptor };
}

const batches = encodeBatches([batchBytes("b#1-0000", 1), batchBytes("b#1-0000", 2)], NEVER);
const published = encodePublished([{ space: "channel", channel: "news", payload: "1" }]);
const report = (vector: NamedVector): Message => ({
  say: "report",
  reports: [{ region: "b", vector, clockMs: 1 }],
});

describe("K7: messages of pub/sub", () => {
  it("K7: go both ways on a link, once both sides have said that they know them", () => {
    const { dialler, acceptor } = openPair();
    for (const [from, to] of [
      [dialler, acceptor],
      [acceptor, dialler],
    ] as const) {
      expect(from.link.takesPublished).toBe(true);
      expect(from.link.sendPublished(published)).toBe(true);
      converse(dialler, acceptor);
      expect(to.published).toHaveLength(1);
    }
  });

  it("K7: are not sent to a peer of an older version, and end its link when it sends them all the same", () => {
    const dialler = new Side("a", "b", true);
    const acceptor = new Side("b", "a", false);
    const greeting = dialler.said[0] as Extract<Message, { say: "hello" }>;
    dialler.sent[0] = encodeMessage({ ...greeting, features: ["deflate"] });
    converse(dialler, acceptor);
    expect([dialler.link.isOpen, acceptor.link.isOpen]).toEqual([true, true]);
    expect([dialler.link.takesPublished, acceptor.link.takesPublished]).toEqual([false, false]);
    acceptor.link.receive(published, 0);
    expect(acceptor.ends[0]!.reason).toContain("not agreed on");
    expect(acceptor.published).toEqual([]);
  });
});

describe("before the handshake is done", () => {
  it.each([
    [
      "a frame larger than a handshake needs",
      encodeFrame(FRAME.message, Buffer.alloc(5_000, " "), NEVER),
      "before the",
    ],
    ["a compressed frame", encodeFrame(FRAME.message, Buffer.alloc(500_000, " "), 1), "not agreed on"],
    ["batches", batches, "batches nobody asked for"],
    ["a fragment", encodeFragment(Buffer.from("xyz"), 0, 2), "batches nobody asked for"],
    ["messages of pub/sub", published, "messages, though that was not agreed on"],
    [
      "a subscription",
      encodeMessage({ say: "subscribe", regions: ["b"], has: {}, held: {} }),
      '"subscribe" while greeting',
    ],
    ["a report", encodeMessage(report({})), '"report" while greeting'],
    ["a proof without a greeting", encodeMessage({ say: "proof", proof: "00" }), '"proof" while greeting'],
    ["an opening that is not a dialler's to say", encodeMessage({ say: "open" }), '"open" while greeting'],
    ["no bytes", Buffer.alloc(0), "shorter than its header"],
    ["a stray protocol", Buffer.from("GET / HTTP/1.1\r\n\r\n"), "checksum"],
  ])("%s ends the link", (_what, frame, reason) => {
    const acceptor = new Side("b", "a", false);
    acceptor.link.receive(frame, 0);
    expect(acceptor.ends).toEqual([{ reason: expect.stringContaining(reason) as string, retry: true }]);
    expect(acceptor.closed).toBe(true);
    // Nothing is told to a stranger but why.
    expect(acceptor.said.map(({ say }) => say)).toEqual(["goodbye"]);
  });

  it("a dialler opens nothing by itself: an opening before its proof was asked for ends the link", () => {
    const dialler = new Side("a", "b", true);
    dialler.link.receive(encodeMessage({ say: "open" }), 0);
    expect(dialler.ends[0]!.reason).toContain('"open" while greeting');
  });

  it("a handshake has one deadline, however it trickles", () => {
    const dialler = new Side("a", "b", true);
    const acceptor = new Side("b", "a", false);
    for (const frame of dialler.sent) acceptor.link.receive(frame, 4_900);
    acceptor.wireBytes = 500;
    acceptor.link.tick(5_000, false);
    expect(acceptor.closed).toBe(false);
    acceptor.wireBytes = 501;
    acceptor.link.tick(5_001, false);
    expect(acceptor.ends[0]!.reason).toBe("the handshake was not done in 5000 ms");
  });
});

describe("an open link", () => {
  it("takes batches where it dialled, and nowhere else", () => {
    const { dialler, acceptor } = openPair();
    dialler.link.receive(batches, 1);
    expect(dialler.batches).toHaveLength(2);
    acceptor.link.receive(batches, 1);
    expect(acceptor.ends[0]!.reason).toContain("batches nobody asked for");
    expect(acceptor.batches).toHaveLength(0);
  });

  it("is subscribed to where it was accepted, and nowhere else", () => {
    const { dialler, acceptor } = openPair();
    const subscribe = encodeMessage({ say: "subscribe", regions: ["b"], has: {}, held: {} });
    acceptor.link.receive(subscribe, 1);
    expect(acceptor.link.provider!.regions).toEqual(["b"]);
    dialler.link.receive(subscribe, 1);
    expect(dialler.ends[0]!.reason).toContain("a subscription on a link that we dialled");
  });

  it("puts fragments together, and takes no batch between them", () => {
    const { dialler } = openPair();
    const big = batchBytes("b#1-0000", 1, {}, 100);
    dialler.link.receive(encodeFragment(big, 0, 80), 1);
    dialler.link.receive(encodeMessage({ say: "ping", at: 1 }), 1);
    dialler.link.receive(encodeFragment(big, 80, 80), 1);
    expect(dialler.batches).toEqual([big]);
    dialler.link.receive(encodeFragment(big, 0, 80), 1);
    dialler.link.receive(batches, 1);
    expect(dialler.ends[0]!.reason).toContain("between the fragments of another");
    expect(dialler.batches).toHaveLength(1);
  });

  it("one damaged frame ends it, says why to the other side, and later frames are not looked at", () => {
    const { dialler, acceptor } = openPair();
    const damaged = Buffer.from(batches);
    damaged[10]! ^= 4;
    dialler.link.receive(damaged, 1);
    dialler.link.receive(batches, 1);
    expect(dialler.batches).toHaveLength(0);
    converse(dialler, acceptor);
    expect(acceptor.ends).toEqual([
      { reason: "the peer says: malformed: a frame's checksum does not match", retry: true },
    ]);
    expect([dialler.ends.length, dialler.closed, acceptor.closed]).toEqual([1, true, true]);
    dialler.link.wireClosed("closed");
    expect(dialler.ends).toHaveLength(1);
  });

  it("nothing of a frame is believed after the batch that ended the link", () => {
    const seen: Buffer[] = [];
    const { dialler } = openPair();
    dialler.batches.push = (...items: Buffer[]): number => {
      seen.push(...items);
      dialler.link.end({ reason: "a batch is malformed", retry: true });
      return seen.length;
    };
    dialler.link.receive(batches, 1);
    expect(seen).toHaveLength(1);
  });

  it("messages of the handshake are malformed on it", () => {
    const { acceptor } = openPair();
    acceptor.link.receive(encodeMessage({ say: "proof", proof: "00" }), 1);
    expect(acceptor.ends[0]!.reason).toContain('"proof" on an open link');
  });

  it("CW1: compares wall clocks over a heartbeat, and knows how far that may be off; older peers say nothing of theirs", () => {
    const { dialler, acceptor } = openPair();
    expect(dialler.link.hasAnswered, "asked as soon as it was open").toBe(true);
    dialler.clocks.length = 0;
    dialler.link.tick(1_000, true);
    for (const frame of dialler.sent.splice(0)) {
      acceptor.replica.clockMs = 5_000_000;
      acceptor.link.receive(frame, 1_040);
    }
    dialler.replica.clockMs = 5_000_000 + 60_000 + 40;
    for (const frame of acceptor.sent.splice(0)) dialler.link.receive(frame, 1_080);
    expect(dialler.clocks).toEqual([{ aheadMs: 60_000, uncertaintyMs: 40 }]);
    dialler.link.receive(encodeMessage({ say: "pong", at: 1_000 }), 1_090);
    expect(dialler.clocks).toHaveLength(1);
  });

  it("measures the round trip, and remembers what its peer said of itself alone", () => {
    const { dialler, acceptor } = openPair();
    dialler.link.tick(1_000, true);
    for (const frame of dialler.sent.splice(0)) acceptor.link.receive(frame, 1_040);
    for (const frame of acceptor.sent.splice(0)) dialler.link.receive(frame, 1_080);
    expect(dialler.link.rttMs).toBe(80);
    dialler.link.receive(encodeMessage(report({ "b#1-0000": 7 })), 1_080);
    dialler.link.receive(
      encodeMessage({ say: "report", reports: [{ region: "c", vector: { "c#1-0000": 9 }, clockMs: 1 }] }),
      1_080,
    );
    expect(dialler.link.has).toEqual({ "b#1-0000": 7 });
    expect(dialler.reports.map(({ region }) => region)).toEqual(["b", "c"]);
  });

  it("silence ends it; bytes of a frame that is still on its way are no silence", () => {
    const { dialler, acceptor } = openPair();
    for (let nowMs = 500; nowMs <= 20_000; nowMs += 500) {
      dialler.wireBytes += 50_000;
      dialler.link.tick(nowMs, false);
      acceptor.link.tick(nowMs, false);
    }
    expect(acceptor.ends[0]!.reason).toBe("nothing was heard for 10500 ms");
    expect(dialler.ends).toEqual([]);
    for (let nowMs = 20_500; nowMs <= 31_000; nowMs += 500) dialler.link.tick(nowMs, false);
    expect(dialler.ends[0]!.reason).toContain("nothing was heard for");
  });
});
