import { describe, expect, test } from "vitest";
import { splitInline } from "../../../src/resp/inline.ts";

describe("inline commands", () => {
  test.each<[string, string[]]>([
    ["", []],
    ["   \t ", []],
    ["PING", ["PING"]],
    ["  SET   k  v  ", ["SET", "k", "v"]],
    ['SET "a b" "c"', ["SET", "a b", "c"]],
    ["SET 'a b' 'it\\'s'", ["SET", "a b", "it's"]],
    ['"\\n\\r\\t\\b\\a\\\\\\"\\q"', ['\n\r\t\b\x07\\"q']],
    ['"\\x00\\xFF\\xfg"', ["\x00\xffxfg"]],
    ["'\\n\\x41'", ["\\n\\x41"]],
    ['""', [""]],
    ["''", [""]],
    ['ab"cd"', ["abcd"]],
    ["a\\n", ["a\\n"]],
    ["\xe9\xff", ["\xe9\xff"]],
    // Vertical tab and form feed lie between words, and inside one they belong to it.
    ["\va\fb \fc", ["a\fb", "c"]],
    ['PING\0 ignored "', ["PING"]],
  ])("%j is %j", (line, words) => {
    expect(splitInline(line)).toEqual(words);
  });

  test.each(['"a', "'a", '"a"b', "'a'b", 'SET k "', '"a\\"', "'a\\'", '"\\', '"\0"'])("%j is not balanced", (line) => {
    expect(splitInline(line)).toBeNull();
  });
});
