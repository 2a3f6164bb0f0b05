import { distanceKm } from "../base/geo-point.ts";
import type { GeoPoint } from "../base/geo-point.ts";
import type { HealthKind, RegionHealth } from "./health-state.ts";
import type { RouterLimits } from "./limits.ts";

/**
 * A region as the choice sees it. `available`: may be anybody's nearest. `degraded`: reachable, but behind or syncing, so the
 * last choice. `unknown`: not heard of since the router started. `unavailable`: down, or not yet proven up again.
 */
export interface Candidate {
  readonly name: string;
  readonly kind: HealthKind;
  readonly standing: "available" | "degraded" | "unknown" | "unavailable";
  /** What a request to it costs, in milliseconds: measured, before that a guess by distance, infinite without one. Lower is nearer. */
  readonly scoreMs: number;
  /** It was down, and has answered its latest probe: of those that are not available it is the likeliest to serve. */
  readonly answersAgain?: boolean;
  /** 0–1: the share of clients it may be given while it warms up; 1 for all others. */
  readonly share: number;
}

/** Light in fibre needs a millisecond for 200 km, there and back for 100; cables are half as long again as the way. */
const MS_PER_KM = 0.015;

/** A guess at the round trip, for want of a measurement; infinite where a place is unknown. */
export function priorOf(here: GeoPoint | null, there: GeoPoint | null): number {
  return here === null || there === null ? Number.POSITIVE_INFINITY : 1 + MS_PER_KM * distanceKm(here, there);
}

/** A region's share on its first moment after an outage: enough to warm caches, little enough to hurt nobody. */
const FIRST_SHARE = 0.1;

export function candidateOf(
  name: string,
  health: RegionHealth,
  inFlight: number,
  nowMs: number,
  limits: RouterLimits,
  priorMs: number,
): Candidate {
  const { scorePerInFlightMs, scorePerLagMs } = limits.choice;
  const scoreMs =
    health.latencyMs === null
      ? priorMs
      : health.latencyMs + inFlight * scorePerInFlightMs + health.readiness.lagMs * scorePerLagMs;
  const { state } = health;
  const share =
    state.kind === "warming"
      ? Math.min(1, FIRST_SHARE + ((1 - FIRST_SHARE) * (nowMs - state.sinceMs)) / limits.health.warmingMs)
      : 1;
  const answersAgain = state.kind === "probing" && state.goodProbes > 0;
  return { name, kind: state.kind, standing: standingOf(health), scoreMs, answersAgain, share };
}

function standingOf(health: RegionHealth): Candidate["standing"] {
  const { state, readiness } = health;
  if (state.kind === "down") return "unavailable";
  if (state.kind === "probing") return state.cause === "start" ? "unknown" : "unavailable";
  return readiness.kind === "ready" ? "available" : "degraded";
}

/** Nearest first; equals in the order of the configuration. */
export function byScore(candidates: readonly Candidate[]): Candidate[] {
  return candidates.toSorted((one, other) => (one.scoreMs === other.scoreMs ? 0 : one.scoreMs - other.scoreMs));
}
