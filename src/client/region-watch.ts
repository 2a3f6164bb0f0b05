import type { Clock } from "../base/clock.ts";
import { chooseRegion, inOrder, noChoice, type RegionChoice } from "./region-choice.ts";
import { letGo } from "./let-go.ts";
import type { ClientLimits } from "./limits.ts";
import type { ClientRegion } from "./region-list.ts";
import type { RegionProbe } from "./region-probe.ts";
import { SeenTokens } from "./seen-tokens.ts";
import { probePauseMs, probeTimeoutMs, see, unseen, type RegionSight, type SightEvent } from "./region-sight.ts";

export interface MovedEvent {
  readonly from: string | null;
  readonly to: string | null;
  readonly reason: string;
  /** The one that was left does not answer: there is nothing to wait for. */
  readonly isForced: boolean;
}

/** What happens, told to whoever listens. */
export interface WatchEvents {
  moved: MovedEvent;
  /** A region's state has changed. */
  region: {
    readonly name: string;
    readonly from: RegionSight["state"];
    readonly to: RegionSight["state"];
    readonly reason: string | null;
  };
  /** The region that is used now did not get all that was seen elsewhere in time; it may show less. */
  stale: { readonly region: string };
  /** A list of regions could not be read; the old one stays. */
  "list-failed": { readonly url: string; readonly reason: string };
}

type Listener<Name extends keyof WatchEvents> = (event: WatchEvents[Name]) => void;

export interface WatchParts {
  readonly probe: RegionProbe;
  readonly prefer: string | null;
  readonly limits: ClientLimits;
  readonly clock: Clock;
}

interface Watched {
  region: ClientRegion;
  sight: RegionSight;
  looking: boolean;
  /** Something happened since the present look began: another follows at once. */
  again: boolean;
  timer: NodeJS.Timeout | null;
}

/**
 * Watches regions for one program: looks at each again and again, chooses one, says when that changes. It keeps no process alive.
 */
export class RegionWatch {
  readonly #parts: WatchParts;
  readonly #watched = new Map<string, Watched>();
  readonly #listeners = new Map<keyof WatchEvents, Set<(event: never) => void>>();
  #choice: RegionChoice;
  #closed = false;
  readonly #seen = new SeenTokens();
  #lastRoundMs = Number.NEGATIVE_INFINITY;
  #tokenTimer: NodeJS.Timeout | null = null;
  readonly #onClose: (() => void)[] = [];

  constructor(parts: WatchParts) {
    this.#parts = parts;
    this.#choice = noChoice(parts.clock.monotonicMs());
  }

  /** The region in use; null while there is none. */
  get current(): ClientRegion | null {
    return this.#choice.name === null ? null : (this.#watched.get(this.#choice.name)?.region ?? null);
  }

  get limits(): ClientLimits {
    return this.#parts.limits;
  }

  /** All regions as they are seen now. */
  sights(): readonly RegionSight[] {
    return Array.from(this.#watched.values(), ({ sight }) => sight);
  }

  /** Names all that was seen so far; null before anything was. For AWAIT elsewhere. */
  get token(): string | null {
    return this.#seen.latest;
  }

  /** Answers how to stop listening. */
  on<Name extends keyof WatchEvents>(name: Name, listener: Listener<Name>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** From now on these are the regions, in the order of the prior. */
  setRegions(regions: readonly ClientRegion[]): void {
    const usable = regions.filter((region) => this.#parts.probe.reaches(region));
    const names = new Set(usable.map(({ name }) => name));
    for (const [name, watched] of this.#watched) {
      if (names.has(name)) continue;
      if (watched.timer !== null) clearTimeout(watched.timer);
      this.#watched.delete(name);
      this.#parts.probe.forget(name);
    }
    for (const region of usable) {
      const known = this.#watched.get(region.name);
      if (known !== undefined) {
        known.region = region;
        continue;
      }
      const fresh = { region, sight: unseen(region.name), looking: false, again: false, timer: null };
      this.#watched.set(region.name, fresh);
      void this.#look(fresh);
    }
    if (this.#choice.name !== null) this.#choose(false);
  }

  /** Takes a region by what is known so far: called once when the first answers are in. */
  begin(): void {
    this.#choose(false);
  }

  get isAllHeard(): boolean {
    return [...this.#watched.values()].every(({ sight }) => sight.state !== "unknown");
  }

  /** Regions to try a connection at, the one in use first. */
  order(): readonly ClientRegion[] {
    const { name } = this.#choice;
    const others = inOrder(this.sights(), this.#parts.prefer).filter((one) => one.name !== name);
    const names = name === null ? others.map((one) => one.name) : [name, ...others.map((one) => one.name)];
    return names.map((one) => this.#watched.get(one)!.region);
  }

  /** A connection to it broke, or could not be made: it is looked at now. */
  doubt(name: string): void {
    const watched = this.#watched.get(name);
    if (watched !== undefined) this.#lookNow(watched);
  }

  /** A connection to it was refused, or a request failed: counts as a look. */
  failed(name: string, reason: string): void {
    const watched = this.#watched.get(name);
    if (watched === undefined || this.#closed) return;
    this.#saw(watched, { kind: "failed", reason });
    this.#lookNow(watched);
  }

  /** Something was read or written over a connection: soon the token has to name it. */
  touched(): void {
    if (this.#tokenTimer !== null || this.#closed) return;
    this.#tokenTimer = setTimeout(() => {
      this.#tokenTimer = null;
      const current = this.#choice.name === null ? undefined : this.#watched.get(this.#choice.name);
      if (current !== undefined) this.#lookNow(current);
    }, this.#parts.limits.tokenAfterMs);
    letGo(this.#tokenTimer);
  }

  /** The token to send with a request to this region; null where nothing was seen yet. */
  tokenFor(region: string): string | null {
    return this.#seen.owedBy(region)[0] ?? this.#seen.latest;
  }

  /** An answer of this region, to a request with that token, brought another one; stale: it had not all that was asked for. */
  answered(region: string, sent: string | null, token: string, isStale: boolean): void {
    if (isStale) this.#isStale(region);
    else if (sent !== null) this.#seen.covered(sent, region);
    this.#seen.hold(token, region);
  }

  /**
   * Before the first use of a region: waits until it has all that was seen in others, for a while. `stale` is told if it does not get
   * there; it is then not waited for again, as what is missing may have died with the region that had it.
   */
  async settle(region: ClientRegion): Promise<void> {
    const { limits, probe, clock } = this.#parts;
    const deadlineMs = clock.monotonicMs() + limits.awaitMs;
    for (const token of this.#seen.owedBy(region.name)) {
      const leftMs = deadlineMs - clock.monotonicMs();
      if (leftMs <= 0 || !(await probe.catchUp(region, token, leftMs))) return this.#isStale(region.name);
      this.#seen.covered(token, region.name);
    }
  }

  #isStale(region: string): void {
    this.#seen.unmet(region);
    this.#emit("stale", { region });
  }

  /** Whether a connection to this region should be given up for the one in use, and whether at once. */
  leaves(region: string): "stays" | "when-quiet" | "now" {
    const { name } = this.#choice;
    if (name === null || name === region) return "stays";
    const own = this.#watched.get(region)?.sight.state ?? "down";
    const there = this.#watched.get(name)!.sight.state;
    if (own === "down") return there === "down" ? "stays" : "now";
    return there === "up" ? "when-quiet" : "stays";
  }

  onClose(action: () => void): void {
    this.#onClose.push(action);
  }

  /** Looks no more. Connections that were made stay as they are. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { timer } of this.#watched.values()) if (timer !== null) clearTimeout(timer);
    if (this.#tokenTimer !== null) clearTimeout(this.#tokenTimer);
    this.#parts.probe.close();
    for (const action of this.#onClose) action();
  }

  listFailed(url: string, reason: string): void {
    this.#emit("list-failed", { url, reason });
  }

  #lookNow(watched: Watched): void {
    if (watched.looking) watched.again = true;
    else void this.#look(watched);
  }

  async #look(watched: Watched): Promise<void> {
    const { probe, limits } = this.#parts;
    if (this.#closed || watched.looking) return;
    if (watched.timer !== null) clearTimeout(watched.timer);
    watched.looking = true;
    watched.again = false;
    const outcome = await probe.look(watched.region, probeTimeoutMs(watched.sight, limits));
    watched.looking = false;
    if (this.#closed || this.#watched.get(watched.region.name) !== watched) return;
    this.#saw(watched, outcome);
    if (outcome.kind === "answered" && outcome.token !== null && watched.region.name === this.#choice.name) {
      this.#seen.hold(outcome.token, watched.region.name);
    }
    const pauseMs = watched.again ? 0 : probePauseMs(watched.sight, limits);
    watched.timer = setTimeout(() => void this.#look(watched), pauseMs);
    letGo(watched.timer);
  }

  #saw(watched: Watched, event: SightEvent): void {
    const before = watched.sight;
    watched.sight = see(before, event, this.#parts.clock.monotonicMs(), this.#parts.limits);
    const { name, state, reason } = watched.sight;
    if (state !== before.state) this.#emit("region", { name, from: before.state, to: state, reason });
    if (this.#choice.name === null) return;
    const nowMs = this.#parts.clock.monotonicMs();
    const isRound = event.kind === "answered" && name === this.#choice.name && this.#isRoundDue(nowMs);
    if (isRound) this.#lastRoundMs = nowMs;
    this.#choose(isRound);
  }

  /** Looks for tokens come more often than those that count as rounds. */
  #isRoundDue(nowMs: number): boolean {
    return nowMs - this.#lastRoundMs >= this.#parts.limits.probeIntervalMs / 2;
  }

  #choose(isRound: boolean): void {
    const { prefer, limits, clock } = this.#parts;
    const from = this.#choice.name;
    const step = chooseRegion(this.#choice, this.sights(), prefer, isRound, clock.monotonicMs(), limits);
    this.#choice = step.choice;
    if (step.reason === null || step.choice.name === from) return;
    const left = from === null ? undefined : this.#watched.get(from);
    const isForced = left === undefined || left.sight.state === "down";
    this.#emit("moved", { from, to: step.choice.name, reason: step.reason, isForced });
  }

  #emit<Name extends keyof WatchEvents>(name: Name, event: WatchEvents[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) (listener as Listener<Name>)(event);
  }
}
