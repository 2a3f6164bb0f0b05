import { describe, expect, test } from "vitest";
import { parsePath } from "../../../src/server/rest/path-arguments.ts";
import { DEFAULT_REST_LIMITS, type RestLimits } from "../../../src/server/rest/rest-limits.ts";
import { formOf, readCommands } from "../../../src/server/rest/rest-request.ts";

const read = (method: string, url: string, body: string | Buffer | null = null, limits: Partial<RestLimits> = {}) => {
  const path = parsePath(url);
  const form = formOf(method, path);
  const bytes = body === null ? null : Buffer.from(body as string);
  return { form, commands: readCommands(form, path, bytes, { ...DEFAULT_REST_LIMITS, ...limits }) };
};

describe("a request as what it asks for", () => {
  test.each([
    ["GET", "/get/foo", null, "path", [["get", "foo"]]],
    ["POST", "/set/foo/bar/EX/100", null, "path", [["set", "foo", "bar", "EX", "100"]]],
    ["POST", "/set/foo", "bar", "path", [["set", "foo", "bar"]]],
    ["PUT", "/set/foo?EX=100", "bar", "path", [["set", "foo", "bar", "EX", "100"]]],
    ["POST", "/set/foo", '["not","read"]', "path", [["set", "foo", '["not","read"]']]],
    ["POST", "/", '["SET","a",1]', "body", [["SET", "a", "1"]]],
    [
      "POST",
      "/pipeline",
      '[["GET","a"],["GET","b"]]',
      "pipeline",
      [
        ["GET", "a"],
        ["GET", "b"],
      ],
    ],
    ["PUT", "/PIPELINE/", '[["GET","a"]]', "pipeline", [["GET", "a"]]],
    ["POST", "/multi-exec", '[["GET","a"]]', "transaction", [["GET", "a"]]],
    // With arguments, or without a body to read, these words are commands like others, and unknown ones.
    ["POST", "/pipeline/x", '[["GET","a"]]', "path", [["pipeline", "x", '[["GET","a"]]']]],
    ["GET", "/pipeline", null, "path", [["pipeline"]]],
  ])("%s %s %j is %s", (method, url, body, form, commands) => {
    expect(read(method, url, body)).toEqual({ form, commands });
  });

  test("a body's bytes are kept, whatever they are", () => {
    const { commands } = read("POST", "/set/k", Buffer.from([0, 255, 13, 10]));
    expect(commands).toEqual([["set", "k", "\u0000\u00ff\r\n"]]);
  });

  test.each([
    ["POST", "/subscribe/ch", ["subscribe", "ch"]],
    ["GET", "/psubscribe/p*/q%2F*?_token=T&x=1", ["psubscribe", "p*", "q/*"]],
    ["POST", "/monitor", ["monitor"]],
    ["PUT", "/SUBSCRIBE/a/b", ["SUBSCRIBE", "a", "b"]],
  ])("%s %s is an event stream, whatever its body", (method, url, command) => {
    expect(read(method, url, "[]")).toEqual({ form: "stream", commands: [command] });
  });

  test("a stream has no head to be asked for alone", () => {
    expect(() => read("HEAD", "/subscribe/ch")).toThrow(/^ERR an event stream has no head/u);
  });

  test.each([
    ["POST", "/", null],
    ["GET", "/", null],
    ["POST", "/pipeline", null],
    ["POST", "/multi-exec", ""],
  ])("%s %s without a body is an empty command", (method, url, body) => {
    expect(() => read(method, url, body)).toThrow(/^ERR empty command/u);
  });
});

describe("limits", () => {
  test.each([
    [{ keyBytesMax: 3 }, '["SET","four","v"]', "ERR max key size exceeded. Limit: 3 bytes, Actual: 4 bytes"],
    [{ keyBytesMax: 3 }, '["LONG"]', "ERR max key size exceeded. Limit: 3 bytes, Actual: 4 bytes"],
    [
      { recordBytesMax: 4 },
      '["SET","k","five5"]',
      "ERR max single record size exceeded. Limit: 4 bytes, Actual: 5 bytes",
    ],
    [{ argumentsMax: 2 }, '["SET","k","v"]', "ERR max arguments exceeded. Limit: 2, Actual: 3"],
  ])("%j: %s", (limits, body, error) => {
    expect(() => read("POST", "/", body, limits)).toThrow(error);
  });

  test("hold for paths and for every command of a pipeline", () => {
    expect(() => read("GET", "/a/b/c", null, { argumentsMax: 2 })).toThrow("ERR max arguments exceeded");
    expect(() => read("POST", "/pipeline", '[["GET","k"],["GET","long"]]', { keyBytesMax: 3 })).toThrow("key size");
  });
});
