import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Random } from "../base/random.ts";
import { choose } from "./choice.ts";
import type { Choice, Landscape, Wishes } from "./choice.ts";
import { nextWakeMs, step } from "./health.ts";
import type { HealthEffect, HealthEvent } from "./health.ts";
import { unknownRegion } from "./health-state.ts";
import type { HealthKind, HealthState, RegionHealth } from "./health-state.ts";
import type { RouterLimits } from "./limits.ts";
import { noNearest, reconsider, shiftedShare } from "./nearest.ts";
import type { Nearest } from "./nearest.ts";
import type { Prober } from "./prober.ts";
import type { RegionAddress } from "./region-flag.ts";
import { snapshotOf } from "./region-snapshot.ts";
import type { RegionSnapshot } from "./region-snapshot.ts";
import { candidateOf } from "./score.ts";
import type { Candidate } from "./score.ts";

/**
 * The one place where the router's view of its regions lives: it drives the pure machines with real probes and real outcomes,
 * keeps the nearest, tells proxies when a region goes down, and logs every change with its reason.
 */
export interface BoardOptions {
  readonly regions: readonly RegionAddress[];
  readonly openProber: (region: RegionAddress) => Prober;
  readonly limits: RouterLimits;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly observeProbe: (region: string, roundTripMs: number | null) => void;
  readonly observeChange: (region: string, to: HealthKind) => void;
}

interface Member {
  readonly address: RegionAddress;
  readonly prober: Prober;
  readonly downWatchers: Set<(reason: string) => void>;
  health: RegionHealth;
  inFlight: number;
  timer: NodeJS.Timeout | null;
  heard: boolean;
}

export class RegionBoard {
  readonly #options: BoardOptions;
  readonly #members = new Map<string, Member>();
  #nearest: Nearest;
  #rounds: NodeJS.Timeout | null = null;
  #closed = false;
  #firstHeard: (() => void) | null = null;

  constructor(options: BoardOptions) {
    this.#options = options;
    const nowMs = options.clock.monotonicMs();
    this.#nearest = noNearest(nowMs);
    for (const address of options.regions) {
      this.#members.set(address.name, {
        address,
        prober: options.openProber(address),
        downWatchers: new Set(),
        health: unknownRegion(nowMs),
        inFlight: 0,
        timer: null,
        heard: false,
      });
    }
  }

  /** Starts probing; resolves once every region has answered or failed its first probe, or the time for that is over. */
  async start(): Promise<void> {
    const { limits } = this.#options;
    let timer: NodeJS.Timeout | null = null;
    const heard = new Promise<void>((resolve) => {
      this.#firstHeard = resolve;
      timer = setTimeout(resolve, limits.firstProbesMs);
    });
    for (const member of this.#members.values()) this.#feed(member, { kind: "tick" });
    await heard;
    if (timer !== null) clearTimeout(timer);
    this.#firstHeard = null;
    this.#reconsider(true);
    if (!this.#closed) this.#rounds = setInterval(() => this.#reconsider(true), limits.choice.roundMs);
  }

  choose(wishes: Wishes): Choice {
    return choose(wishes, this.#landscape(), this.#options.random.next());
  }

  get nearest(): string | null {
    return this.#nearest.name;
  }

  isAvailable(name: string): boolean {
    const kind = this.#members.get(name)?.health.state.kind;
    return kind === "healthy" || kind === "suspect" || kind === "warming";
  }

  address(name: string): RegionAddress | null {
    return this.#members.get(name)?.address ?? null;
  }

  inFlight(name: string): number {
    return this.#members.get(name)?.inFlight ?? 0;
  }

  /** A request is being sent there; call what is returned once, when it is over. */
  begin(name: string): () => void {
    const member = this.#members.get(name);
    if (member === undefined) return () => {};
    member.inFlight += 1;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      member.inFlight -= 1;
    };
  }

  requestSucceeded(name: string): void {
    this.#tell(name, { kind: "request-succeeded" });
  }

  requestFailed(name: string, reason: string): void {
    this.#tell(name, { kind: "request-failed", reason });
  }

  doubt(name: string): void {
    this.#tell(name, { kind: "doubted" });
  }

  /** Calls `watcher` at the moment the region goes down. Returns what ends the watch. */
  watchDown(name: string, watcher: (reason: string) => void): () => void {
    const watchers = this.#members.get(name)?.downWatchers;
    watchers?.add(watcher);
    return () => watchers?.delete(watcher);
  }

  snapshot(): readonly RegionSnapshot[] {
    return this.#candidates().map((candidate) => {
      const { health, inFlight, address } = this.#members.get(candidate.name)!;
      return snapshotOf(candidate, health, inFlight, address, candidate.name === this.#nearest.name);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#rounds !== null) clearInterval(this.#rounds);
    this.#firstHeard?.();
    const members = [...this.#members.values()];
    for (const member of members) {
      if (member.timer !== null) clearTimeout(member.timer);
      member.downWatchers.clear();
    }
    await Promise.all(members.map((member) => member.prober.close()));
  }

  #tell(name: string, event: HealthEvent): void {
    const member = this.#members.get(name);
    if (member !== undefined) this.#feed(member, event);
  }

  #feed(member: Member, event: HealthEvent): void {
    if (this.#closed) return;
    const { clock, limits, random } = this.#options;
    const nowMs = clock.monotonicMs();
    const before = member.health;
    const { health, effects } = step(before, event, { nowMs, limits: limits.health, random });
    member.health = health;
    if (event.kind === "probe-answered" || event.kind === "probe-failed") this.#markHeard(member);
    for (const effect of effects) this.#carryOut(member, effect);
    if (before.readiness.kind !== health.readiness.kind) this.#readinessChanged(member);
    // The hot path, a request that succeeded, changes no due time: its timer stands.
    if (event.kind !== "request-succeeded" || effects.length > 0) this.#rearm(member, nowMs);
  }

  #rearm(member: Member, nowMs: number): void {
    if (this.#closed) return;
    if (member.timer !== null) clearTimeout(member.timer);
    const delayMs = Math.max(0, nextWakeMs(member.health, this.#options.limits.health) - nowMs);
    member.timer = setTimeout(() => this.#feed(member, { kind: "tick" }), Math.ceil(delayMs));
  }

  #carryOut(member: Member, effect: HealthEffect): void {
    if (effect.kind === "probe") void this.#probe(member, effect.number, effect.timeoutMs);
    else this.#changed(member, effect.from, effect.to, effect.reason);
  }

  async #probe(member: Member, number: number, timeoutMs: number): Promise<void> {
    const outcome = await member.prober.probe(timeoutMs);
    if (this.#closed) return;
    if (outcome.kind === "answered") {
      this.#options.observeProbe(member.address.name, outcome.roundTripMs);
      this.#feed(member, {
        kind: "probe-answered",
        number,
        roundTripMs: outcome.roundTripMs,
        readiness: outcome.readiness,
      });
    } else {
      this.#options.observeProbe(member.address.name, null);
      this.#feed(member, { kind: "probe-failed", number, reason: outcome.reason });
    }
  }

  #changed(member: Member, from: HealthState, to: HealthState, reason: string): void {
    const { logger, observeChange } = this.#options;
    const { name } = member.address;
    const fields = { region: name, from: from.kind, to: to.kind, reason };
    if (to.kind === "down") {
      const ejectedMs = Math.round(to.untilMs - to.sinceMs);
      logger.warn("region is down", { ...fields, ejectedMs, inFlight: member.inFlight });
    } else {
      logger.info("region changed state", fields);
    }
    observeChange(name, to.kind);
    this.#reconsider(false);
    if (to.kind !== "down") return;
    const watchers = [...member.downWatchers];
    member.downWatchers.clear();
    for (const watcher of watchers) watcher(reason);
  }

  #readinessChanged(member: Member): void {
    const { readiness } = member.health;
    const { name } = member.address;
    if (readiness.kind === "ready")
      this.#options.logger.info("region is ready", { region: name, lagMs: readiness.lagMs });
    else
      this.#options.logger.warn("region is degraded", {
        region: name,
        reason: readiness.reason,
        lagMs: readiness.lagMs,
      });
    this.#reconsider(false);
  }

  #markHeard(member: Member): void {
    if (member.heard) return;
    member.heard = true;
    if ([...this.#members.values()].every((one) => one.heard)) this.#firstHeard?.();
  }

  #reconsider(isRound: boolean): void {
    // Until the first answers are in, the first to answer would win by that alone.
    if (this.#firstHeard !== null) return;
    const { clock, limits, logger } = this.#options;
    const was = this.#nearest.name;
    const { nearest, reason } = reconsider(
      this.#nearest,
      this.#candidates(),
      isRound,
      clock.monotonicMs(),
      limits.choice,
    );
    this.#nearest = nearest;
    if (reason !== null) logger.info("nearest region changed", { from: was, to: nearest.name, reason });
  }

  #candidates(): Candidate[] {
    const { clock, limits } = this.#options;
    const nowMs = clock.monotonicMs();
    return Array.from(this.#members.values(), ({ address, health, inFlight }) =>
      candidateOf(address.name, health, inFlight, nowMs, limits),
    );
  }

  #landscape(): Landscape {
    const { clock, limits } = this.#options;
    return {
      candidates: this.#candidates(),
      nearest: this.#nearest.name,
      previous: this.#nearest.previous,
      shifted: shiftedShare(this.#nearest, clock.monotonicMs(), limits.choice),
    };
  }
}
