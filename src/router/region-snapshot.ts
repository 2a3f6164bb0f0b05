import type { GeoPoint } from "../base/geo-point.ts";
import type { HealthKind, HealthState, RegionHealth } from "./health-state.ts";
import type { RegionAddress } from "./region-flag.ts";
import type { Candidate } from "./score.ts";

/** A region as the router sees it at one moment, for people and programs that ask. */
export interface RegionSnapshot {
  readonly name: string;
  readonly state: HealthKind;
  /** Why it is suspect, down or probing; null otherwise. */
  readonly reason: string | null;
  readonly degraded: string | null;
  readonly nearest: boolean;
  readonly available: boolean;
  readonly scoreMs: number | null;
  readonly latencyMs: number | null;
  readonly lagMs: number;
  /** HTTP requests being answered there now, event streams apart. */
  readonly inFlight: number;
  readonly restUrl: string;
  readonly respUrl: string | null;
  readonly publicRest: string | null;
  readonly publicResp: string | null;
  readonly location: GeoPoint | null;
}

export function snapshotOf(
  candidate: Candidate,
  health: RegionHealth,
  inFlight: number,
  address: RegionAddress,
  isNearest: boolean,
): RegionSnapshot {
  return {
    name: candidate.name,
    state: health.state.kind,
    reason: reasonOf(health.state),
    degraded: health.readiness.kind === "degraded" ? health.readiness.reason : null,
    nearest: isNearest,
    available: candidate.standing === "available",
    scoreMs: Number.isFinite(candidate.scoreMs) ? candidate.scoreMs : null,
    latencyMs: health.latencyMs,
    lagMs: health.readiness.lagMs,
    inFlight,
    restUrl: address.restUrl,
    respUrl: address.respUrl,
    publicRest: address.publicRest ?? null,
    publicResp: address.publicResp ?? null,
    location: address.location ?? null,
  };
}

function reasonOf(state: HealthState): string | null {
  return state.kind === "suspect" || state.kind === "down" || state.kind === "probing" ? state.reason : null;
}
