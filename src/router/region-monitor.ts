import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import { nextWakeMs, step } from "./health.ts";
import type { HealthEffect, HealthEvent } from "./health.ts";
import { unknownRegion } from "./health-state.ts";
import type { HealthState, RegionHealth } from "./health-state.ts";
import type { HealthLimits } from "./limits.ts";
import type { Prober } from "./prober.ts";
import type { Readiness } from "./readiness.ts";
import type { RegionAddress } from "./region-flag.ts";

/** Why a watcher is called: its region went down, or is no longer one of the router's. */
export type WatchEnd = "down" | "removed";
export type DownWatcher = (reason: string, end: WatchEnd) => void;

export interface MonitorOptions {
  readonly prober: Prober;
  readonly limits: HealthLimits;
  readonly clock: Clock;
  readonly random: Random;
  readonly observeProbe: (roundTripMs: number | null) => void;
  readonly onChanged: (from: HealthState, to: HealthState, reason: string) => void;
  readonly onReadiness: (readiness: Readiness) => void;
  /** The first probe has been answered or has failed. */
  readonly onHeard: () => void;
}

/** Drives the health machine of one region with real probes, a real clock and the outcomes of real requests. */
export class RegionMonitor {
  readonly watchers = new Set<DownWatcher>();
  /** Requests being answered there now. */
  inFlight = 0;
  address: RegionAddress;
  readonly #options: MonitorOptions;
  #health: RegionHealth;
  #heard = false;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(address: RegionAddress, options: MonitorOptions) {
    this.address = address;
    this.#options = options;
    this.#health = unknownRegion(options.clock.monotonicMs());
  }

  get health(): RegionHealth {
    return this.#health;
  }

  get heard(): boolean {
    return this.#heard;
  }

  feed(event: HealthEvent): void {
    if (this.#closed) return;
    const { clock, limits, random, onReadiness, onHeard } = this.#options;
    const nowMs = clock.monotonicMs();
    const before = this.#health;
    const { health, effects } = step(before, event, { nowMs, limits, random });
    this.#health = health;
    const isWord = event.kind === "probe-answered" || event.kind === "probe-failed";
    if (isWord && !this.#heard) {
      this.#heard = true;
      onHeard();
    }
    for (const effect of effects) this.#carryOut(effect);
    if (before.readiness.kind !== health.readiness.kind) onReadiness(health.readiness);
    // The hot path, a request that succeeded, changes no due time: its timer stands.
    if (event.kind !== "request-succeeded" || effects.length > 0) this.#rearm(nowMs);
  }

  /** Calls all who watch, once. */
  endWatches(reason: string, end: WatchEnd): void {
    const watchers = [...this.watchers];
    this.watchers.clear();
    for (const watcher of watchers) watcher(reason, end);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#options.prober.close();
  }

  #rearm(nowMs: number): void {
    if (this.#closed) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const delayMs = Math.max(0, nextWakeMs(this.#health, this.#options.limits) - nowMs);
    this.#timer = setTimeout(() => this.feed({ kind: "tick" }), Math.ceil(delayMs));
  }

  #carryOut(effect: HealthEffect): void {
    if (effect.kind === "probe") void this.#probe(effect.number, effect.timeoutMs);
    else this.#options.onChanged(effect.from, effect.to, effect.reason);
  }

  async #probe(number: number, timeoutMs: number): Promise<void> {
    const outcome = await this.#options.prober.probe(timeoutMs);
    if (this.#closed) return;
    if (outcome.kind === "answered") {
      const { roundTripMs, readiness } = outcome;
      this.#options.observeProbe(roundTripMs);
      this.feed({ kind: "probe-answered", number, roundTripMs, readiness });
    } else {
      this.#options.observeProbe(null);
      this.feed({ kind: "probe-failed", number, reason: outcome.reason });
    }
  }
}
