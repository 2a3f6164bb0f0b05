import { describe, expect, it } from "vitest";
import { lookAtFence, type FenceFacts } from "../../../src/replication/membership/fence.ts";
import { membershipOf } from "../../../src/replication/membership/membership.ts";
import { parseMemberRecords } from "../../../src/replication/membership/member-records.ts";

const HOUR_MS = 3_600_000;
const NONE = { ageMaxMs: 0, itemsMax: 0, bytesMax: 0 };

function ask(facts: Partial<FenceFacts>, fields: readonly (readonly [string, string])[] = []): string | null {
  const peers = ["b", "c", "d"].map((name) => ({ name, url: `ws://${name}:1` }));
  const membership = membershipOf({ own: "a", peers, records: parseMemberRecords(fields), hasApplied: () => true });
  const word = (region: string, clockMs: number): FenceFacts["reports"][number] => ({ region, vector: {}, clockMs });
  const found = lookAtFence({
    own: "a",
    membership,
    linked: ["b", "c"],
    reports: [word("b", 50 * HOUR_MS), word("c", 50 * HOUR_MS), word("d", 40 * HOUR_MS)],
    hasIssued: () => false,
    sinceMs: 49 * HOUR_MS,
    kept: { items: 0, bytes: 0 },
    nowMs: 50 * HOUR_MS,
    limits: NONE,
    ...facts,
  });
  return found?.isDue === true ? found.region : null;
}

describe("whom to put out", () => {
  it("nobody, unless the operator has set a budget", () => {
    expect(ask({})).toBeNull();
    expect(ask({ kept: { items: 1e9, bytes: 1e12 }, nowMs: 1e6 * HOUR_MS })).toBeNull();
  });

  it("FN1: whoever has been silent for longer than its budget of time", () => {
    expect(ask({ limits: { ...NONE, ageMaxMs: 11 * HOUR_MS } })).toBeNull();
    expect(ask({ limits: { ...NONE, ageMaxMs: 9 * HOUR_MS } })).toBe("d");
    expect(ask({ linked: ["b", "c", "d"], limits: { ...NONE, ageMaxMs: 9 * HOUR_MS } })).toBeNull();
  });

  it("FN1: or is silent while what is kept has outgrown its number, but not one that may be restarting", () => {
    const limits = { ...NONE, itemsMax: 1_000 };
    expect(ask({ kept: { items: 1_001, bytes: 0 }, limits })).toBe("d");
    expect(ask({ kept: { items: 1_000, bytes: 0 }, limits })).toBeNull();
    expect(ask({ kept: { items: 1_001, bytes: 0 }, limits, nowMs: 40 * HOUR_MS + 60_000 })).toBeNull();
  });

  it("FN1: by bytes too; and one that spoke before we started has been silent since", () => {
    const limits = { ...NONE, bytesMax: 1_000 };
    expect(ask({ kept: { items: 0, bytes: 1_001 }, limits })).toBe("d");
    expect(ask({ kept: { items: 0, bytes: 999 }, limits })).toBeNull();
    const unheard = { reports: [], limits: { ...NONE, ageMaxMs: HOUR_MS / 2 } };
    expect(ask(unheard)).toBeNull();
    expect(ask({ ...unheard, hasIssued: (region) => region === "d" })).toBe("d");
    expect(ask({ ...unheard, hasIssued: () => true, sinceMs: 50 * HOUR_MS - 1_000 })).toBeNull();
  });

  it("FN2: only while a majority is here: of four two are none, and neither half puts out the other", () => {
    const limits = { ...NONE, ageMaxMs: HOUR_MS };
    expect(ask({ linked: ["b"], limits })).toBeNull();
    expect(ask({ linked: ["b", "c"], limits })).toBe("d");
  });

  it("FN3: not a learner, not one that leaves", () => {
    const limits = { ...NONE, ageMaxMs: HOUR_MS };
    for (const state of ["learner", "leaving", "left", "evicted"]) {
      expect(ask({ limits }, [["member:d", JSON.stringify({ state, url: null })]]), state).toBeNull();
    }
  });
});
