import type { ClientLimits } from "./limits.ts";

/**
 * A region as one client sees it. Pure: what was seen and the time go in, the next view comes out.
 *
 *     unknown ──answers──▶ up ◀──▶ behind (answers that it is not ready)
 *                          │ 2 looks failed, or a connection was refused or broken and the next look fails
 *                          ▼
 *                        down ── 3 good looks (6, 12 … at most 60 after each further outage) ──▶ up
 */
export interface RegionSight {
  readonly name: string;
  readonly state: "unknown" | "up" | "behind" | "down";
  /** Smoothed round trip; null before the first answer. */
  readonly latencyMs: number | null;
  /** In a row. */
  readonly failures: number;
  readonly good: number;
  /** Outages not yet forgotten. */
  readonly downs: number;
  readonly lastDownMs: number;
  /** Why it is down or behind. */
  readonly reason: string | null;
}

export type SightEvent =
  | { readonly kind: "answered"; readonly roundTripMs: number; readonly notReady: string | null }
  | { readonly kind: "failed"; readonly reason: string };

export function unseen(name: string): RegionSight {
  return {
    name,
    state: "unknown",
    latencyMs: null,
    failures: 0,
    good: 0,
    downs: 0,
    lastDownMs: Number.NEGATIVE_INFINITY,
    reason: null,
  };
}

export function see(sight: RegionSight, event: SightEvent, nowMs: number, limits: ClientLimits): RegionSight {
  if (event.kind === "failed") return failed(sight, event.reason, nowMs, limits);
  const { roundTripMs, notReady } = event;
  const share = limits.latencyNewestShare;
  const latencyMs = sight.latencyMs === null ? roundTripMs : sight.latencyMs * (1 - share) + roundTripMs * share;
  const heard = { ...sight, latencyMs, failures: 0, good: sight.good + 1 };
  if (sight.state === "down" && heard.good < neededToUp(sight, limits)) return heard;
  return notReady === null ? { ...heard, state: "up", reason: null } : { ...heard, state: "behind", reason: notReady };
}

/** How long the next look may take. */
export function probeTimeoutMs(sight: RegionSight, limits: ClientLimits): number {
  if (sight.latencyMs === null) return limits.probeTimeoutMaxMs;
  const wantedMs = sight.latencyMs * limits.timeoutPerLatency;
  return Math.min(limits.probeTimeoutMaxMs, Math.max(limits.probeTimeoutMinMs, wantedMs));
}

/** The pause before the next look: none while one that was up is in doubt. */
export function probePauseMs(sight: RegionSight, limits: ClientLimits): number {
  return sight.failures > 0 && sight.state !== "down" ? 0 : limits.probeIntervalMs;
}

function failed(sight: RegionSight, reason: string, nowMs: number, limits: ClientLimits): RegionSight {
  const failures = sight.failures + 1;
  const doubted = { ...sight, failures, good: 0, reason };
  if (sight.state === "down" || (sight.state !== "unknown" && failures < limits.failuresToDown)) return doubted;
  const isRecent = nowMs - sight.lastDownMs < limits.downsForgetMs;
  return { ...doubted, state: "down", downs: isRecent ? sight.downs + 1 : 1, lastDownMs: nowMs };
}

function neededToUp({ downs, latencyMs }: RegionSight, limits: ClientLimits): number {
  // One that was never heard of has not been away.
  if (latencyMs === null) return 1;
  return Math.min(limits.goodToUpMax, limits.goodToUp * 2 ** Math.min(10, Math.max(0, downs - 1)));
}
