import { seededRandom, type Random } from "../../src/base/random.ts";
import { choose, NO_WISHES, type Choice, type ChoiceReason, type Landscape } from "../../src/router/choice.ts";
import { unknownRegion, type HealthKind, type RegionHealth } from "../../src/router/health-state.ts";
import { nextWakeMs, step, type HealthEvent } from "../../src/router/health.ts";
import { ROUTER_LIMITS } from "../../src/router/limits.ts";
import { noNearest, reconsider, shiftedShare, type Nearest } from "../../src/router/nearest.ts";
import type { Readiness } from "../../src/router/readiness.ts";
import { candidateOf, type Candidate } from "../../src/router/score.ts";

/** How a region answers: after a round trip in milliseconds, not at all though it takes connections, or with a refusal. */
export type Answer = number | "silent" | "refuses";

/** A region at one moment. Probes and requests may be answered differently: it may lie, or the way may differ. */
export interface Behaviour {
  readonly probe: Answer;
  readonly readiness?: Readiness;
  /** `fails`: answered, with an error. */
  readonly request?: Answer | "fails";
}

export type Script = (atMs: number) => Behaviour;

export interface HealthChange {
  readonly atMs: number;
  readonly region: string;
  readonly to: HealthKind;
}

export interface NearestChange {
  readonly atMs: number;
  readonly from: string | null;
  readonly to: string | null;
  /** What the one that was left was at that moment. */
  readonly leftStanding: Candidate["standing"] | null;
}

export interface Routed {
  readonly atMs: number;
  readonly first: string;
  readonly reason: ChoiceReason;
  readonly candidates: readonly Candidate[];
}

interface Region {
  readonly script: Script;
  health: RegionHealth;
  wakeMs: number;
}

interface Due {
  readonly atMs: number;
  readonly act: () => void;
}

const READY: Readiness = { kind: "ready", lagMs: 0 };

/**
 * The router's thinking in virtual time: the health machines, the nearest with its inertia and the choice for each request, against regions
 * that behave by script. What the sockets do is played: time-outs, refusals, requests that are cut off as their region goes down.
 */
export class SimulatedRouter {
  readonly health: HealthChange[] = [];
  readonly nearestChanges: NearestChange[] = [];
  nowMs = 0;
  requests = 0;
  failed = 0;
  readonly served = new Map<string, number>();
  readonly #random: Random;
  readonly #regions: Map<string, Region>;
  readonly #requestEveryMs: number;
  readonly #onRouted: (routed: Routed) => void;
  #due: Due[] = [];
  #nearest: Nearest = noNearest(0);

  constructor(
    seed: number,
    scripts: Readonly<Record<string, Script>>,
    requestEveryMs: number,
    onRouted: (routed: Routed) => void = () => {},
  ) {
    this.#random = seededRandom(seed);
    this.#requestEveryMs = requestEveryMs;
    this.#onRouted = onRouted;
    this.#regions = new Map(
      Object.entries(scripts).map(([name, script]) => [name, { script, health: unknownRegion(0), wakeMs: 0 }]),
    );
    // The router waits for first answers before it serves: a second at most.
    this.#after(1000, () => this.#round());
    this.#after(1000, () => this.#request());
  }

  runUntil(endMs: number): void {
    for (;;) {
      let next: Due | null = null;
      for (const due of this.#due) if (next === null || due.atMs < next.atMs) next = due;
      let woken: string | null = null;
      let atMs = next?.atMs ?? Number.POSITIVE_INFINITY;
      for (const [name, { wakeMs }] of this.#regions) {
        if (wakeMs < atMs) [woken, atMs] = [name, wakeMs];
      }
      if (atMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, atMs);
      if (woken !== null) {
        this.#feed(woken, { kind: "tick" });
      } else {
        this.#due.splice(this.#due.indexOf(next!), 1);
        next!.act();
      }
    }
    this.nowMs = endMs;
  }

  candidates(): Candidate[] {
    return Array.from(this.#regions, ([name, { health }]) =>
      candidateOf(name, health, 0, this.nowMs, ROUTER_LIMITS, Number.POSITIVE_INFINITY),
    );
  }

  #after(delayMs: number, act: () => void): void {
    this.#due.push({ atMs: this.nowMs + delayMs, act });
  }

  #feed(name: string, event: HealthEvent): void {
    const region = this.#regions.get(name)!;
    const limits = ROUTER_LIMITS.health;
    const { health, effects } = step(region.health, event, { nowMs: this.nowMs, limits, random: this.#random });
    const wasReady = region.health.readiness.kind;
    region.health = health;
    region.wakeMs = Math.max(this.nowMs + 0.01, nextWakeMs(health, limits));
    for (const effect of effects) {
      if (effect.kind === "probe") this.#probe(name, effect.number, effect.timeoutMs);
      else {
        this.health.push({ atMs: this.nowMs, region: name, to: effect.to.kind });
        this.#reconsider(false);
      }
    }
    if (wasReady !== health.readiness.kind) this.#reconsider(false);
  }

  #probe(name: string, number: number, timeoutMs: number): void {
    const { probe, readiness = READY } = this.#regions.get(name)!.script(this.nowMs);
    if (probe === "refuses") {
      return this.#after(1, () => this.#feed(name, { kind: "probe-failed", number, reason: "refused" }));
    }
    if (probe === "silent" || probe > timeoutMs) {
      return this.#after(timeoutMs, () => this.#feed(name, { kind: "probe-failed", number, reason: "no answer" }));
    }
    this.#after(probe, () => this.#feed(name, { kind: "probe-answered", number, roundTripMs: probe, readiness }));
  }

  #round(): void {
    this.#reconsider(true);
    this.#after(ROUTER_LIMITS.choice.roundMs, () => this.#round());
  }

  #reconsider(isRound: boolean): void {
    if (this.nowMs < 1000) return;
    const from = this.#nearest.name;
    const candidates = this.candidates();
    const { nearest, reason } = reconsider(this.#nearest, candidates, isRound, this.nowMs, ROUTER_LIMITS.choice);
    this.#nearest = nearest;
    if (reason === null || nearest.name === from) return;
    const leftStanding = candidates.find(({ name }) => name === from)?.standing ?? null;
    this.nearestChanges.push({ atMs: this.nowMs, from, to: nearest.name, leftStanding });
  }

  #request(): void {
    const landscape: Landscape = {
      candidates: this.candidates(),
      nearest: this.#nearest.name,
      previous: this.#nearest.previous,
      shifted: shiftedShare(this.#nearest, this.nowMs, ROUTER_LIMITS.choice),
    };
    const choice = choose(NO_WISHES, landscape, this.#random.next());
    this.requests++;
    if (choice.kind === "route") {
      const { candidates } = landscape;
      this.#onRouted({ atMs: this.nowMs, first: choice.order[0]!, reason: choice.reason, candidates });
      this.#send(choice, 0);
    } else {
      this.failed++;
    }
    this.#after(this.#requestEveryMs * (0.5 + this.#random.next()), () => this.#request());
  }

  #send(choice: Extract<Choice, { kind: "route" }>, at: number): void {
    const name = choice.order[at];
    if (name === undefined) {
      this.failed++;
      return;
    }
    const behaviour = this.#regions.get(name)!.script(this.nowMs);
    const answer = behaviour.request ?? behaviour.probe;
    if (answer === "refuses") {
      return this.#after(1, () => {
        this.#feed(name, { kind: "request-failed", reason: "refused" });
        this.#feed(name, { kind: "doubted" });
        this.#send(choice, at + 1);
      });
    }
    if (answer === "silent") {
      // It hangs until its region goes down, and a write is not sent anywhere else then.
      this.failed++;
      return;
    }
    const isError = answer === "fails";
    this.#after(isError ? 5 : answer, () => {
      if (isError) this.failed++;
      else this.served.set(name, (this.served.get(name) ?? 0) + 1);
      this.#feed(name, isError ? { kind: "request-failed", reason: "500" } : { kind: "request-succeeded" });
    });
  }
}
