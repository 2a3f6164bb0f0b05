import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { AddressCount } from "../../../src/router/address-count.ts";
import { Pace } from "../../../src/router/pace.ts";

/** At which of these moments, a millisecond apart, one was given. */
function given(pace: Pace, fromMs: number, toMs: number): number[] {
  const times: number[] = [];
  for (let nowMs = fromMs; nowMs < toMs; nowMs++) while (pace.take(nowMs)) times.push(nowMs);
  return times;
}

describe("a pace", () => {
  test("gives so many a second, not in step, and saves up next to nothing", () => {
    const pace = new Pace(20, seededRandom(1));
    const first = given(pace, 0, 10_000);
    expect(first.length).toBeGreaterThan(180);
    expect(first.length).toBeLessThan(220);
    const pauses = new Set(first.slice(1).map((time, index) => time - first[index]!));
    expect(pauses.size).toBeGreaterThan(20);
    expect(given(pace, 60_000, 60_001).length).toBeLessThan(5);
  });

  test("of 0 gives none", () => {
    expect(given(new Pace(0, seededRandom(1)), 0, 10_000)).toEqual([]);
  });
});

test("connections are counted by address, and addresses without any are forgotten", () => {
  const count = new AddressCount(2);
  expect([count.enter("a"), count.enter("a"), count.enter("a"), count.enter("b")]).toEqual([true, true, false, true]);
  count.leave("a");
  expect(count.enter("a")).toBe(true);
});
