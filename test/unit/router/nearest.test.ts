import { describe, expect, test } from "vitest";
import { ROUTER_LIMITS } from "../../../src/router/limits.ts";
import { noNearest, reconsider, shiftedShare } from "../../../src/router/nearest.ts";
import type { Nearest } from "../../../src/router/nearest.ts";
import type { Candidate } from "../../../src/router/score.ts";

const limits = ROUTER_LIMITS.choice;

function region(name: string, scoreMs: number, standing: Candidate["standing"] = "available"): Candidate {
  return { name, scoreMs, standing, kind: standing === "unavailable" ? "down" : "healthy", share: 1 };
}

function rounds(from: Nearest, candidates: readonly Candidate[], fromMs: number, count: number): Nearest {
  let nearest = from;
  for (let round = 0; round < count; round++) {
    ({ nearest } = reconsider(nearest, candidates, true, fromMs + round * limits.roundMs, limits));
  }
  return nearest;
}

const HOME: Nearest = { ...noNearest(0), name: "home" };

describe("the nearest region", () => {
  test("is at first the best", () => {
    const { nearest, reason } = reconsider(noNearest(0), [region("a", 30), region("b", 10)], true, 0, limits);
    expect(nearest.name).toBe("b");
    expect(reason).toContain("first choice");
  });

  test("changes after three rounds of a clearly better score, not after two", () => {
    const candidates = [region("home", 50), region("other", 20)];
    expect(rounds(HOME, candidates, 60_000, 2).name).toBe("home");
    const changed = rounds(HOME, candidates, 60_000, 3);
    expect(changed).toMatchObject({ name: "other", previous: "home" });
  });

  test.each([
    ["less than 5 ms", 14, 10],
    ["less than 20 %", 100, 85],
  ])("does not change for %s", (_text, home, other) => {
    expect(rounds(HOME, [region("home", home), region("other", other)], 60_000, 20).name).toBe("home");
  });

  test("stays at least thirty seconds", () => {
    const candidates = [region("home", 50), region("other", 20)];
    expect(rounds(HOME, candidates, 0, 30).name).toBe("home");
    expect(rounds(HOME, candidates, 0, 32).name).toBe("other");
  });

  test("a challenger that trembles begins anew", () => {
    const good = [region("home", 50), region("other", 20)];
    const bad = [region("home", 50), region("other", 49)];
    let nearest = HOME;
    for (let cycle = 0; cycle < 20; cycle++) {
      nearest = rounds(nearest, good, 60_000 + cycle * 10_000, 2);
      nearest = rounds(nearest, bad, 60_000 + cycle * 10_000 + 2000, 1);
    }
    expect(nearest.name).toBe("home");
  });

  test("leaves a region that is down at once, between rounds and within the dwell", () => {
    const { nearest, reason } = reconsider(
      HOME,
      [region("home", 5, "unavailable"), region("other", 90)],
      false,
      10,
      limits,
    );
    expect(nearest).toMatchObject({ name: "other", previous: null });
    expect(reason).toContain("home is down");
  });

  test("leaves a degraded region while another is ready, and not for another degraded one", () => {
    const ready = reconsider(HOME, [region("home", 5, "degraded"), region("other", 90)], false, 10, limits);
    expect(ready.nearest.name).toBe("other");
    const none = reconsider(HOME, [region("home", 50, "degraded"), region("other", 49, "degraded")], false, 10, limits);
    expect(none.nearest.name).toBe("home");
  });

  test("is nothing while nothing can serve", () => {
    const { nearest, reason } = reconsider(HOME, [region("home", 5, "unavailable")], false, 10, limits);
    expect(nearest.name).toBeNull();
    expect(reason).toContain("home");
  });

  test("clients move over in ten seconds after a change for the better, at once after an outage", () => {
    const better: Nearest = { ...noNearest(1000), name: "other", previous: "home" };
    expect(shiftedShare(better, 1000, limits)).toBe(0);
    expect(shiftedShare(better, 6000, limits)).toBeCloseTo(0.5);
    expect(shiftedShare(better, 60_000, limits)).toBe(1);
    expect(shiftedShare({ ...better, previous: null }, 1000, limits)).toBe(1);
  });
});
