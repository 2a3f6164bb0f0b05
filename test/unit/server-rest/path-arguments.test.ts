import { describe, expect, test } from "vitest";
import { utf8ToBinary } from "../../../src/base/bytes.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { parsePath } from "../../../src/server/rest/path-arguments.ts";
import { RestError } from "../../../src/server/rest/rest-error.ts";

describe("a path as arguments", () => {
  test.each([
    ["/", []],
    ["", []],
    ["/get/foo", ["get", "foo"]],
    ["/get/foo/", ["get", "foo"]],
    ["/set/a//b", ["set", "a", "", "b"]],
    ["/set/a%2Fb/c%20d", ["set", "a/b", "c d"]],
    ["/set/a+b/c", ["set", "a+b", "c"]],
    ["/set/%FF%00%fe", ["set", "\u00ff\u0000\u00fe"]],
    ["/set/%C3%BC", ["set", utf8ToBinary("ü")]],
    ["/set/\u00c3\u00bc", ["set", utf8ToBinary("ü")]],
    ["http://host:8079/get/foo", ["get", "foo"]],
    ["http://host", []],
  ])("%j", (url, segments) => {
    expect(parsePath(url)).toEqual({ segments, query: [], token: null });
  });

  test.each([
    ["/set/a?EX=100", ["EX", "100"], null],
    ["/set/a?EX=100&NX", ["EX", "100", "NX"], null],
    ["/set/a?NX=&EX=1", ["NX", "EX", "1"], null],
    ["/set/a?&&EX=1&", ["EX", "1"], null],
    ["/set/a?a+b=c+d%2B", ["a b", "c d+"], null],
    ["/set/a?x=1=2", ["x", "1=2"], null],
    ["/get/a?_token=t%20x", [], "t x"],
    ["/get/a?EX=1&_token=t&NX", ["EX", "1", "NX"], "t"],
    ["/get/a?_token", [], ""],
    ["http://host?EX=1", ["EX", "1"], null],
  ])("the query of %j follows", (url, query, token) => {
    expect(parsePath(url)).toMatchObject({ query, token });
  });

  test.each(["/get/%", "/get/%4", "/get/%zz", "/get/%4g", "/get/a?x=%", "/get/%\u00ff\u00ff"])(
    "%j is refused: a malformed escape",
    (url) => {
      expect(() => parsePath(url)).toThrow(RestError);
      expect(() => parsePath(url)).toThrow(/^ERR malformed percent escape/u);
    },
  );

  test("any bytes, escaped, come back as they were", () => {
    const random = seededRandom(5);
    for (let round = 0; round < 2_000; round++) {
      const bytes = Array.from({ length: random.below(30) }, () => random.below(256));
      const escaped = bytes.map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
      const { segments } = parsePath(`/set/k/${escaped}/end`);
      expect(segments[2]).toBe(String.fromCharCode(...bytes));
    }
  });

  test("any text that a client encodes comes back as its UTF-8", () => {
    for (const text of ["ü€😀", "a/b?c=d&e#f%", "  ", "\u0000\n", "x".repeat(5_000)]) {
      const { segments, query } = parsePath(`/set/k/${encodeURIComponent(text)}?v=${encodeURIComponent(text)}`);
      expect(segments[2]).toBe(utf8ToBinary(text));
      expect(query[1]).toBe(utf8ToBinary(text));
    }
  });
});
