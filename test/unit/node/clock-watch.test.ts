import { describe, expect, it } from "vitest";
import { silentLogger } from "../../../src/base/logger.ts";
import { ClockWatch } from "../../../src/node/clock-watch.ts";

const ALLOWED_MS = 60_000;
const HOUR_MS = 3_600_000;

function watch(...others: string[]): ClockWatch {
  return new ClockWatch(ALLOWED_MS, () => others, silentLogger);
}

const ahead = (aheadMs: number, uncertaintyMs = 20): { aheadMs: number; uncertaintyMs: number } => ({
  aheadMs,
  uncertaintyMs,
});

describe("a region's clock beside the others'", () => {
  it("CW1: of two regions the one that is ahead is refused, the other is not", () => {
    const [fast, slow] = [watch("b"), watch("a")];
    fast.compared("b", ahead(HOUR_MS), 1);
    slow.compared("a", ahead(-HOUR_MS), 1);
    expect(fast.refusal).toMatchObject({
      code: "MISCONF",
      text: expect.stringMatching(/clock is 3600 s ahead .* use another region\. Allowed: 60 s/u),
    });
    expect([fast.aheadMs, slow.aheadMs, slow.refusal]).toEqual([HOUR_MS, -HOUR_MS, null]);
  });

  it("CW1: more than half of the others must be behind it: one that is slow stops nobody", () => {
    const clocks = watch("b", "c");
    clocks.compared("b", ahead(HOUR_MS), 1);
    expect(clocks.refusal).toBeNull();
    clocks.compared("c", ahead(30), 1);
    expect([clocks.refusal, clocks.aheadMs]).toEqual([null, 30]);
    clocks.compared("c", ahead(HOUR_MS), 2);
    expect(clocks.refusal).not.toBeNull();
  });

  it("CW1: what half the round trip may have added is not held against it", () => {
    const clocks = watch("b");
    clocks.compared("b", ahead(ALLOWED_MS + 100, 200), 1);
    expect(clocks.refusal).toBeNull();
    clocks.compared("b", ahead(ALLOWED_MS + 100, 50), 2);
    expect(clocks.refusal).not.toBeNull();
  });

  it("CW2: who cannot be asked says nothing, and what was heard counts for a minute", () => {
    const alone = watch();
    alone.look(1);
    expect([alone.refusal, alone.aheadMs]).toEqual([null, 0]);
    const clocks = watch("b", "c", "d");
    clocks.compared("b", ahead(HOUR_MS), 0);
    clocks.compared("c", ahead(HOUR_MS), 30_000);
    clocks.look(59_000);
    expect(clocks.refusal).not.toBeNull();
    clocks.look(61_000);
    expect(clocks.refusal).toBeNull();
    expect([...clocks.byPeer.keys()]).toEqual(["c"]);
  });

  it("CW2: a region that has left has no say", () => {
    let others = ["b", "c"];
    const clocks = new ClockWatch(ALLOWED_MS, () => others, silentLogger);
    clocks.compared("b", ahead(HOUR_MS), 0);
    clocks.compared("c", ahead(HOUR_MS), 0);
    expect(clocks.refusal).not.toBeNull();
    others = ["d", "e"];
    clocks.look(1);
    expect([clocks.refusal, clocks.byPeer.size]).toEqual([null, 0]);
  });

  it("CW3: writes go on once the clock is within half of what is allowed", () => {
    const clocks = watch("b");
    clocks.compared("b", ahead(ALLOWED_MS + 1_000), 1);
    clocks.compared("b", ahead(ALLOWED_MS - 1_000), 2);
    expect(clocks.refusal, "at the edge").not.toBeNull();
    clocks.compared("b", ahead(ALLOWED_MS / 2), 3);
    expect(clocks.refusal).toBeNull();
    clocks.compared("b", ahead(ALLOWED_MS - 1_000), 4);
    expect(clocks.refusal).toBeNull();
  });
});
