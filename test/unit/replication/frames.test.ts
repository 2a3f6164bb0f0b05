import { readdirSync, readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import {
  decodeBatches,
  encodeBatches,
  encodeFragment,
  FragmentAssembler,
} from "../../../src/replication/batch-frames.ts";
import { Compression } from "../../../src/replication/compression.ts";
import { decodeFrame, encodeFrame, FRAME, isDeflated, MalformedFrameError } from "../../../src/replication/frame.ts";
import { decodeCall, encodeCall } from "../../../src/replication/call-frames.ts";
import { decodePublished, encodePublished } from "../../../src/replication/published.ts";
import { decodeRows, encodeRows } from "../../../src/replication/row-frames.ts";
import { decodeMessage, encodeMessage, type Message } from "../../../src/replication/message.ts";

const INFLATED_MAX = 1_000_000;
const NEVER = Number.POSITIVE_INFINITY;

const hello: Extract<Message, { say: "hello" }> = {
  say: "hello",
  protocolMin: 1,
  protocolMax: 1,
  features: ["deflate"],
  batchFormat: 1,
  frameBytesMax: 1_048_576,
  batchBytesMax: 83_886_080,
  region: "us-east",
  incarnation: "us-east#3-9f2c",
  nonce: "00112233445566778899aabbccddeeff",
};
const proof = "5f".repeat(32);
const ROWS = [
  { key: Buffer.from("0100", "hex"), value: Buffer.from("a row") },
  { key: Buffer.from("0101", "hex"), value: Buffer.alloc(0) },
];

/** Every kind of frame there is, as it must stay on the wire for as long as its protocol version is spoken. */
const GOLDEN: Readonly<Record<string, Buffer>> = {
  hello: encodeMessage(hello),
  welcome: encodeMessage({
    say: "welcome",
    protocol: 1,
    features: ["deflate"],
    frameBytesMax: 1_048_576,
    batchBytesMax: 83_886_080,
    region: "eu-west",
    incarnation: "eu-west#12-0a1b2c3d",
    nonce: hello.nonce,
    proof,
  }),
  proof: encodeMessage({ say: "proof", proof }),
  open: encodeMessage({ say: "open" }),
  goodbye: encodeMessage({ say: "goodbye", reason: "the region stops", retry: true }),
  subscribe: encodeMessage({
    say: "subscribe",
    regions: ["eu-west", "us-east"],
    has: { "us-east#3-9f2c": 42 },
    held: { "us-east#3-9f2c": 44 },
  }),
  report: encodeMessage({
    say: "report",
    reports: [{ region: "us-east", vector: { "us-east#3-9f2c": 9_007_199_254_740_991 }, clockMs: 1_700_000_000_000 }],
  }),
  ping: encodeMessage({ say: "ping", at: 12.5 }),
  pong: encodeMessage({ say: "pong", at: 12.5 }),
  "pong-clock": encodeMessage({ say: "pong", at: 12.5, clockMs: 1_700_000_000_000 }),
  batches: encodeBatches([Buffer.from("first"), Buffer.from("x".repeat(200))], NEVER),
  call: encodeCall("call", 300, "what is asked\xff", NEVER),
  answer: encodeCall("answer", 300, "", NEVER),
  published: encodePublished([
    { space: "channel", channel: "news", payload: "\u0000\u00ff,binary" },
    { space: "shard", channel: "", payload: "" },
  ]),
  truncated: encodeMessage({ say: "truncated", regions: ["eu-west"] }),
  snapshot: encodeMessage({ say: "snapshot", minimum: { "us-east#3-9f2c": 42 }, id: "5a", after: "0100ff" }),
  "snapshot-begin": encodeMessage({
    say: "snapshot-begin",
    id: "5a",
    resumed: false,
    origins: ["us-east#3-9f2c", "eu-west#12-0a1b2c3d"],
    retired: [[1, 7, 0, 40]],
    vector: { "us-east#3-9f2c": 42 },
    stamp: 111_411_200_000_000,
    counts: [7, 0],
    deadlineCounts: [2, 0],
    conflictCounts: [1, 0],
  }),
  "snapshot-stored": encodeMessage({ say: "snapshot-stored", id: "5a", frames: 3 }),
  "snapshot-end": encodeMessage({ say: "snapshot-end", id: "5a" }),
  "rows-first": encodeRows(ROWS, 10, NEVER)[0]!,
  "rows-last": encodeRows(ROWS, 10, NEVER).at(-1)!,
  "fragment-first": encodeFragment(Buffer.from("a batch in pieces"), 0, 10),
  "fragment-last": encodeFragment(Buffer.from("a batch in pieces"), 10, 10),
};

describe("golden frames", () => {
  const directory = new URL("golden/", import.meta.url);
  const stored = Object.fromEntries(
    readdirSync(directory).map((file) => [
      file.replace(/[.]hex$/u, ""),
      Buffer.from(readFileSync(new URL(file, directory), "utf8").replaceAll(/\s/gu, ""), "hex"),
    ]),
  );

  it("there is one for every kind of frame and message", () => {
    const kinds = Object.keys(GOLDEN).toSorted();
    expect(Object.keys(stored).toSorted()).toEqual([...kinds, "batches-deflated"].toSorted());
  });

  it.each(Object.keys(GOLDEN))("%s is written as it always was", (name) => {
    expect(GOLDEN[name]!.toString("hex")).toBe(stored[name]!.toString("hex"));
  });

  it.each(Object.keys(GOLDEN))("%s is read as it always was", (name) => {
    const frame = decodeFrame(stored[name]!, 0);
    if (frame.kind === FRAME.message) expect(encodeMessage(decodeMessage(frame.payload))).toEqual(stored[name]);
    else expect(encodeFrame(frame.kind, frame.payload, NEVER)).toEqual(stored[name]);
  });

  it("a deflated frame is read whatever our own deflate would have written", () => {
    const { kind, payload } = decodeFrame(stored["batches-deflated"]!, INFLATED_MAX);
    expect(kind).toBe(FRAME.batches);
    expect(decodeBatches(payload).map(String)).toEqual(["first", "x".repeat(200)]);
  });
});

describe("frames", () => {
  const random = seededRandom(20);

  it("compresses what shrinks by a tenth, and nothing else", () => {
    const plain = Buffer.alloc(20_000, "ab");
    const packed = encodeBatches([plain], 16_384);
    expect(packed[1]).toBe(1);
    expect(packed.length).toBeLessThan(1_000);
    expect(decodeBatches(decodeFrame(packed, INFLATED_MAX).payload)[0]).toEqual(plain);
    const noise = Buffer.from(Array.from({ length: 20_000 }, () => random.below(256)));
    expect(encodeBatches([noise], 16_384)[1]).toBe(0);
    expect(encodeBatches([plain.subarray(0, 16_000)], 16_384)[1]).toBe(0);
  });

  it("a stream of what does not shrink is tried ever more rarely, one that shrinks again is compressed again", () => {
    const noise = Buffer.from(Array.from({ length: 20_000 }, () => random.below(256)));
    const plain = Buffer.alloc(20_000, "ab");
    const compression = new Compression(16_384);
    const send = (batch: Buffer): "tried in vain" | "untried" | "smaller" => {
      const { fromBytes } = compression;
      const frame = encodeBatches([batch], fromBytes);
      compression.encoded(frame);
      if (isDeflated(frame)) return "smaller";
      return frame.length >= fromBytes ? "tried in vain" : "untried";
    };
    const tried = Array.from({ length: 1_000 }, () => send(noise)).filter((outcome) => outcome === "tried in vain");
    expect(tried.length).toBe(62);
    const untilSmaller = Array.from({ length: 100 }, () => send(plain));
    expect(untilSmaller.indexOf("smaller")).toBeLessThanOrEqual(16);
    expect(untilSmaller.at(-1)).toBe("smaller");
    // Frames that are too small to be tried say nothing.
    expect([send(noise), send(plain.subarray(0, 1_000)), send(plain), send(plain)]).toEqual([
      "tried in vain",
      "untried",
      "untried",
      "smaller",
    ]);
  });

  it("a compressed frame is refused where it was not agreed on, and where it inflates beyond the limit", () => {
    const bomb = encodeFrame(FRAME.batches, Buffer.alloc(5_000_000), 1);
    expect(bomb.length).toBeLessThan(50_000);
    expect(() => decodeFrame(bomb, 0)).toThrow("not agreed on");
    expect(() => decodeFrame(bomb, INFLATED_MAX)).toThrow("does not inflate within its limit");
    const nonsense = encodeFrame(FRAME.batches, deflateRawSync(Buffer.alloc(500)).subarray(0, 4), NEVER);
    nonsense[1] = 1;
    expect(() => decodeFrame(nonsense, INFLATED_MAX)).toThrow(MalformedFrameError);
  });

  it("every single flipped bit of every frame is noticed", () => {
    for (const [name, frame] of Object.entries(GOLDEN)) {
      for (let bit = 0; bit < frame.length * 8; bit++) {
        const damaged = Buffer.from(frame);
        damaged[bit >> 3]! ^= 1 << (bit & 7);
        expect(() => decodeFrame(damaged, INFLATED_MAX), `${name}, bit ${bit}`).toThrow(MalformedFrameError);
      }
    }
  });

  it("every cut frame is noticed", () => {
    for (const frame of Object.values(GOLDEN)) {
      for (let length = 0; length < frame.length; length++) {
        expect(() => decodeFrame(frame.subarray(0, length), INFLATED_MAX)).toThrow(MalformedFrameError);
      }
    }
  });

  it("arbitrary bytes under a right checksum are read or refused as malformed, never anything else (seed 20)", () => {
    for (let run = 0; run < 20_000; run++) {
      const kind = ([1, 2, 3, 4, 5, 6, 7] as const)[random.below(7)]!;
      const frame = encodeFrame(kind, randomPayload(kind), run % 3 === 0 ? 1 : NEVER);
      try {
        const { payload } = decodeFrame(frame, INFLATED_MAX);
        if (kind === FRAME.message) decodeMessage(payload);
        else if (kind === FRAME.batches) decodeBatches(payload);
        else if (kind === FRAME.rows) decodeRows(payload);
        else if (kind === FRAME.published) decodePublished(payload);
        else if (kind === FRAME.call || kind === FRAME.answer) decodeCall(payload);
        else new FragmentAssembler(100).add(payload);
      } catch (error) {
        if (!(error instanceof MalformedFrameError)) throw error;
      }
    }
  });

  /** Half the time something that was valid before one change. */
  function randomPayload(kind: number): Buffer {
    if (random.below(2) === 0) return Buffer.from(Array.from({ length: random.below(60) }, () => random.below(256)));
    const names = Object.keys(GOLDEN).filter((name) => GOLDEN[name]![0] === kind);
    const payload = Buffer.from(GOLDEN[names[random.below(names.length)]!]!.subarray(6));
    payload[random.below(payload.length)] = random.below(256);
    return payload;
  }

  it("a frame of batches holds at least one, and none that is empty or longer than what is there", () => {
    const decode = (...bytes: number[]): unknown => decodeBatches(Buffer.from(bytes));
    expect(() => decode()).toThrow("no batches");
    expect(() => decode(0)).toThrow("empty batch");
    expect(() => decode(1, 65, 5, 65)).toThrow("needs 5 more bytes");
    expect(() => decode(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)).toThrow(MalformedFrameError);
  });
});

describe("rows", () => {
  it.each([5, 11, 1_000])("come whole out of frames of %d bytes", (frameBytesMax) => {
    const assembler = new FragmentAssembler(1_000);
    const parcels = encodeRows(ROWS, frameBytesMax, NEVER).map((frame) => assembler.add(decodeFrame(frame, 0).payload));
    expect(decodeRows(parcels.pop()!)).toEqual(ROWS);
    expect(parcels.every((parcel) => parcel === null)).toBe(true);
  });

  it.each([[[]], [[0, 1, 65]], [[1, 65]], [[2, 65, 66, 9]]])("%j is refused", (bytes) => {
    expect(() => decodeRows(Buffer.from(bytes))).toThrow(MalformedFrameError);
  });
});

describe("messages", () => {
  const decode = (value: unknown): Message => decodeMessage(Buffer.from(JSON.stringify(value)));

  it.each([
    [null, "not an object"],
    [[], "a message says undefined"],
    [{}, "a message says undefined"],
    [{ say: "constructor" }, 'says "constructor"'],
    [{ say: "x".repeat(10_000) }, "a message says"],
    [{ ...hello, region: "US EAST" }, '"hello" has a bad "region"'],
    [{ ...hello, incarnation: "us-east" }, 'bad "incarnation"'],
    [{ ...hello, protocolMin: -1 }, 'bad "protocolMin"'],
    [{ ...hello, frameBytesMax: 1 }, 'bad "frameBytesMax"'],
    [{ ...hello, batchBytesMax: 1e300 }, 'bad "batchBytesMax"'],
    [{ ...hello, nonce: "n".repeat(1_001) }, 'bad "nonce"'],
    [{ ...hello, features: Array.from({ length: 65 }, () => "f") }, 'bad "features"'],
    [{ say: "subscribe", regions: ["a", 1], has: {} }, 'bad "regions"'],
    [{ say: "subscribe", regions: ["a"], has: { a: 1 } }, 'bad "has"'],
    [{ say: "subscribe", regions: ["a"], has: { "a#1-0000": 1.5 } }, 'bad "has"'],
    [{ say: "subscribe", regions: ["a"], has: { "a#1-0000": 0 } }, 'bad "has"'],
    [{ say: "report", reports: [{ region: "a", vector: [], clockMs: 1 }] }, 'bad "reports"'],
    [{ say: "report", reports: [{ region: "a", vector: {}, clockMs: null }] }, 'bad "reports"'],
    [{ say: "snapshot", minimum: {}, id: "", after: "0" }, 'bad "after"'],
    [{ say: "snapshot", minimum: {}, id: "", after: "00".repeat(2_049) }, 'bad "after"'],
    [{ say: "snapshot-begin", id: "", resumed: 1 }, 'bad "resumed"'],
    [{ say: "snapshot-stored", id: "", frames: -1 }, 'bad "frames"'],
    [{ say: "truncated", regions: ["A"] }, 'bad "regions"'],
    [{ say: "ping", at: "now" }, 'bad "at"'],
    [{ say: "pong", at: 1, clockMs: "now" }, 'bad "clockMs"'],
    [{ say: "goodbye", reason: "r", retry: 1 }, 'bad "retry"'],
  ])("%j is refused", (value, reason) => {
    expect(() => decode(value)).toThrow(reason);
    expect(() => decode(value)).toThrow(MalformedFrameError);
  });

  it("what is not JSON is refused", () => {
    expect(() => decodeMessage(Buffer.from("{"))).toThrow("not JSON");
    expect(() => decodeMessage(Buffer.from([0xff, 0xfe]))).toThrow("not JSON");
  });
});

describe("fragments", () => {
  const cut = (batch: Buffer, size: number): Buffer[] => {
    const frames: Buffer[] = [];
    for (let offset = 0; offset < batch.length; offset += size) frames.push(encodeFragment(batch, offset, size));
    return frames;
  };

  it.each([1, 7, 99, 100, 101])("a batch of 100 bytes comes whole out of pieces of %d", (size) => {
    const batch = Buffer.from(Array.from({ length: 100 }, (_, index) => index));
    const assembler = new FragmentAssembler(100);
    const out = cut(batch, size).map((frame) => assembler.add(decodeFrame(frame, 0).payload));
    expect(out.pop()).toEqual(batch);
    expect(out.every((one) => one === null)).toBe(true);
    expect(assembler.isOpen).toBe(false);
  });

  it("a batch beyond the limit is refused before it is kept", () => {
    const assembler = new FragmentAssembler(100);
    const [first, second] = cut(Buffer.alloc(102), 51);
    expect(assembler.add(decodeFrame(first!, 0).payload)).toBeNull();
    expect(() => assembler.add(decodeFrame(second!, 0).payload)).toThrow("exceeds 100 bytes");
  });

  it("pieces without bytes, which would be kept for ever, are refused", () => {
    for (const payload of [[], [0], [1], [2, 65]]) {
      expect(() => new FragmentAssembler(100).add(Buffer.from(payload))).toThrow("without a piece");
    }
  });
});
