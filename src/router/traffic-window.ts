import type { HealthLimits } from "./limits.ts";

/**
 * What real requests say about a region: failures in a row, and successes and failures over the last moments. Probes take one
 * small road; a region whose probes answer while its requests fail (a broken listener behind a healthy one, a path that drops
 * large packets) is found here. Kept in eight slices of time, so that its size does not grow with traffic.
 */
export interface TrafficWindow {
  readonly consecutiveFailures: number;
  readonly slices: readonly TrafficSlice[];
}

interface TrafficSlice {
  readonly startMs: number;
  readonly succeeded: number;
  readonly failed: number;
}

const SLICES = 8;

export const NO_TRAFFIC: TrafficWindow = { consecutiveFailures: 0, slices: [] };

/** The window with one more outcome; slices older than the window are dropped. */
export function recordOutcome(
  window: TrafficWindow,
  failed: boolean,
  nowMs: number,
  limits: HealthLimits,
): TrafficWindow {
  const sliceMs = limits.errorWindowMs / SLICES;
  const recent = window.slices.filter((slice) => slice.startMs > nowMs - limits.errorWindowMs);
  const last = recent.at(-1);
  const current =
    last !== undefined && nowMs < last.startMs + sliceMs ? last : { startMs: nowMs, succeeded: 0, failed: 0 };
  const counted: TrafficSlice = {
    startMs: current.startMs,
    succeeded: current.succeeded + (failed ? 0 : 1),
    failed: current.failed + (failed ? 1 : 0),
  };
  return {
    consecutiveFailures: failed ? window.consecutiveFailures + 1 : 0,
    slices: current === last ? [...recent.slice(0, -1), counted] : [...recent, counted],
  };
}

/** Why these outcomes condemn the region, or null where they do not. */
export function condemnation(window: TrafficWindow, limits: HealthLimits): string | null {
  if (window.consecutiveFailures >= limits.consecutiveErrorsToDown) {
    return `${window.consecutiveFailures} requests in a row failed`;
  }
  let failed = 0;
  let total = 0;
  for (const slice of window.slices) {
    failed += slice.failed;
    total += slice.failed + slice.succeeded;
  }
  if (total >= limits.requestsToJudge && failed >= total * limits.errorShareToDown) {
    return `${failed} of ${total} requests failed within ${limits.errorWindowMs} ms`;
  }
  return null;
}
