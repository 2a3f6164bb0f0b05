import { describe, expect, test } from "vitest";
import { seededRandom, type Random } from "../../../src/base/random.ts";
import { ProtocolError } from "../../../src/resp/protocol-error.ts";
import { ReplyDecoder } from "../../../src/resp/reply-decoder.ts";
import { encodeReply } from "../../../src/resp/reply-encoder.ts";
import { ReplyError } from "../../../src/resp/reply-error.ts";
import { DEFAULT_REPLY_LIMITS, type ReplyLimits } from "../../../src/resp/reply-limits.ts";
import {
  BigNumberReply,
  BooleanReply,
  DoubleReply,
  MapReply,
  NULL_ARRAY,
  PushReply,
  SetReply,
  Status,
  VerbatimReply,
  type Reply,
} from "../../../src/resp/reply.ts";
import { bytes, cutAtRandom, forSeeds, randomBytesText } from "./chunks.ts";

function decode(chunks: readonly Buffer[], limits: Partial<ReplyLimits> = {}): Reply[] {
  const decoder = new ReplyDecoder({ ...DEFAULT_REPLY_LIMITS, ...limits });
  const replies: Reply[] = [];
  for (const chunk of chunks) {
    decoder.feed(chunk);
    for (let reply = decoder.next(); reply !== undefined; reply = decoder.next()) replies.push(reply);
  }
  return replies;
}

function anyReply(random: Random, depth: number): Reply {
  const many = (): Reply[] => Array.from({ length: random.below(4) }, () => anyReply(random, depth - 1));
  const line = (): string => randomBytesText(random, 20).replaceAll(/[\r\n]/gu, "");
  switch (random.below(depth > 0 ? 14 : 10)) {
    case 0:
      return null;
    case 1:
      return random.below(2 ** 32) - 2 ** 31;
    case 2:
      return -9007199254740993n - BigInt(random.below(1_000));
    case 3:
      return new Status(line());
    case 4:
      return new ReplyError("ERR", line());
    case 5:
      return new DoubleReply([1.5, -0, Infinity, -Infinity, Number.NaN, 1e300, 12345.678901234][random.below(7)]!);
    case 6:
      return new BooleanReply(random.below(2) === 0);
    case 7:
      return new BigNumberReply("-123456789012345678901234567890");
    case 8:
      return new VerbatimReply("txt", randomBytesText(random, 20));
    case 9:
      return randomBytesText(random, random.below(30) === 0 ? 90_000 : 30);
    case 10:
      return many();
    case 11:
      return new SetReply(many());
    case 12:
      return new PushReply(many());
    default:
      return new MapReply(many().map((value) => [anyReply(random, 0), value] as const));
  }
}

describe("a client's side", () => {
  test("what the encoder wrote comes back, however it was cut, by 400 seeds", () => {
    forSeeds(400, seededRandom, (random) => {
      const replies = Array.from({ length: 1 + random.below(5) }, () => anyReply(random, 3));
      const text = replies.map((reply) => encodeReply(reply, 3)).join("");
      expect(decode(cutAtRandom(text, random))).toEqual(replies);
    });
  });

  test("RESP2's nulls, and integers beyond 2^53", () => {
    const text = "$-1\r\n*-1\r\n:9223372036854775807\r\n:-5\r\n";
    expect(decode([bytes(text)])).toEqual([null, NULL_ARRAY, 9223372036854775807n, -5]);
  });

  test("attributes are skipped wherever they stand, errors of several lines are read", () => {
    const text = "|1\r\n+ttl\r\n:1\r\n*2\r\n|1\r\n+a\r\n*1\r\n:9\r\n:1\r\n|0\r\n:2\r\n!9\r\nERR a\r\nbc\r\n";
    expect(decode([bytes(text)])).toEqual([[1, 2], new ReplyError("ERR", "a\r\nbc")]);
  });

  test.each([
    ["?1\r\n", "unknown type '?' in reply"],
    [":1x\r\n", "malformed ':' in reply"],
    [":\r\n", "malformed ':' in reply"],
    ["#x\r\n", "malformed '#' in reply"],
    ["_x\r\n", "malformed '_' in reply"],
    [",1.5.5\r\n", "malformed ',' in reply"],
    [",\r\n", "malformed ',' in reply"],
    ["(1.5\r\n", "malformed '(' in reply"],
    ["=3\r\nabc\r\n", "malformed '=' in reply"],
    ["$-2\r\n", "invalid length in reply"],
    ["$?\r\n", "invalid length in reply"],
    ["*?\r\n", "invalid length in reply"],
    ["*99999999999\r\n", "invalid length in reply"],
    ["$600000000\r\n", "invalid length in reply"],
    ["*1\r\n".repeat(200), "too deep reply"],
    [`+${"x".repeat(70_000)}`, "too big line in reply"],
  ])("%.20j: %s", (text, message) => {
    expect(() => decode([bytes(text)])).toThrow(new ProtocolError(message));
  });

  test("limits can be set lower", () => {
    expect(() => decode([bytes("$5\r\n")], { bulkBytesMax: 4 })).toThrow(ProtocolError);
    expect(() => decode([bytes("*5\r\n")], { membersMax: 4 })).toThrow(ProtocolError);
    expect(decode([bytes("*1\r\n*1\r\n:1\r\n")], { depthMax: 2 })).toEqual([[[1]]]);
    expect(() => decode([bytes("*1\r\n*1\r\n*1\r\n:1\r\n")], { depthMax: 2 })).toThrow(ProtocolError);
  });
});
