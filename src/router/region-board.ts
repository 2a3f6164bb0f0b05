import type { GeoPoint } from "../base/geo-point.ts";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Random } from "../base/random.ts";
import { choose } from "./choice.ts";
import type { Choice, ChoiceReason, Landscape, Wishes } from "./choice.ts";
import type { HealthKind, HealthState, RegionHealth } from "./health-state.ts";
import type { RouterLimits } from "./limits.ts";
import { noNearest, reconsider, shiftedShare } from "./nearest.ts";
import type { Nearest } from "./nearest.ts";
import type { Prober } from "./prober.ts";
import type { Readiness } from "./readiness.ts";
import type { RegionAddress } from "./region-flag.ts";
import { RegionMonitor } from "./region-monitor.ts";
import type { DownWatcher } from "./region-monitor.ts";
import { snapshotOf } from "./region-snapshot.ts";
import type { RegionSnapshot } from "./region-snapshot.ts";
import { candidateOf, priorOf } from "./score.ts";
import type { Candidate } from "./score.ts";

/**
 * The one place where the router's view of its regions lives: it drives the pure machines with real probes and real outcomes,
 * keeps the nearest, tells proxies when a region goes down, and logs every change with its reason.
 */
export interface BoardOptions {
  readonly regions: readonly RegionAddress[];
  readonly openProber: (region: RegionAddress) => Prober;
  /** Where the router is. */
  readonly location: GeoPoint | null;
  readonly limits: RouterLimits;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly observeProbe: (region: string, roundTripMs: number | null) => void;
  readonly observeChange: (region: string, to: HealthKind) => void;
  readonly observeChoice: (region: string, reason: ChoiceReason) => void;
  readonly observeNearest: (from: string | null, to: string | null) => void;
}

export class RegionBoard {
  readonly #options: BoardOptions;
  /** In the order of the configuration. */
  #monitors = new Map<string, RegionMonitor>();
  #nearest: Nearest;
  #rounds: NodeJS.Timeout | null = null;
  #closed = false;
  /** Until the first answers are in, the first to answer would win by that alone. */
  #settled = false;
  #firstHeard: (() => void) | null = null;

  constructor(options: BoardOptions) {
    this.#options = options;
    this.#nearest = noNearest(options.clock.monotonicMs());
    for (const address of options.regions) this.#monitors.set(address.name, this.#monitor(address));
  }

  /** Starts probing; resolves once every region has answered or failed its first probe, or the time for that is over. */
  async start(): Promise<void> {
    const { limits } = this.#options;
    let timer: NodeJS.Timeout | null = null;
    const heard = new Promise<void>((resolve) => {
      this.#firstHeard = resolve;
      timer = setTimeout(resolve, limits.firstProbesMs);
    });
    for (const monitor of this.#monitors.values()) monitor.feed({ kind: "tick" });
    this.#markHeard();
    await heard;
    if (timer !== null) clearTimeout(timer);
    this.#firstHeard = null;
    this.#settled = true;
    this.#reconsider(true);
    if (!this.#closed) this.#rounds = setInterval(() => this.#reconsider(true), limits.choice.roundMs);
  }

  /**
   * From now on these are the regions. One that is new, or has another address to be probed at, begins as unknown; what was measured of the
   * others stays. Who watches a region that is no more is told so.
   */
  setRegions(addresses: readonly RegionAddress[]): void {
    if (this.#closed) return;
    const before = this.#monitors;
    const isSame = (one: RegionAddress): boolean => before.get(one.name)?.address.restUrl === one.restUrl;
    this.#monitors = new Map(
      addresses.map((address) => [address.name, isSame(address) ? before.get(address.name)! : this.#monitor(address)]),
    );
    for (const address of addresses) {
      const monitor = this.#monitors.get(address.name)!;
      const hasMoved = monitor.address.respUrl !== address.respUrl;
      monitor.address = address;
      if (hasMoved) monitor.endWatches("its RESP address has changed", "removed");
      if (before.get(address.name) !== monitor) monitor.feed({ kind: "tick" });
    }
    for (const [name, monitor] of before) {
      if (this.#monitors.get(name) === monitor) continue;
      void monitor.close();
      monitor.endWatches(this.#monitors.has(name) ? "its address has changed" : "it is no longer a region", "removed");
    }
    this.#reconsider(false);
  }

  choose(wishes: Wishes): Choice {
    const choice = choose(wishes, this.#landscape(), this.#options.random.next());
    if (choice.kind === "route") this.#options.observeChoice(choice.order[0]!, choice.reason);
    return choice;
  }

  get nearest(): string | null {
    return this.#nearest.name;
  }

  isAvailable(name: string): boolean {
    const kind = this.#monitors.get(name)?.health.state.kind;
    return kind === "healthy" || kind === "suspect" || kind === "warming";
  }

  get names(): readonly string[] {
    return [...this.#monitors.keys()];
  }

  health(name: string): RegionHealth | null {
    return this.#monitors.get(name)?.health ?? null;
  }

  address(name: string): RegionAddress | null {
    return this.#monitors.get(name)?.address ?? null;
  }

  inFlight(name: string): number {
    return this.#monitors.get(name)?.inFlight ?? 0;
  }

  /** A request is being sent there; call what is returned once, when it is over. */
  begin(name: string): () => void {
    const monitor = this.#monitors.get(name);
    if (monitor === undefined) return () => {};
    monitor.inFlight += 1;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      monitor.inFlight -= 1;
    };
  }

  requestSucceeded(name: string): void {
    this.#monitors.get(name)?.feed({ kind: "request-succeeded" });
  }

  requestFailed(name: string, reason: string): void {
    this.#monitors.get(name)?.feed({ kind: "request-failed", reason });
  }

  doubt(name: string): void {
    this.#monitors.get(name)?.feed({ kind: "doubted" });
  }

  /** Calls `watcher` at the moment the region goes down, or is removed. Returns what ends the watch. */
  watchDown(name: string, watcher: DownWatcher): () => void {
    const watchers = this.#monitors.get(name)?.watchers;
    watchers?.add(watcher);
    return () => watchers?.delete(watcher);
  }

  snapshot(): readonly RegionSnapshot[] {
    return this.#candidates().map((candidate) => {
      const { health, inFlight, address } = this.#monitors.get(candidate.name)!;
      return snapshotOf(candidate, health, inFlight, address, candidate.name === this.#nearest.name);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#rounds !== null) clearInterval(this.#rounds);
    this.#firstHeard?.();
    const monitors = [...this.#monitors.values()];
    for (const monitor of monitors) monitor.watchers.clear();
    await Promise.all(monitors.map((monitor) => monitor.close()));
  }

  #monitor(address: RegionAddress): RegionMonitor {
    const { limits, clock, random, openProber, observeProbe } = this.#options;
    const monitor: RegionMonitor = new RegionMonitor(address, {
      prober: openProber(address),
      limits: limits.health,
      clock,
      random,
      observeProbe: (roundTripMs) => observeProbe(address.name, roundTripMs),
      onChanged: (from, to, reason) => this.#changed(monitor, from, to, reason),
      onReadiness: (readiness) => this.#readinessChanged(address.name, readiness),
      onHeard: () => this.#markHeard(),
    });
    return monitor;
  }

  #changed(monitor: RegionMonitor, from: HealthState, to: HealthState, reason: string): void {
    const { logger, observeChange } = this.#options;
    const { name } = monitor.address;
    const fields = { region: name, from: from.kind, to: to.kind, reason };
    if (to.kind === "down") {
      const ejectedMs = Math.round(to.untilMs - to.sinceMs);
      logger.warn("region is down", { ...fields, ejectedMs, inFlight: monitor.inFlight });
    } else {
      logger.info("region changed state", fields);
    }
    observeChange(name, to.kind);
    this.#reconsider(false);
    if (to.kind === "down") monitor.endWatches(reason, "down");
  }

  #readinessChanged(region: string, readiness: Readiness): void {
    const { logger } = this.#options;
    const { lagMs } = readiness;
    if (readiness.kind === "ready") logger.info("region is ready", { region, lagMs });
    else logger.warn("region is degraded", { region, reason: readiness.reason, lagMs });
    this.#reconsider(false);
  }

  #markHeard(): void {
    if ([...this.#monitors.values()].every((one) => one.heard)) this.#firstHeard?.();
  }

  #reconsider(isRound: boolean): void {
    if (!this.#settled) return;
    const { clock, limits, logger, observeNearest } = this.#options;
    const was = this.#nearest.name;
    const { nearest, reason } = reconsider(
      this.#nearest,
      this.#candidates(),
      isRound,
      clock.monotonicMs(),
      limits.choice,
    );
    this.#nearest = nearest;
    if (reason === null) return;
    logger.info("nearest region changed", { from: was, to: nearest.name, reason });
    observeNearest(was, nearest.name);
  }

  #candidates(): Candidate[] {
    const { clock, limits, location } = this.#options;
    const nowMs = clock.monotonicMs();
    return Array.from(this.#monitors.values(), ({ address, health, inFlight }) =>
      candidateOf(address.name, health, inFlight, nowMs, limits, priorOf(location, address.location ?? null)),
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
