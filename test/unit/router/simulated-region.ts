import { seededRandom } from "../../../src/base/random.ts";
import { nextWakeMs, step } from "../../../src/router/health.ts";
import type { HealthEvent } from "../../../src/router/health.ts";
import { unknownRegion } from "../../../src/router/health-state.ts";
import type { HealthKind, RegionHealth } from "../../../src/router/health-state.ts";
import { ROUTER_LIMITS } from "../../../src/router/limits.ts";
import type { Readiness } from "../../../src/router/readiness.ts";

/** How a simulated region answers a probe sent at some moment: after a round trip, with a refusal, or never. */
export type Behaviour =
  | { readonly kind: "answers"; readonly afterMs: number; readonly readiness?: Readiness }
  | { readonly kind: "refuses" }
  | { readonly kind: "silent" };

export interface Transition {
  readonly atMs: number;
  readonly from: HealthKind;
  readonly to: HealthKind;
  readonly reason: string;
}

interface Due {
  readonly atMs: number;
  readonly event: HealthEvent;
}

const READY: Readiness = { kind: "ready", lagMs: 0 };

/** A region's health machine in virtual time, against a region that behaves as a function of time says. */
export class SimulatedRegion {
  readonly transitions: Transition[] = [];
  readonly probesAtMs: number[] = [];
  health: RegionHealth;
  nowMs = 0;
  readonly #behaviour: (atMs: number, kind: HealthKind) => Behaviour;
  readonly #random: ReturnType<typeof seededRandom>;
  #due: Due[] = [];

  constructor(seed: number, behaviour: (atMs: number, kind: HealthKind) => Behaviour) {
    this.#behaviour = behaviour;
    this.#random = seededRandom(seed);
    this.health = unknownRegion(0);
    this.feed({ kind: "tick" });
  }

  get kind(): HealthKind {
    return this.health.state.kind;
  }

  feed(event: HealthEvent): void {
    const result = step(this.health, event, { nowMs: this.nowMs, limits: ROUTER_LIMITS.health, random: this.#random });
    this.health = result.health;
    for (const effect of result.effects) {
      if (effect.kind === "changed") {
        this.transitions.push({ atMs: this.nowMs, from: effect.from.kind, to: effect.to.kind, reason: effect.reason });
      } else {
        this.probesAtMs.push(this.nowMs);
        this.#due.push(this.#answer(effect.number, effect.timeoutMs));
      }
    }
  }

  runUntil(endMs: number): void {
    for (;;) {
      const first = this.#due.toSorted((one, other) => one.atMs - other.atMs)[0];
      const wakeMs = nextWakeMs(this.health, ROUTER_LIMITS.health);
      const nextMs = Math.max(this.nowMs, Math.min(first?.atMs ?? Number.POSITIVE_INFINITY, wakeMs));
      if (nextMs > endMs) break;
      this.nowMs = nextMs;
      if (first !== undefined && first.atMs <= nextMs) {
        this.#due = this.#due.filter((due) => due !== first);
        this.feed(first.event);
      } else {
        this.feed({ kind: "tick" });
      }
    }
    this.nowMs = endMs;
  }

  firstTo(kind: HealthKind, afterMs = 0): number | null {
    return this.transitions.find((change) => change.to === kind && change.atMs >= afterMs)?.atMs ?? null;
  }

  #answer(number: number, timeoutMs: number): Due {
    const behaviour = this.#behaviour(this.nowMs, this.kind);
    if (behaviour.kind === "refuses") {
      return { atMs: this.nowMs + 1, event: { kind: "probe-failed", number, reason: "refused" } };
    }
    if (behaviour.kind === "silent" || behaviour.afterMs > timeoutMs) {
      return { atMs: this.nowMs + timeoutMs, event: { kind: "probe-failed", number, reason: "no answer" } };
    }
    const { afterMs, readiness = READY } = behaviour;
    return { atMs: this.nowMs + afterMs, event: { kind: "probe-answered", number, roundTripMs: afterMs, readiness } };
  }
}
