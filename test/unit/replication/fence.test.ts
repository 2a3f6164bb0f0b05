import { describe, expect, it } from "vitest";
import { memberToFence, type FenceFacts } from "../../../src/replication/membership/fence.ts";
import { membershipOf } from "../../../src/replication/membership/membership.ts";
import { parseMemberRecords } from "../../../src/replication/membership/member-records.ts";

const HOUR_MS = 3_600_000;

function ask(facts: Partial<FenceFacts>, fields: readonly (readonly [string, string])[] = []): string | null {
  const peers = ["b", "c", "d"].map((name) => ({ name, url: `ws://${name}:1` }));
  const membership = membershipOf({ own: "a", peers, records: parseMemberRecords(fields), hasApplied: () => true });
  const word = (region: string, clockMs: number): FenceFacts["reports"][number] => ({ region, vector: {}, clockMs });
  return memberToFence({
    own: "a",
    membership,
    linked: ["b", "c"],
    reports: [word("b", 50 * HOUR_MS), word("c", 50 * HOUR_MS), word("d", 40 * HOUR_MS)],
    items: 0,
    nowMs: 50 * HOUR_MS,
    limits: { ageMaxMs: 0, itemsMax: 0 },
    ...facts,
  });
}

describe("whom to put out", () => {
  it("nobody, unless the operator has set a budget", () => {
    expect(ask({})).toBeNull();
    expect(ask({ items: 1e9, nowMs: 1e6 * HOUR_MS })).toBeNull();
  });

  it("FN1: whoever has been silent for longer than its budget of time", () => {
    expect(ask({ limits: { ageMaxMs: 11 * HOUR_MS, itemsMax: 0 } })).toBeNull();
    expect(ask({ limits: { ageMaxMs: 9 * HOUR_MS, itemsMax: 0 } })).toBe("d");
    expect(ask({ linked: ["b", "c", "d"], limits: { ageMaxMs: 9 * HOUR_MS, itemsMax: 0 } })).toBeNull();
  });

  it("FN1: or is silent while what is kept has outgrown its number, but not one that may be restarting", () => {
    const limits = { ageMaxMs: 0, itemsMax: 1_000 };
    expect(ask({ items: 1_001, limits })).toBe("d");
    expect(ask({ items: 1_000, limits })).toBeNull();
    expect(ask({ items: 1_001, limits, nowMs: 40 * HOUR_MS + 60_000 })).toBeNull();
  });

  it("FN2: only while a majority is here: of four two are none, and neither half puts out the other", () => {
    const limits = { ageMaxMs: HOUR_MS, itemsMax: 0 };
    expect(ask({ linked: ["b"], limits })).toBeNull();
    expect(ask({ linked: ["b", "c"], limits })).toBe("d");
  });

  it("FN3: not a learner, not one that leaves", () => {
    const limits = { ageMaxMs: HOUR_MS, itemsMax: 0 };
    for (const state of ["learner", "leaving", "left", "evicted"]) {
      expect(ask({ limits }, [["member:d", JSON.stringify({ state, url: null })]]), state).toBeNull();
    }
  });
});
