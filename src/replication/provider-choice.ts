import { regionOfOrigin, type OriginId, type RegionName } from "../crdt/origin.ts";
import type { NamedVector } from "../crdt/version-vector.ts";
import type { ReplicationLimits } from "./limits.ts";

/** A peer that could provide: an open link we dialled. */
export interface Candidate {
  readonly peer: RegionName;
  /** What it said it has durably; null before its first word. */
  readonly has: NamedVector | null;
  readonly rttMs: number;
  readonly openSinceMs: number;
  /** Nothing was heard on its link for a while. */
  readonly isSilent: boolean;
  /** Its log no longer has what we lack of the region. */
  lacksLogOf(region: RegionName): boolean;
}

/** From whom a region's batches are taken, and since when that has brought nothing though another had something. */
export interface Choice {
  readonly peer: RegionName;
  readonly fruitlessSinceMs: number | null;
}

export interface ChoiceInputs {
  readonly candidates: readonly Candidate[];
  readonly present: ReadonlyMap<RegionName, Choice>;
  /** Highest sequence applied here, by origin. */
  readonly applied: (origin: OriginId) => number;
  readonly nowMs: number;
  readonly limits: Pick<ReplicationLimits, "settleMs" | "providerPatienceMs">;
}

/**
 * From whom to take each region's batches.
 *
 * [CH1] From the region itself while its link is open; at once when nobody else serves its batches, else when the link has been
 *       open for `settleMs`, so that a link that comes and goes does not take them to and fro.
 * [CH2] Else from the peer that has most of what we lack, the nearest of equals.
 * [CH3] A provider is kept while it has anything we lack, or nobody has; it is left after `providerPatienceMs` of the contrary.
 *       Two relays that are ahead of each other by turns do not take turns.
 * [CH4] Never from a peer whose log no longer has it.
 * [CH6] Not over a link that has fallen silent, while another speaks: its peer may run a long command, or be gone.
 * [CH5] When somebody has something of a region that we lack, and of those who do none has it in its log: a snapshot, from the one
 *       of those that lacks least of what we have, the nearest of equals. Never from a peer that has nothing of it: two neighbours
 *       that are behind together would install each other's copies for ever.
 */
export function chooseProviders(regions: Iterable<RegionName>, inputs: ChoiceInputs): Map<RegionName, Choice> {
  const chosen = new Map<RegionName, Choice>();
  for (const region of regions) {
    const choice = chooseFor(region, inputs);
    if (choice !== null) chosen.set(region, choice);
  }
  return chosen;
}

function chooseFor(region: RegionName, inputs: ChoiceInputs): Choice | null {
  const { nowMs, limits } = inputs;
  const able = inputs.candidates.filter((candidate) => !candidate.lacksLogOf(region));
  const speaking = able.filter((candidate) => !candidate.isSilent && candidate.has !== null);
  const candidates = speaking.length === 0 ? able : able.filter((candidate) => !candidate.isSilent);
  const present = inputs.present.get(region);
  const serving = candidates.find((candidate) => candidate.peer === present?.peer);
  const own = candidates.find((candidate) => candidate.peer === region);
  if (own !== undefined && (serving === undefined || serving === own || nowMs - own.openSinceMs >= limits.settleMs)) {
    return { peer: region, fruitlessSinceMs: null };
  }
  const best = bestRelay(region, { ...inputs, candidates });
  if (serving === undefined || present === undefined) {
    return best === null ? null : { peer: best.candidate.peer, fruitlessSinceMs: null };
  }
  const isFruitless = best !== null && best.offered > 0 && offeredBy(region, serving, inputs.applied) === 0;
  if (!isFruitless) return { peer: serving.peer, fruitlessSinceMs: null };
  const sinceMs = present.fruitlessSinceMs ?? nowMs;
  if (nowMs - sinceMs < limits.providerPatienceMs) return { peer: serving.peer, fruitlessSinceMs: sinceMs };
  return { peer: best.candidate.peer, fruitlessSinceMs: null };
}

function bestRelay(
  region: RegionName,
  { candidates, applied }: ChoiceInputs,
): { readonly candidate: Candidate; readonly offered: number } | null {
  let best: { readonly candidate: Candidate; readonly offered: number } | null = null;
  for (const candidate of candidates) {
    // A link without a word is no relay; the region's own is CH1's.
    if (candidate.has === null || candidate.peer === region) continue;
    const offered = offeredBy(region, candidate, applied);
    const isBetter =
      best === null || offered > best.offered || (offered === best.offered && candidate.rttMs < best.candidate.rttMs);
    if (isBetter) best = { candidate, offered };
  }
  return best;
}

/** How many batches of `region` that we lack a candidate has. */
export function offeredBy(
  region: RegionName,
  { has }: Pick<Candidate, "has">,
  applied: (origin: OriginId) => number,
): number {
  let count = 0;
  for (const [origin, sequence] of Object.entries(has ?? {})) {
    if (regionOfOrigin(origin) === region) count += Math.max(0, sequence - applied(origin));
  }
  return count;
}

/** [CH5] Whom to ask for a snapshot; null when none is needed, or nobody could give one. `own` is what we have durably. */
export function chooseSnapshot<C extends Candidate>(
  regions: Iterable<RegionName>,
  candidates: readonly C[],
  applied: (origin: OriginId) => number,
  own: NamedVector,
  isAble: (candidate: C) => boolean,
): C | null {
  const offering = [...regions].flatMap((region) => {
    const having = candidates.filter((candidate) => offeredBy(region, candidate, applied) > 0);
    return having.every((candidate) => candidate.lacksLogOf(region)) ? having : [];
  });
  const missing = ({ has }: C): number =>
    Object.entries(own).reduce((sum, [origin, sequence]) => sum + Math.max(0, sequence - (has?.[origin] ?? 0)), 0);
  return (
    offering.filter(isAble).toSorted((left, right) => missing(left) - missing(right) || left.rttMs - right.rttMs)[0] ??
    null
  );
}
