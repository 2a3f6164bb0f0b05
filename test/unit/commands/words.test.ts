import { describe, expect, test } from "vitest";
import { doubleWord } from "../../../src/commands/families/double-words.ts";
import { timeoutWord } from "../../../src/commands/words.ts";

describe("timeouts of blocking commands", () => {
  test.each([
    ["0", 0],
    ["1", 1000],
    ["0.001", 1],
    ["0.0001", 1],
    ["1.5e1", 15_000],
    ["+2", 2000],
    ["-0", 0],
    ["9007199254740.991", 9_007_199_254_740_991],
  ])("%s s are %i ms", (word, ms) => {
    expect(timeoutWord(word)).toBe(ms);
  });

  test.each([
    ["", "timeout is not a float or out of range"],
    ["a", "timeout is not a float or out of range"],
    [" 1", "timeout is not a float or out of range"],
    ["1 ", "timeout is not a float or out of range"],
    ["nan", "timeout is not a float or out of range"],
    ["1e5000", "timeout is not a float or out of range"],
    ["-1", "timeout is negative"],
    ["-inf", "timeout is negative"],
    ["inf", "timeout is out of range"],
    ["1e300", "timeout is out of range"],
  ])("%j is refused: %s", (word, text) => {
    expect(() => timeoutWord(word)).toThrow(text);
  });
});

describe("doubles", () => {
  test.each([
    ["0", 0],
    ["007", 7],
    ["999999999999999", 999_999_999_999_999],
    ["9007199254740993", 9_007_199_254_740_992],
    ["123456789012345678901234567890", 123_456_789_012_345_680_000_000_000_000],
    ["1.", 1],
    ["-3", -3],
    ["0x10", 16],
    ["inf", Number.POSITIVE_INFINITY],
  ])("%s is %d", (word, value) => {
    expect(doubleWord(word)).toBe(value);
  });

  test.each(["", " 1", "1 ", "1a", "a1", "/1", "1:", "nan", "1e999"])("%j is none", (word) => {
    expect(() => doubleWord(word)).toThrow("value is not a valid float");
  });
});
