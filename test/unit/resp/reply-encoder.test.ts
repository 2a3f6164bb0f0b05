import { describe, expect, test } from "vitest";
import { encodeLongReply, encodeReply } from "../../../src/resp/reply-encoder.ts";
import { ReplyError } from "../../../src/resp/reply-error.ts";
import {
  BigNumberReply,
  BooleanReply,
  DoubleReply,
  MapReply,
  NULL_ARRAY,
  OK,
  PushReply,
  SetReply,
  VerbatimReply,
  type Reply,
} from "../../../src/resp/reply.ts";

const CASES: readonly [string, Reply, string, string][] = [
  ["bulk string", "ab\r\n", "$4\r\nab\r\n\r\n", "$4\r\nab\r\n\r\n"],
  ["bytes", "\x00\xff", "$2\r\n\x00\xff\r\n", "$2\r\n\x00\xff\r\n"],
  ["empty string", "", "$0\r\n\r\n", "$0\r\n\r\n"],
  ["status", OK, "+OK\r\n", "+OK\r\n"],
  ["integer", -7, ":-7\r\n", ":-7\r\n"],
  ["minus zero", -0, ":0\r\n", ":0\r\n"],
  ["64-bit integer", 9223372036854775807n, ":9223372036854775807\r\n", ":9223372036854775807\r\n"],
  ["null", null, "$-1\r\n", "_\r\n"],
  ["null array", NULL_ARRAY, "*-1\r\n", "_\r\n"],
  ["array", ["a", 1, null, []], "*4\r\n$1\r\na\r\n:1\r\n$-1\r\n*0\r\n", "*4\r\n$1\r\na\r\n:1\r\n_\r\n*0\r\n"],
  ["map", new MapReply([["k", 1]]), "*2\r\n$1\r\nk\r\n:1\r\n", "%1\r\n$1\r\nk\r\n:1\r\n"],
  ["empty map", new MapReply([]), "*0\r\n", "%0\r\n"],
  ["set", new SetReply(["m"]), "*1\r\n$1\r\nm\r\n", "~1\r\n$1\r\nm\r\n"],
  ["push", new PushReply(["message", "c"]), "*2\r\n$7\r\nmessage\r\n$1\r\nc\r\n", ">2\r\n$7\r\nmessage\r\n$1\r\nc\r\n"],
  ["double", new DoubleReply(1.5), "$3\r\n1.5\r\n", ",1.5\r\n"],
  ["infinity", new DoubleReply(-Infinity), "$4\r\n-inf\r\n", ",-inf\r\n"],
  ["true", new BooleanReply(true), ":1\r\n", "#t\r\n"],
  ["false", new BooleanReply(false), ":0\r\n", "#f\r\n"],
  [
    "big number",
    new BigNumberReply("12345678901234567890"),
    "$20\r\n12345678901234567890\r\n",
    "(12345678901234567890\r\n",
  ],
  ["verbatim", new VerbatimReply("txt", "hi\n"), "$3\r\nhi\n\r\n", "=7\r\ntxt:hi\n\r\n"],
  ["error", new ReplyError("WRONGTYPE", "no"), "-WRONGTYPE no\r\n", "-WRONGTYPE no\r\n"],
  ["error of several lines", new ReplyError("ERR", "a\r\nb\nc\r\n"), "-ERR a  b c\r\n", "-ERR a  b c\r\n"],
  ["error inside an array", [new ReplyError("ERR", "x"), OK], "*2\r\n-ERR x\r\n+OK\r\n", "*2\r\n-ERR x\r\n+OK\r\n"],
  [
    "map of everything nested",
    new MapReply([[new DoubleReply(2), new SetReply([new BooleanReply(true), null])]]),
    "*2\r\n$1\r\n2\r\n*2\r\n:1\r\n$-1\r\n",
    "%1\r\n,2\r\n~2\r\n#t\r\n_\r\n",
  ],
];

describe("replies as bytes", () => {
  test.each(CASES)("%s", (_, reply, two, three) => {
    expect(encodeReply(reply, 2)).toBe(two);
    expect(encodeReply(reply, 3)).toBe(three);
  });

  test.each(CASES)("%s, in pieces", (_, reply, two, three) => {
    expect(encodeLongReply(reply, 2).join("")).toBe(two);
    expect(encodeLongReply(reply, 3).join("")).toBe(three);
  });

  test("what one string cannot hold throws, and is had in pieces that share the values' memory", () => {
    const value = "v".repeat(2 ** 28);
    const reply = new MapReply([["k", [value, value]]]);
    expect(() => encodeReply(reply, 3)).toThrow(RangeError);
    const pieces = encodeLongReply(reply, 3);
    expect(pieces.reduce((total, piece) => total + piece.length, 0)).toBe(4 + 7 + 4 + 2 * (12 + 2 ** 28 + 2));
  });
});
