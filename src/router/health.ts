import { unreachable } from "../base/assert.ts";
import type { Random } from "../base/random.ts";
import type { HealthState, RegionHealth } from "./health-state.ts";
import type { HealthLimits } from "./limits.ts";
import { judgeLag } from "./readiness.ts";
import type { Readiness } from "./readiness.ts";
import { condemnation, NO_TRAFFIC, recordOutcome } from "./traffic-window.ts";

/**
 * Whether a region may be sent clients, decided without sockets or clocks: an event, the time and chance go in, the next state
 * and what to do come out. So an hour of flapping is a test of milliseconds.
 *
 * Silence must be noticed within two seconds, and yet one lost packet must not move everybody. So a quiet region is probed each
 * second; a probe that is merely *late* already makes it suspect, and a suspect is probed every 250 ms without waiting for the
 * earlier probes; three failures, and it is down. Time-outs follow the measured round trip within 250–500 ms, and those of a
 * suspect shrink towards the two-second mark, never below two round trips: a region farther than about 250 ms may take longer.
 */
export type HealthEvent =
  | { readonly kind: "tick" }
  | {
      readonly kind: "probe-answered";
      readonly number: number;
      readonly roundTripMs: number;
      readonly readiness: Readiness;
    }
  | { readonly kind: "probe-failed"; readonly number: number; readonly reason: string }
  | { readonly kind: "request-succeeded" }
  | { readonly kind: "request-failed"; readonly reason: string }
  /** Something odd that is no proof: look now instead of at the next round. */
  | { readonly kind: "doubted" };

export type HealthEffect =
  | { readonly kind: "probe"; readonly number: number; readonly timeoutMs: number }
  | { readonly kind: "changed"; readonly from: HealthState; readonly to: HealthState; readonly reason: string };

export interface HealthSurroundings {
  readonly nowMs: number;
  readonly limits: HealthLimits;
  readonly random: Random;
}

export interface HealthStep {
  readonly health: RegionHealth;
  readonly effects: readonly HealthEffect[];
}

/** One event, then whatever is due by the clock. */
export function step(health: RegionHealth, event: HealthEvent, around: HealthSurroundings): HealthStep {
  const effects: HealthEffect[] = [];
  let next = advance(health, event, around, effects);
  next = pass(next, around, effects);
  next = startDueProbe(next, around, effects);
  return { health: next, effects };
}

/** When `tick` is next due. */
export function nextWakeMs(health: RegionHealth, limits: HealthLimits): number {
  switch (health.state.kind) {
    case "down":
      return health.state.untilMs;
    case "healthy":
      return Math.min(health.nextProbeMs, lateAtMs(health, limits));
    case "warming":
      return Math.min(health.nextProbeMs, lateAtMs(health, limits), health.state.sinceMs + limits.warmingMs);
    case "suspect":
    case "probing":
      return health.nextProbeMs;
    default:
      return unreachable(health.state);
  }
}

function advance(
  health: RegionHealth,
  event: HealthEvent,
  around: HealthSurroundings,
  effects: HealthEffect[],
): RegionHealth {
  switch (event.kind) {
    case "tick":
      return health;
    case "probe-answered":
      return answered(health, event, around, effects);
    case "probe-failed":
      return failed(health, event, around, effects);
    case "request-succeeded":
      if (!isUp(health.state)) return health;
      return { ...health, traffic: recordOutcome(health.traffic, false, around.nowMs, around.limits) };
    case "request-failed": {
      if (!isUp(health.state)) return health;
      const traffic = recordOutcome(health.traffic, true, around.nowMs, around.limits);
      const reason = condemnation(traffic, around.limits);
      const counted = { ...health, traffic };
      return reason === null
        ? hasten(counted, around)
        : goDown(counted, `${reason}, the last: ${event.reason}`, around, effects);
    }
    case "doubted":
      return isUp(health.state) ? hasten(health, around) : health;
    default:
      return unreachable(event);
  }
}

function answered(
  health: RegionHealth,
  event: Extract<HealthEvent, { kind: "probe-answered" }>,
  around: HealthSurroundings,
  effects: HealthEffect[],
): RegionHealth {
  if (!health.probes.some((probe) => probe.number === event.number)) return health;
  const { nowMs, limits } = around;
  const newest = limits.latencyNewestShare;
  const heard: RegionHealth = {
    ...health,
    // Older probes are dropped with it: the region has answered since they were sent.
    probes: health.probes.filter((probe) => probe.number > event.number),
    latencyMs:
      health.latencyMs === null ? event.roundTripMs : health.latencyMs * (1 - newest) + event.roundTripMs * newest,
    readiness: judgeLag(health.readiness, event.readiness, limits),
    lastGoodMs: nowMs,
  };
  const { state } = heard;
  switch (state.kind) {
    case "healthy":
    case "down":
      return heard;
    case "warming":
      // Slow start is for clients; a region that is still degraded gets none, so its ten seconds have not begun.
      return heard.readiness.kind === "ready" ? heard : { ...heard, state: { kind: "warming", sinceMs: nowMs } };
    case "suspect": {
      const back: HealthState =
        state.warmingSinceMs === null
          ? { kind: "healthy", sinceMs: nowMs }
          : { kind: "warming", sinceMs: state.warmingSinceMs };
      const calm = { ...heard, nextProbeMs: nowMs + pauseMs(around) };
      return change(calm, back, `answered in ${Math.round(event.roundTripMs)} ms`, effects);
    }
    case "probing": {
      const goodProbes = state.goodProbes + 1;
      const needed = state.cause === "start" ? 1 : limits.goodProbesToUp;
      if (goodProbes < needed) {
        return { ...heard, state: { ...state, goodProbes }, nextProbeMs: nowMs + limits.suspectIntervalMs };
      }
      const up: HealthState = { kind: state.cause === "start" ? "healthy" : "warming", sinceMs: nowMs };
      const risen = { ...heard, upSinceMs: nowMs, nextProbeMs: nowMs + pauseMs(around) };
      return change(risen, up, `${goodProbes} good probe${goodProbes === 1 ? "" : "s"}`, effects);
    }
    default:
      return unreachable(state);
  }
}

function failed(
  health: RegionHealth,
  event: Extract<HealthEvent, { kind: "probe-failed" }>,
  around: HealthSurroundings,
  effects: HealthEffect[],
): RegionHealth {
  if (!health.probes.some((probe) => probe.number === event.number)) return health;
  const heard = { ...health, probes: health.probes.filter((probe) => probe.number !== event.number) };
  const { state } = heard;
  switch (state.kind) {
    case "healthy":
    case "warming":
      return suspect(heard, 1, event.reason, around, effects);
    case "suspect": {
      const failedProbes = state.failedProbes + 1;
      if (failedProbes < around.limits.failedProbesToDown)
        return { ...heard, state: { ...state, failedProbes, reason: event.reason } };
      return goDown(heard, `${failedProbes} probes failed, the last: ${event.reason}`, around, effects);
    }
    case "probing":
      return {
        ...heard,
        state: { ...state, goodProbes: 0, reason: event.reason },
        nextProbeMs: Math.max(around.nowMs, heard.lastProbeMs + pauseMs(around)),
      };
    case "down":
      return heard;
    default:
      return unreachable(state);
  }
}

/** What happens by the mere passing of time. */
function pass(health: RegionHealth, around: HealthSurroundings, effects: HealthEffect[]): RegionHealth {
  const { nowMs, limits } = around;
  const { state } = health;
  if (state.kind === "down" && nowMs >= state.untilMs) {
    const probing: HealthState = {
      kind: "probing",
      sinceMs: nowMs,
      cause: "outage",
      goodProbes: 0,
      reason: state.reason,
    };
    return change({ ...health, nextProbeMs: nowMs }, probing, "ejection is over", effects);
  }
  if ((state.kind === "healthy" || state.kind === "warming") && nowMs >= lateAtMs(health, limits)) {
    return suspect(
      health,
      0,
      `a probe is unanswered after ${Math.round(nowMs - health.probes[0]!.startedMs)} ms`,
      around,
      effects,
    );
  }
  if (state.kind === "warming" && nowMs >= state.sinceMs + limits.warmingMs) {
    return change(health, { kind: "healthy", sinceMs: nowMs }, "slow start is over", effects);
  }
  return health;
}

function startDueProbe(health: RegionHealth, around: HealthSurroundings, effects: HealthEffect[]): RegionHealth {
  const { nowMs, limits } = around;
  const { state } = health;
  if (state.kind === "down" || nowMs < health.nextProbeMs) return health;
  const number = health.probeCount + 1;
  effects.push({ kind: "probe", number, timeoutMs: timeoutMs(health, around) });
  return {
    ...health,
    probes: [...health.probes, { number, startedMs: nowMs }],
    probeCount: number,
    lastProbeMs: nowMs,
    nextProbeMs: nowMs + (state.kind === "suspect" ? limits.suspectIntervalMs : pauseMs(around)),
  };
}

function isUp(state: HealthState): boolean {
  return state.kind === "healthy" || state.kind === "suspect" || state.kind === "warming";
}

function change(health: RegionHealth, to: HealthState, reason: string, effects: HealthEffect[]): RegionHealth {
  effects.push({ kind: "changed", from: health.state, to, reason });
  return { ...health, state: to };
}

function suspect(
  health: RegionHealth,
  failedProbes: number,
  reason: string,
  around: HealthSurroundings,
  effects: HealthEffect[],
): RegionHealth {
  const warmingSinceMs = health.state.kind === "warming" ? health.state.sinceMs : null;
  const doubted: HealthState = { kind: "suspect", sinceMs: around.nowMs, failedProbes, reason, warmingSinceMs };
  const soon = Math.max(around.nowMs, health.lastProbeMs + around.limits.suspectIntervalMs);
  return change({ ...health, nextProbeMs: soon }, doubted, reason, effects);
}

function goDown(
  health: RegionHealth,
  reason: string,
  around: HealthSurroundings,
  effects: HealthEffect[],
): RegionHealth {
  const { nowMs, limits, random } = around;
  const forgotten = Math.floor((nowMs - health.upSinceMs) / limits.ejectionForgetMs);
  const ejections = Math.max(0, health.ejections - forgotten) + 1;
  const fullMs = Math.min(limits.ejectionMaxMs, limits.ejectionMs * ejections);
  const untilMs = nowMs + fullMs * (1 - limits.ejectionJitterShare * random.next());
  const down: HealthState = { kind: "down", sinceMs: nowMs, untilMs, reason };
  return change({ ...health, ejections, probes: [], traffic: NO_TRAFFIC }, down, reason, effects);
}

/** The next probe now, unless one has just been sent. One on its way may have been answered before the trouble began. */
function hasten(health: RegionHealth, around: HealthSurroundings): RegionHealth {
  const soon = Math.max(around.nowMs, health.lastProbeMs + around.limits.suspectIntervalMs);
  return soon < health.nextProbeMs ? { ...health, nextProbeMs: soon } : health;
}

function pauseMs(around: HealthSurroundings): number {
  const { probeIntervalMs, probeJitterShare } = around.limits;
  return probeIntervalMs * (1 + probeJitterShare * (2 * around.random.next() - 1));
}

function usualTimeoutMs(health: RegionHealth, limits: HealthLimits): number {
  if (health.latencyMs === null) return limits.probeTimeoutMaxMs;
  return Math.min(
    limits.probeTimeoutMaxMs,
    Math.max(limits.probeTimeoutMinMs, health.latencyMs * limits.timeoutPerLatency),
  );
}

function timeoutMs(health: RegionHealth, around: HealthSurroundings): number {
  const usual = usualTimeoutMs(health, around.limits);
  if (health.state.kind !== "suspect") return usual;
  const leftMs = health.lastGoodMs + around.limits.silenceMaxMs - around.nowMs;
  const leastMs = Math.max(around.limits.suspectIntervalMs / 2, 2 * (health.latencyMs ?? 0));
  return Math.min(usual, Math.max(leftMs, leastMs));
}

/** When the oldest open probe counts as late: after twice the usual round trip, not sooner than a suspect's interval. */
function lateAtMs(health: RegionHealth, limits: HealthLimits): number {
  const oldest = health.probes[0];
  if (oldest === undefined) return Number.POSITIVE_INFINITY;
  const patienceMs = Math.max(limits.suspectIntervalMs, 2 * (health.latencyMs ?? 0));
  return oldest.startedMs + Math.min(patienceMs, usualTimeoutMs(health, limits));
}
