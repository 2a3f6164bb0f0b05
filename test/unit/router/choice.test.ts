import { describe, expect, test } from "vitest";
import { choose, NO_WISHES } from "../../../src/router/choice.ts";
import type { Choice, Landscape, Wishes } from "../../../src/router/choice.ts";
import type { Candidate } from "../../../src/router/score.ts";

type Sketch = Partial<Candidate> & { readonly name: string };

function region(sketch: Sketch): Candidate {
  return { kind: "healthy", standing: "available", scoreMs: 10, share: 1, ...sketch };
}

function world(regions: readonly Sketch[], more: Partial<Landscape> = {}): Landscape {
  const candidates = regions.map(region);
  const nearest = candidates.find((candidate) => candidate.standing === "available")?.name ?? null;
  return { candidates, nearest, previous: null, shifted: 1, ...more };
}

function wish(wishes: Partial<Wishes>): Wishes {
  return { ...NO_WISHES, ...wishes };
}

const NEAR = { name: "near", scoreMs: 10 };
const MID = { name: "mid", scoreMs: 50 };
const FAR = { name: "far", scoreMs: 90 };
const down = (sketch: Sketch): Sketch => ({ ...sketch, kind: "down", standing: "unavailable" });
const degraded = (sketch: Sketch): Sketch => ({ ...sketch, standing: "degraded" });
const unknown = (sketch: Sketch): Sketch => ({
  ...sketch,
  kind: "probing",
  standing: "unknown",
  scoreMs: Number.POSITIVE_INFINITY,
});

interface Row {
  readonly says: string;
  readonly regions: readonly Sketch[];
  readonly wishes?: Partial<Wishes>;
  readonly more?: Partial<Landscape>;
  readonly draw?: number;
  readonly is: Partial<Extract<Choice, { kind: "route" }>>;
}

const ROWS: readonly Row[] = [
  {
    says: "without wishes the nearest, then by score",
    regions: [FAR, NEAR, MID],
    more: { nearest: "near" },
    is: { order: ["near", "mid", "far"], reason: "nearest" },
  },
  {
    says: "sticky before score",
    regions: [NEAR, MID, FAR],
    wishes: { sticky: "far" },
    is: { order: ["far", "near", "mid"], reason: "sticky" },
  },
  {
    says: "preferred before sticky",
    regions: [NEAR, MID, FAR],
    wishes: { sticky: "far", preferred: "mid" },
    is: { order: ["mid", "near", "far"], reason: "preferred" },
  },
  {
    says: "forced before preferred, and nowhere else",
    regions: [NEAR, MID, FAR],
    wishes: { forced: "far", preferred: "mid" },
    is: { order: ["far"], reason: "forced", passedOver: [] },
  },
  {
    says: "forced to a lagging region is served there",
    regions: [NEAR, degraded(FAR)],
    wishes: { forced: "far" },
    is: { order: ["far"], reason: "forced" },
  },
  {
    says: "forced to a region not heard of yet is tried",
    regions: [NEAR, unknown(FAR)],
    wishes: { forced: "far" },
    is: { order: ["far"], reason: "forced" },
  },
  {
    says: "preferred but down gives way, and says so",
    regions: [NEAR, down(FAR)],
    wishes: { preferred: "far" },
    is: { order: ["near"], reason: "nearest", passedOver: ["far"] },
  },
  {
    says: "preferred but lagging gives way",
    regions: [NEAR, degraded(FAR)],
    wishes: { preferred: "far" },
    is: { order: ["near", "far"], passedOver: ["far"] },
  },
  {
    says: "sticky but down gives way",
    regions: [NEAR, down(FAR)],
    wishes: { sticky: "far" },
    is: { order: ["near"], passedOver: ["far"] },
  },
  {
    says: "a nearer region that is down is named as passed over",
    regions: [down(NEAR), MID, FAR],
    is: { order: ["mid", "far"], reason: "nearest", passedOver: ["near"] },
  },
  {
    says: "the same for a client that sticks to where it went then",
    regions: [down(NEAR), MID, FAR],
    wishes: { sticky: "mid" },
    is: { order: ["mid", "far"], reason: "sticky", passedOver: ["near"] },
  },
  { says: "a farther region that is down is not", regions: [NEAR, down(FAR)], is: { order: ["near"], passedOver: [] } },
  {
    says: "a degraded region comes last, even the nearest",
    regions: [degraded(NEAR), FAR],
    is: { order: ["far", "near"], passedOver: ["near"] },
  },
  {
    says: "degraded only: the best of them",
    regions: [degraded(MID), degraded(NEAR)],
    is: { order: ["near", "mid"], reason: "nearest" },
  },
  {
    says: "none healthy: all in order of score",
    regions: [down(FAR), down(NEAR), down(MID)],
    is: { order: ["near", "mid", "far"], reason: "fail-open" },
  },
  {
    says: "none healthy: one that answers its probes again first",
    regions: [down(NEAR), { ...down(FAR), answersAgain: true }, down(MID)],
    is: { order: ["far", "near", "mid"], reason: "fail-open" },
  },
  {
    says: "none healthy and a wish: still in order of score",
    regions: [down(NEAR), down(FAR)],
    wishes: { preferred: "far" },
    is: { order: ["near", "far"], reason: "fail-open", passedOver: ["far"] },
  },
  {
    says: "nothing heard yet: in the order of the configuration",
    regions: [unknown(FAR), unknown(NEAR)],
    is: { order: ["far", "near"], reason: "fail-open" },
  },
  {
    says: "inertia: the nearest stays though another scores better",
    regions: [NEAR, MID],
    more: { nearest: "mid" },
    is: { order: ["mid", "near"], reason: "nearest" },
  },
  {
    says: "shifting: who is not to move yet stays",
    regions: [NEAR, MID],
    more: { nearest: "near", previous: "mid", shifted: 0.3 },
    draw: 0.5,
    is: { order: ["mid", "near"], reason: "shifting" },
  },
  {
    says: "shifting: who is to move goes",
    regions: [NEAR, MID],
    more: { nearest: "near", previous: "mid", shifted: 0.3 },
    draw: 0.2,
    is: { order: ["near", "mid"], reason: "nearest" },
  },
  {
    says: "shifting away from a region that went down: all move",
    regions: [NEAR, down(MID)],
    more: { nearest: "near", previous: "mid", shifted: 0.3 },
    draw: 0.9,
    is: { order: ["near"], reason: "nearest" },
  },
  {
    says: "slow start: a share of those who prefer it",
    regions: [NEAR, { ...FAR, kind: "warming", share: 0.3 }],
    wishes: { preferred: "far" },
    draw: 0.2,
    is: { order: ["far", "near"], reason: "preferred" },
  },
  {
    says: "slow start: the others go on to the nearest",
    regions: [NEAR, { ...FAR, kind: "warming", share: 0.3 }],
    wishes: { preferred: "far" },
    draw: 0.5,
    is: { order: ["near", "far"], reason: "nearest" },
  },
  {
    says: "slow start of the nearest: a share",
    regions: [{ ...NEAR, kind: "warming", share: 0.3 }, MID],
    draw: 0.5,
    is: { order: ["mid", "near"], reason: "warming" },
  },
  {
    says: "slow start of the only region: all",
    regions: [{ ...NEAR, kind: "warming", share: 0.3 }, down(MID)],
    draw: 0.9,
    is: { order: ["near"], reason: "nearest" },
  },
];

describe("choice", () => {
  test.each(ROWS)("$says", ({ regions, wishes = {}, more = {}, draw = 0.5, is }) => {
    expect(choose(wish(wishes), world(regions, more), draw)).toMatchObject({ kind: "route", ...is });
  });

  test("a forced region that is down is refused, never moved", () => {
    expect(choose(wish({ forced: "far" }), world([NEAR, down(FAR)]), 0)).toEqual({
      kind: "forced-region-down",
      name: "far",
      known: ["near", "far"],
    });
  });

  test.each([{ forced: "mars" }, { preferred: "mars" }])("an unknown region is refused: %o", (wishes) => {
    expect(choose(wish(wishes), world([NEAR, FAR]), 0)).toEqual({
      kind: "unknown-region",
      name: "mars",
      known: ["near", "far"],
    });
  });

  test("a sticky region that is no longer configured is forgotten", () => {
    expect(choose(wish({ sticky: "gone" }), world([NEAR]), 0)).toMatchObject({ order: ["near"], passedOver: [] });
  });
});
