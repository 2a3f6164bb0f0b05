import { describe, expect, it } from "vitest";
import { EXIT_STATUS, judge } from "../../../chaos/report/judge.ts";
import { hash, Story, string } from "./story.ts";
import { tellRun } from "./told-run.ts";

const put = (key: string, value: string) => ({ kind: "string.set", key, value, ttlMs: null }) as const;

/** A small run that is well: one write before its fault and one after, samples, a probe. */
function well(header: ConstructorParameters<typeof Story>[0] = {}): Story {
  const story = new Story({ expectsFault: true, ...header });
  story.op("a", 1, put("k1", "v"));
  for (const region of ["a", "b", "c"]) story.sample(5, region, { "a#1": 1 });
  story.probe("a", "b", 6, 40);
  story.fault(100, 200);
  story.op("a", 300, put("k2", "v"));
  story.final("k1", string("v"));
  story.final("k2", string("v"));
  return story;
}

const verdictOf = (story: Story): string => {
  const { verdict, reasons } = judge(story.record);
  return `${EXIT_STATUS[verdict]} ${verdict}${reasons.map((reason) => `; ${reason}`).join("")}`;
};

describe("the verdict", () => {
  it("0: within budgets", () => {
    expect(verdictOf(well())).toBe("0 green");
  });

  it("1: a budget of the scenario is broken, and a rule without exception", () => {
    const slow = well({ budgets: [{ figure: "lag.healthy.maxMs", min: null, max: 10 }] });
    expect(verdictOf(slow)).toBe(
      "1 red; replication lag without a fault, at worst: 34 ms; at most 10 ms is allowed (lag.healthy.maxMs)",
    );
    const losing = well();
    losing.op("b", 400, put("k3", "v"));
    losing.final("k3", { type: "absent" });
    expect(verdictOf(losing)).toMatch(/^1 red; acknowledged writes lost, though every region came back: 1;/u);
  });

  it("a scenario may allow what is not allowed otherwise", () => {
    const story = well({ budgets: [{ figure: "lost.returns.writes", min: null, max: 1 }] });
    story.op("b", 400, put("k3", "v"));
    story.final("k3", { type: "absent" });
    expect(verdictOf(story)).toBe("0 green");
  });

  it("2: an empty run, one without probes or samples, one that was unwell before its fault", () => {
    expect(verdictOf(new Story())).toMatch(
      /^2 unknown; no write was acknowledged; no region was ever sampled; no probe of the replication lag ever ran/u,
    );
    const unwell = well();
    unwell.op("a", 2, put("k9", "v"), { outcome: "failed" });
    expect(verdictOf(unwell)).toBe("2 unknown; only 50 % of the operations succeeded before the fault");
    const down = well();
    down.sample(50, "b", null);
    expect(verdictOf(down)).toBe("2 unknown; b did not serve before the fault");
    const unmeasured = well({ budgets: [{ figure: "revocation.maxMs", min: null, max: 10 }] });
    expect(verdictOf(unmeasured)).toMatch(/^2 unknown; revocation.maxMs was not measured/u);
    const unread = well();
    unread.op("a", 400, put("k4", "v"));
    expect(verdictOf(unread)).toBe("2 unknown; 1 keys with acknowledged writes were not read at the end");
    const quiet = new Story({ expectsFault: true });
    quiet.op("a", 1, put("k", "v"));
    quiet.final("k", string("v"));
    expect(verdictOf(quiet)).toMatch(/the fault was never injected/u);
  });

  it("what was lost is held against a run that is unwell otherwise", () => {
    const story = new Story();
    story.op("a", 1, put("k", "v"));
    story.final("k", { type: "absent" });
    expect(verdictOf(story)).toMatch(/^1 red; acknowledged writes lost/u);
  });

  it("3: the harness failed, the record was cut short, a budget is misspelt", () => {
    const failed = well();
    failed.line({ line: "event", atMs: 1, kind: "failure", region: null, detail: "no port was free" });
    expect(verdictOf(failed)).toBe("3 failed; the harness failed: no port was free");
    const cut = well();
    cut.end(null);
    expect(verdictOf(cut)).toBe("3 failed; the record has no end: the run was cut short");
    expect(verdictOf(well({ budgets: [{ figure: "gap.max", min: null, max: 1 }] }))).toBe(
      '3 failed; a budget names "gap.max", which is no figure',
    );
  });

  it("other budgets judge an old record again", () => {
    const record = tellRun(false);
    expect(judge(record).verdict).toBe("green");
    expect(judge(record, [{ figure: "gap.maxMs", min: null, max: 100 }]).verdict).toBe("red");
  });
});

describe("figures of a whole run", () => {
  const { figures } = judge(tellRun(true)).measured;

  it("loss windows: the region returns, and never returns", () => {
    expect(figures["lost.returns.writes"]).toBe(3);
    expect(figures["lost.never.writes"]).toBe(3);
    expect(figures["lost.never.windowMs"]).toBeGreaterThan(50);
    expect(figures["lost.never.windowMs"]).toBeLessThan(120);
    expect(figures["lost.never.local.windowMs"]).toBe(figures["lost.never.windowMs"]);
    expect(figures["lost.never.one.windowMs"]).toBe(0);
  });

  it("clients' gaps, and what they are made of", () => {
    expect(figures["gap.detectedMs"]).toBe(410);
    expect(figures["gap.decidedMs"]).toBe(640);
    expect(figures["gap.maxMs"]).toBeGreaterThan(640);
    expect(figures["gap.maxMs"]).toBeLessThan(1_500);
    expect(figures["failback.errors"]).toBe(0);
  });

  it("exposure: what waited longest to be somewhere else, and everywhere", () => {
    expect(figures["exposure.local.maxMs"]).toBeLessThan(500);
    expect(figures["exposure.everywhere.maxMs"]).toBeGreaterThan(7_000);
    expect(figures["convergence.caughtUpMs"]).toBeLessThan(1_000);
  });

  it("lag, revocation, availability", () => {
    expect(figures["lag.healthy.p50Ms"]).toBeGreaterThan(30);
    expect(figures["lag.fault.maxMs"]).toBeGreaterThan(5_000);
    expect(figures["revocation.maxMs"]).toBeGreaterThan(30);
    expect(figures["availability.fault.share"]).toBeLessThan(1);
    expect(figures["availability.healthy.share"]).toBe(1);
  });
});

describe("single figures", () => {
  it("a client that does not ask is not blind; one that asks in vain is, until it stops", () => {
    const story = well();
    story.op("a", 50, put("k5", "v"), { client: "once" });
    story.op("b", 51, put("k6", "v"), { client: "vain" });
    for (const at of [150, 2_000]) story.op("b", at, put("k7", "v"), { client: "vain", outcome: "failed" });
    const { gaps } = judge(story.record).measured;
    expect(gaps.map(({ client, gapMs }) => [client, gapMs])).toEqual([
      ["client-a", 299],
      ["vain", 1_949],
    ]);
  });

  it("latency counts from when an operation was due", () => {
    const story = well();
    story.op("a", 90, put("k5", "v"), { scheduledMs: 10, endedMs: 95 });
    expect(judge(story.record).measured.figures["latency.maxMs"]).toBeCloseTo(85, 0);
  });

  it("of a closed loop what it left out is put in", () => {
    const closed = well({ workload: { ratePerSecond: 100, openLoop: false, clients: 1 } });
    closed.op("a", 10, put("k5", "v"), { endedMs: 90 });
    // One answer of 80 ms at 100/s hides seven more, of 70 ms, 60 ms …
    expect(judge(closed.record).measured.figures["latency.healthy.p50Ms"]).toBeGreaterThan(30);
    const open = well();
    open.op("a", 10, put("k5", "v"), { endedMs: 90 });
    expect(judge(open.record).measured.figures["latency.healthy.p50Ms"]).toBeLessThan(2);
  });

  it("an incarnation that is retired from the vectors neither exposes for ever nor is waited for", () => {
    const story = well();
    story.sample(90, "a", { "a#1": 2 });
    for (const region of ["b", "c"]) story.sample(95, region, { "a#1": 2 });
    story.sample(150, "a", { "a#1": 2, "a#2": 1 });
    for (const region of ["a", "b", "c"]) story.sample(250, region, { "a#2": 1 });
    for (const region of ["a", "b", "c"]) story.sample(400, region, { "a#2": 2 });
    const { figures } = judge(story.record).measured;
    expect(figures["convergence.caughtUpMs"]).toBe(50);
    expect(figures["exposure.local.maxMs"]).toBeLessThan(150);
  });

  it("staleness: how old what a read lacked was", () => {
    const story = well();
    story.op("a", 10, { kind: "hash.set", key: "h", field: "f", value: "1" });
    story.read("b", 61, { kind: "hash.read", key: "h" }, hash({}));
    story.read("a", 61, { kind: "hash.read", key: "h" }, hash({ f: "1" }));
    story.final("h", hash({ f: "1" }));
    const { figures } = judge(story.record).measured;
    expect([figures["staleness.staleReads"], figures["staleness.maxMs"]]).toEqual([1, 50]);
  });
});
