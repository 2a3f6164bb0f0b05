import { byScore } from "./score.ts";
import type { Candidate } from "./score.ts";

/**
 * Where one client goes: forced > preferred > sticky > nearest, then the others in order of score to fall back on. Pure: the
 * regions as they are, the client's wishes and a draw go in.
 *
 * A forced region is a promise (data residency, a test of one region): it is served there or refused, never moved. A preference
 * gives way when its region is down or behind. With no region fit, all are tried in order of score: the router's view may be
 * wrong, and refusing everybody on a mistaken view is the worse error.
 */
export interface Wishes {
  readonly forced: string | null;
  readonly preferred: string | null;
  /** The region this client's connection was given last. */
  readonly sticky: string | null;
  /** The only regions that may serve this client; null: any. */
  readonly within: readonly string[] | null;
}

export const NO_WISHES: Wishes = { forced: null, preferred: null, sticky: null, within: null };

export type ChoiceReason = "forced" | "preferred" | "sticky" | "nearest" | "shifting" | "warming" | "fail-open";

export type Choice =
  | {
      readonly kind: "route";
      /** Where to try, in order; never empty. */
      readonly order: readonly string[];
      readonly reason: ChoiceReason;
      /** Regions that would have come first but cannot serve: what `x-failover` names. */
      readonly passedOver: readonly string[];
    }
  | { readonly kind: "unknown-region"; readonly name: string; readonly known: readonly string[] }
  | { readonly kind: "forced-region-down"; readonly name: string; readonly known: readonly string[] }
  /** It was asked for by name, and may not serve this client. */
  | { readonly kind: "out-of-bounds"; readonly name: string; readonly within: readonly string[] }
  | { readonly kind: "no-regions" };

export interface Landscape {
  /** In the order of the configuration. */
  readonly candidates: readonly Candidate[];
  readonly nearest: string | null;
  /** The nearest before the last change for the better, and how many clients (0–1) have moved on from it. */
  readonly previous: string | null;
  readonly shifted: number;
}

/** `draw`: uniform in [0, 1), decides for slow start and shifting. */
export function choose(wishes: Wishes, landscape: Landscape, draw: number): Choice {
  const { within } = wishes;
  const known = landscape.candidates.map((candidate) => candidate.name);
  for (const name of [wishes.forced, wishes.preferred]) {
    if (name !== null && !known.includes(name)) return { kind: "unknown-region", name, known };
    if (name !== null && within !== null && !within.includes(name)) return { kind: "out-of-bounds", name, within };
  }
  if (within === null) return chooseFreely(wishes, landscape, draw);
  const candidates = landscape.candidates.filter((candidate) => within.includes(candidate.name));
  return chooseFreely(wishes, { ...landscape, candidates }, draw);
}

function chooseFreely(wishes: Wishes, landscape: Landscape, draw: number): Choice {
  const { candidates } = landscape;
  const find = (name: string | null) => candidates.find((candidate) => candidate.name === name);
  const known = candidates.map((candidate) => candidate.name);
  const forced = find(wishes.forced);
  if (forced !== undefined) {
    if (forced.standing === "unavailable") return { kind: "forced-region-down", name: forced.name, known };
    return { kind: "route", order: [forced.name], reason: "forced", passedOver: [] };
  }
  const fallbacks = fallbackOrder(candidates);
  const wished = find(wishes.preferred) ?? find(wishes.sticky);
  const missed = wished !== undefined && wished.standing !== "available" ? [wished.name] : [];
  if (wished !== undefined && wished.standing === "available" && draw < wished.share) {
    if (wishes.preferred !== null) return route(wished.name, "preferred", fallbacks, []);
    return route(wished.name, "sticky", fallbacks, nearerButUnfit(candidates, wished));
  }
  const first = fallbacks[0];
  if (first === undefined) return { kind: "no-regions" };
  if (first.standing === "unavailable" || first.standing === "unknown") {
    return route(first.name, "fail-open", fallbacks, missed);
  }
  const [home, reason] = homeOf(landscape, draw, first);
  const unfit = nearerButUnfit(candidates, home);
  return route(home.name, reason, fallbacks, [...new Set([...missed, ...unfit])]);
}

/** The regions this client would be at, were they well. */
function nearerButUnfit(candidates: readonly Candidate[], chosen: Candidate): string[] {
  const isUnfit = ({ standing }: Candidate) => standing === "unavailable" || standing === "degraded";
  return candidates.filter((one) => one.scoreMs < chosen.scoreMs && isUnfit(one)).map((one) => one.name);
}

/**
 * Available by score, then degraded, then never heard of; and only if there are none of these: those that are down, first among them
 * those that have begun to answer. By score alone a dead nearest region would keep every write from one that is on its way back.
 */
function fallbackOrder(candidates: readonly Candidate[]): Candidate[] {
  const of = (standing: Candidate["standing"]) =>
    byScore(candidates.filter((candidate) => candidate.standing === standing));
  const fit = [...of("available"), ...of("degraded"), ...of("unknown")];
  if (fit.length > 0) return fit;
  const down = of("unavailable");
  return [...down.filter((one) => one.answersAgain === true), ...down.filter((one) => one.answersAgain !== true)];
}

/** The nearest by inertia, unless this client is not to move there yet, or the region is still warming up. */
function homeOf(landscape: Landscape, draw: number, first: Candidate): readonly [Candidate, ChoiceReason] {
  const { candidates, nearest, previous, shifted } = landscape;
  const servesNow = (name: string | null) =>
    candidates.find((candidate) => candidate.name === name && candidate.standing === first.standing);
  const home = servesNow(nearest) ?? first;
  const left = servesNow(previous);
  if (left !== undefined && draw >= shifted) return [left, "shifting"];
  if (draw < home.share) return [home, "nearest"];
  const steady = byScore(candidates.filter((one) => one.standing === first.standing && draw < one.share))[0];
  return steady === undefined ? [home, "nearest"] : [steady, "warming"];
}

function route(
  name: string,
  reason: ChoiceReason,
  fallbacks: readonly Candidate[],
  passedOver: readonly string[],
): Choice {
  const rest = fallbacks.map((candidate) => candidate.name).filter((other) => other !== name);
  return { kind: "route", order: [name, ...rest], reason, passedOver: passedOver.filter((other) => other !== name) };
}
