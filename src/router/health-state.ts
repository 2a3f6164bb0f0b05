import type { Readiness } from "./readiness.ts";
import { NO_TRAFFIC } from "./traffic-window.ts";
import type { TrafficWindow } from "./traffic-window.ts";

/**
 * The life of a region as one router sees it:
 *
 *     probing(start) ──good──▶ healthy ◀──────────── 10 s ─────────┐
 *                                │ ▲                               │
 *                 late or failed │ │ answered                      │
 *                                ▼ │                               │
 *                              suspect ◀──────late or failed──── warming
 *                                │   errors of real requests       ▲
 *                 3 failed       ▼   (from any of the three)       │ 3 good
 *                              down ── ejection over ──▶ probing(outage)
 *
 * Each state has only the fields that mean something in it.
 */
export type HealthState =
  | { readonly kind: "healthy"; readonly sinceMs: number }
  | {
      readonly kind: "suspect";
      readonly sinceMs: number;
      readonly failedProbes: number;
      readonly reason: string;
      /** Where it goes back to when it answers: a region doubted while warming has not finished warming. */
      readonly warmingSinceMs: number | null;
    }
  | { readonly kind: "down"; readonly sinceMs: number; readonly untilMs: number; readonly reason: string }
  | {
      readonly kind: "probing";
      readonly sinceMs: number;
      /** `start`: never heard of yet, one good probe suffices. `outage`: it was down. */
      readonly cause: "start" | "outage";
      readonly goodProbes: number;
      readonly reason: string;
    }
  | { readonly kind: "warming"; readonly sinceMs: number };

export type HealthKind = HealthState["kind"];

export const HEALTH_KINDS: readonly HealthKind[] = ["healthy", "suspect", "down", "probing", "warming"];

export interface PendingProbe {
  readonly number: number;
  readonly startedMs: number;
}

/** A region's state with what was measured of it. Times are the router's monotonic milliseconds. */
export interface RegionHealth {
  readonly state: HealthState;
  /** Smoothed round trip of probes; null before the first answer. Kept through an outage: the best guess for its return. */
  readonly latencyMs: number | null;
  readonly readiness: Readiness;
  readonly traffic: TrafficWindow;
  /** Ejections not yet forgotten; the next lasts one step longer. */
  readonly ejections: number;
  /** When it last came up; ejections are forgotten by time spent up. */
  readonly upSinceMs: number;
  readonly lastGoodMs: number;
  readonly probes: readonly PendingProbe[];
  readonly probeCount: number;
  readonly lastProbeMs: number;
  readonly nextProbeMs: number;
}

/** A region nobody has heard of: probed at once. */
export function unknownRegion(nowMs: number): RegionHealth {
  return {
    state: { kind: "probing", sinceMs: nowMs, cause: "start", goodProbes: 0, reason: "not heard of yet" },
    latencyMs: null,
    readiness: { kind: "degraded", lagMs: 0, reason: "unknown" },
    traffic: NO_TRAFFIC,
    ejections: 0,
    upSinceMs: nowMs,
    lastGoodMs: nowMs,
    probes: [],
    probeCount: 0,
    lastProbeMs: Number.NEGATIVE_INFINITY,
    nextProbeMs: nowMs,
  };
}
