import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { Dials } from "../../../src/replication/dials.ts";
import { DEFAULT_REPLICATION_LIMITS as LIMITS } from "../../../src/replication/limits.ts";

/** Every wait is as long as it can be. */
const dials = (): Dials => new Dials(["a"], LIMITS, { next: () => 1, below: () => 0 });
const end = { reason: "connection refused", retry: true };
const timeout = { reason: "no answer", retry: true };

/** When `one` dials between two moments, if nothing comes of it. */
function dialledAt(one: Dials, fromMs: number, toMs: number): number[] {
  const at: number[] = [];
  for (let nowMs = fromMs; nowMs <= toMs; nowMs++) if (one.due(nowMs).length > 0) at.push(nowMs);
  return at;
}

it("DL5: a dial that hung beside the one that was refused, and fails or comes a step further, changes nothing", () => {
  const one = dials();
  one.due(0);
  expect(dialledAt(one, 1, 3_000)).toHaveLength(2);
  one.ended("a", { reason: "who are you", retry: false, code: "stranger" }, 3_100);
  one.heard("a", 3_200);
  expect(one.ended("a", timeout, 5_000)).toEqual({ waitMs: 28_100, isNews: false });
  expect([one.isRefused, one.lastError("a")]).toEqual([true, "who are you"]);
  expect(dialledAt(one, 5_000, 40_000)[0]).toBe(33_100);
  // A peer that has reached us knows us now.
  one.ended("a", { reason: "who are you", retry: false, code: "stranger" }, 40_000);
  one.nudge("a", 40_500);
  expect(one.due(41_000)).toEqual(["a"]);
});

describe("DL1: backoff", () => {
  it("DL1: dials at once, then ever later up to a limit", () => {
    const one = dials();
    let nowMs = 0;
    const waits: number[] = [];
    for (let attempt = 0; attempt < 7; attempt++) {
      expect(one.due(nowMs)).toEqual(["a"]);
      expect(one.due(nowMs)).toEqual([]);
      const { waitMs } = one.ended("a", end, nowMs);
      waits.push(waitMs);
      expect(one.due(nowMs + waitMs - 1)).toEqual([]);
      nowMs += waitMs;
    }
    expect(waits).toEqual([100, 200, 400, 800, 1_000, 1_000, 1_000]);
  });

  it("DL1: a link that ends as soon as it opens is dialled ever later too; one that stayed is dialled at once", () => {
    const one = dials();
    const waits: number[] = [];
    for (const openMs of [10, 10, 10, 10, 10, 10, 10, LIMITS.deadAfterMs, 10]) {
      one.opened("a", 0);
      waits.push(one.ended("a", end, openMs).waitMs);
    }
    expect(waits).toEqual([100, 200, 400, 800, 1_600, 3_000, 3_000, 100, 200]);
  });

  it("DL1: two that lost a peer together do not dial it together, and neither do their dials that hang", () => {
    const [one, other] = [1, 2].map((seed) => new Dials(["a"], LIMITS, seededRandom(seed))) as [Dials, Dials];
    for (const each of [one, other]) {
      each.opened("a", 0);
      each.ended("a", timeout, 20_000);
    }
    const [ones, others] = [one, other].map((each) => dialledAt(each, 20_000, 25_000)) as [number[], number[]];
    expect(ones).not.toEqual(others);
    expect(new Set(ones.map((atMs, index) => atMs - others[index]!)).size).toBeGreaterThan(2);
  });

  it("DL5: what only a person can mend is tried rarely, and said once", () => {
    const one = dials();
    expect(one.ended("a", { reason: "wrong secret", retry: false }, 0)).toEqual({ waitMs: 30_000, isNews: true });
    expect(one.ended("a", { reason: "wrong secret", retry: false }, 0).isNews).toBe(false);
    expect(one.due(29_999)).toEqual([]);
    expect(one.due(30_000)).toEqual(["a"]);
    expect(one.ended("a", end, 30_000).isNews).toBe(true);
    expect(one.lastError("a")).toBe("connection refused");
  });
});

describe("DL2: a dial that hangs", () => {
  it("DL2: does not keep others from being tried beside it, so many at once and no more", () => {
    const one = dials();
    expect(dialledAt(one, 0, 20_000)).toEqual([0, 1_000, 2_250, 3_500, 4_750, 6_000]);
    expect(LIMITS.dialsAtOnceMax).toBe(6);
    one.ended("a", timeout, 20_000);
    expect(one.due(20_000)).toEqual(["a"]);
    expect(one.due(30_000)).toEqual([]);
  });

  it("DL2: with their own timeout they are never so many: there is one begun in every second and a quarter", () => {
    const one = new Dials(["a"], LIMITS, seededRandom(4));
    const underWay: number[] = [];
    let most = 0;
    let latestMs = 0;
    for (let nowMs = 0; nowMs < 120_000; nowMs += 5) {
      if (nowMs - underWay[0]! >= LIMITS.handshakeTimeoutMs) {
        underWay.shift();
        one.ended("a", timeout, nowMs);
      }
      if (one.due(nowMs).length > 0) {
        underWay.push(nowMs);
        latestMs = nowMs;
      }
      most = Math.max(most, underWay.length);
      expect(nowMs - latestMs).toBeLessThanOrEqual(1_250);
    }
    expect(most).toBeLessThanOrEqual(LIMITS.dialsAtOnceMax);
  });

  it("DL2: one that comes a step further is waited for again; a slow road has one dial", () => {
    const one = dials();
    expect(one.due(0)).toEqual(["a"]);
    one.heard("a", 900);
    expect(dialledAt(one, 1, 1_899)).toEqual([]);
    one.heard("a", 1_800);
    expect(dialledAt(one, 1_900, 2_799)).toEqual([]);
    one.opened("a", 2_700);
    expect(dialledAt(one, 2_700, 10_000)).toEqual([]);
  });

  it("DL2: the earlier one may still win, and then there is none beside it", () => {
    const one = dials();
    expect(dialledAt(one, 0, 3_000)).toHaveLength(3);
    one.heard("a", 3_000);
    one.letGo("a");
    one.opened("a", 3_100);
    // Only its own end is heard of, and dialled after as any link's.
    expect(one.ended("a", end, 4_000)).toMatchObject({ waitMs: 100 });
    expect(dialledAt(one, 4_000, 5_099)).toEqual([4_100]);
  });

  it("DL2: one that fails in the end does not put off the next; it is said once", () => {
    const one = dials();
    expect(dialledAt(one, 0, 2_249)).toEqual([0, 1_000]);
    expect(one.ended("a", timeout, 2_249)).toEqual({ waitMs: 1, isNews: true });
    expect(one.ended("a", timeout, 2_249)).toEqual({ waitMs: 1, isNews: false });
    expect(one.due(2_250)).toEqual(["a"]);
  });
});

describe("DL4: a peer that reaches us", () => {
  it("DL4: is dialled at once, whatever the backoff", () => {
    const one = dials();
    one.due(0);
    one.ended("a", { reason: "wrong secret", retry: false }, 0);
    one.nudge("a", 10);
    expect(one.due(10)).toEqual(["a"]);
  });

  it("DL4: is dialled beside a dial that hangs, unless that one has only just begun", () => {
    const one = dials();
    expect(dialledAt(one, 0, 1_500)).toEqual([0, 1_000]);
    one.nudge("a", 1_500);
    expect(one.due(1_500)).toEqual(["a"]);
    one.nudge("a", 1_510);
    expect(dialledAt(one, 1_510, 2_000)).toEqual([1_750]);
  });

  it("DL4: is not dialled again while it is open, nor when it is no peer", () => {
    const one = dials();
    one.opened("a", 0);
    one.nudge("a", 10);
    one.nudge("stranger", 10);
    expect(dialledAt(one, 10, 5_000)).toEqual([]);
  });
});
