import { describe, expect, test } from "vitest";
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
