import { describe, expect, test } from "vitest";
import { binaryToUtf8, utf8ToBinary } from "../../../src/base/bytes.ts";
import { ReplyError } from "../../../src/resp/reply-error.ts";
import {
  BigNumberReply,
  BooleanReply,
  DoubleReply,
  MapReply,
  NULL_ARRAY,
  OK,
  PONG,
  PushReply,
  SetReply,
  VerbatimReply,
  type Reply,
} from "../../../src/resp/reply.ts";
import { answerOf, formatOf, refusalAnswer } from "../../../src/server/rest/answer.ts";
import { RestError } from "../../../src/server/rest/rest-error.ts";
import { errorJson, itemJson } from "../../../src/server/rest/result.ts";

const base64 = (text: string): string => Buffer.from(text, "latin1").toString("base64");
const FAILED = new ReplyError("WRONGTYPE", "Operation against a key");

/** What a client's JSON reader sees. */
const seen = (json: string): unknown => JSON.parse(binaryToUtf8(json));

describe("replies as JSON", () => {
  const table: readonly (readonly [string, Reply, unknown, unknown])[] = [
    ["null", null, null, null],
    ["a null array", NULL_ARRAY, null, null],
    ["an integer", 42, 42, 42],
    ["the largest safe integer", 9007199254740991n, 9007199254740991, 9007199254740991],
    ["an integer beyond it", 9007199254740993n, "9007199254740993", base64("9007199254740993")],
    ["the smallest integer", -9223372036854775808n, "-9223372036854775808", base64("-9223372036854775808")],
    ["a string", "bar", "bar", base64("bar")],
    ["an empty string", "", "", ""],
    ["a status OK at the top", OK, "OK", "OK"],
    ["data that reads OK", "OK", "OK", base64("OK")],
    ["another status", PONG, "PONG", base64("PONG")],
    ["a status in an array", [OK], ["OK"], [base64("OK")]],
    ["nested arrays", ["a", [1, null, ["b"]]], ["a", [1, null, ["b"]]], [base64("a"), [1, null, [base64("b")]]]],
    [
      "a map",
      new MapReply([
        ["a", 1],
        ["b", "2"],
      ]),
      ["a", 1, "b", "2"],
      [base64("a"), 1, base64("b"), base64("2")],
    ],
    ["a set", new SetReply(["a"]), ["a"], [base64("a")]],
    ["pushed data", new PushReply(["a", 1]), ["a", 1], [base64("a"), 1]],
    ["a double", new DoubleReply(1.5), "1.5", base64("1.5")],
    ["infinity", new DoubleReply(Number.NEGATIVE_INFINITY), "-inf", base64("-inf")],
    ["true", new BooleanReply(true), 1, 1],
    ["false", new BooleanReply(false), 0, 0],
    [
      "a big number",
      new BigNumberReply("123456789012345678901"),
      "123456789012345678901",
      base64("123456789012345678901"),
    ],
    ["verbatim text", new VerbatimReply("txt", "hi"), "hi", base64("hi")],
    ["an error in an array", [FAILED], ["WRONGTYPE Operation against a key"], ["WRONGTYPE Operation against a key"]],
    [
      "text",
      utf8ToBinary('ü€😀"\\\n\u0000\u2028'),
      'ü€😀"\\\n\u0000\u2028',
      base64(utf8ToBinary('ü€😀"\\\n\u0000\u2028')),
    ],
    ["bytes that are no text", "a\u00ffb", "a\ufffdb", base64("a\u00ffb")],
  ];

  test.each(table)("%s", (_name, reply, asText, asBase64) => {
    expect(seen(itemJson(reply, "text"))).toEqual({ result: asText });
    expect(seen(itemJson(reply, "base64"))).toEqual({ result: asBase64 });
  });

  test("errors are never encoded", () => {
    const error = new ReplyError("ERR", utf8ToBinary("unknown command 'ü\"'"));
    for (const encoding of ["text", "base64"] as const) {
      expect(seen(itemJson(error, encoding))).toEqual({ error: "ERR unknown command 'ü\"'" });
    }
    expect(seen(errorJson("ERR ü"))).toEqual({ error: "ERR ü" });
  });

  test("every byte survives base64, and every JSON is bytes of UTF-8", () => {
    const bytes = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
    const { result } = seen(itemJson(bytes, "base64")) as { result: string };
    expect(Buffer.from(result, "base64").latin1Slice()).toBe(bytes);
    const text = seen(itemJson(bytes, "text")) as { result: string };
    expect(text.result).toBe(binaryToUtf8(bytes));
  });
});

describe("answers", () => {
  test("one command: 200 with its result, 400 with its error", () => {
    expect(answerOf("body", [OK], "text")).toMatchObject({ status: 200, body: '{"result":"OK"}' });
    expect(answerOf("path", [FAILED], "base64")).toMatchObject({
      status: 400,
      body: '{"error":"WRONGTYPE Operation against a key"}',
    });
  });

  test("a pipeline: 200 and a list, whatever failed", () => {
    expect(answerOf("pipeline", [FAILED, "a"], "base64")).toMatchObject({
      status: 200,
      body: `[{"error":"WRONGTYPE Operation against a key"},{"result":"${base64("a")}"}]`,
    });
  });

  test("a transaction: 200 and a list; 400 and one error when it was discarded", () => {
    expect(answerOf("transaction", [[OK, FAILED]], "base64")).toMatchObject({
      status: 200,
      body: '[{"result":"OK"},{"error":"WRONGTYPE Operation against a key"}]',
    });
    expect(answerOf("transaction", [FAILED], "text")).toMatchObject({
      status: 400,
      body: '{"error":"WRONGTYPE Operation against a key"}',
    });
  });

  test("RESP2: the bytes that TCP clients get, a pipeline's one after the other", () => {
    const contentType = "application/octet-stream";
    expect(answerOf("body", ["b\u00ffr"], "resp2")).toEqual({ status: 200, contentType, body: "$3\r\nb\u00ffr\r\n" });
    expect(answerOf("body", [FAILED], "resp2")).toEqual({
      status: 400,
      contentType,
      body: "-WRONGTYPE Operation against a key\r\n",
    });
    expect(answerOf("pipeline", [OK, FAILED, new DoubleReply(1.5)], "resp2")).toMatchObject({
      status: 200,
      body: "+OK\r\n-WRONGTYPE Operation against a key\r\n$3\r\n1.5\r\n",
    });
  });

  test("refusals keep their status", () => {
    expect(refusalAnswer(new RestError(405, "ERR no"))).toMatchObject({ status: 405, body: '{"error":"ERR no"}' });
  });
});

describe("the format a client asks for", () => {
  test.each([
    [undefined, undefined, "text"],
    ["base64", undefined, "base64"],
    ["BASE64", "json", "base64"],
    ["", "json", "text"],
    [undefined, "RESP2", "resp2"],
  ])("encoding %j, format %j: %s", (encoding, format, wanted) => {
    expect(formatOf(encoding, format, "pipeline")).toBe(wanted);
  });

  test.each([
    ["base64", "resp2", "body", "exclude each other"],
    [undefined, "resp2", "transaction", "not offered for multi-exec"],
    [undefined, "resp3", "body", "json and resp2 are offered"],
  ] as const)("encoding %j, format %j for %s: %s", (encoding, format, form, error) => {
    expect(() => formatOf(encoding, format, form)).toThrow(error);
  });
});

test("every ASCII character comes back as it went out, alone and among others", () => {
  for (let code = 0; code < 128; code++) {
    const character = String.fromCharCode(code);
    for (const text of [character, `a${character}`, `${character}z`, `a${character}z`]) {
      expect(JSON.parse(itemJson(text, "text"))).toEqual({ result: text });
    }
  }
});
