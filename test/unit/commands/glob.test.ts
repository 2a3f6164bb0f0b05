import { describe, expect, test } from "vitest";
import { Glob } from "../../../src/commands/glob.ts";

const CASES: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
  ["*", "", true],
  ["*", "anything", true],
  ["", "", true],
  ["", "a", false],
  ["?", "", false],
  ["h?llo", "hello", true],
  ["h*llo", "heeeello", true],
  ["h[ae]llo", "hallo", true],
  ["h[ae]llo", "hillo", false],
  ["h[^e]llo", "hallo", true],
  ["h[^e]llo", "hello", false],
  ["h[a-b]llo", "hbllo", true],
  ["h[b-a]llo", "hallo", true],
  ["h[", "h", false],
  ["h[a", "ha", true],
  ["[]", "a", false],
  ["[^]", "a", true],
  ["\\*", "*", true],
  ["\\*", "a", false],
  ["a\\", "a\\", true],
  ["[\\]]", "]", true],
  ["a*b*c", "axxbyyc", true],
  ["a*b*c", "axxbyy", false],
  ["*a*a*a", "aaa", true],
  ["**", "x", true],
  ["\xff?", "\xff\0", true],
];

describe("glob patterns", () => {
  test.each(CASES)("%j against %j: %s", (pattern, text, matches) => {
    expect(new Glob(pattern).matches(text)).toBe(matches);
  });

  test("case can be ignored", () => {
    expect(new Glob("MaxMem*", true).matches("maxmemory")).toBe(true);
    expect(new Glob("MAXMEMORY", true).matches("maxmemory")).toBe(true);
  });

  test("a hostile pattern takes bounded time", () => {
    const pattern = new Glob(`${"*a".repeat(2000)}b`);
    const started = process.hrtime.bigint();
    expect(pattern.matches("a".repeat(20_000))).toBe(false);
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(2000);
  });
});
