import { systemRandom } from "../../src/base/random.ts";
import { FAULTS } from "../faults/all-faults.ts";
import type { FaultStage, FaultWorld } from "../faults/fault.ts";
import { ShapeError } from "../record/shape.ts";

/** Where clients reach a region: behind these addresses nothing changes when it is killed and started again. */
export interface RegionUrls {
  /** For `new Redis(redisUrl)`. */
  readonly redisUrl: string;
  /** For `new Redis({ url: restUrl, token })` of @upstash/redis. */
  readonly restUrl: string;
  /** `/digest`, `/readyz`, `/metrics`, past every proxy; null where it is not known. */
  readonly adminUrl: string | null;
}

/** A fault that is under way. */
export interface HealableFault {
  /** What a person reads: "eu-west is cut off from everybody". */
  readonly title: string;
  /** Ends it; resolves once what it hit runs again. A second call does nothing. */
  heal(): Promise<void>;
}

interface Parts {
  readonly world: FaultWorld;
  readonly urls: (region: string) => RegionUrls;
  readonly router: { readonly restUrl: string; readonly redisUrl: string | null } | null;
  readonly token: string;
  readonly proxy: string;
  readonly scratchDir: string;
  readonly stop: () => Promise<void>;
}

/** Regions that can be harmed and healed. */
export class ChaosWorld {
  /** REST token with all rights. */
  readonly token: string;
  /** Which proxy stands between the parts: `toxiproxy 2.12.0`, `built-in node 20.19.0`. */
  readonly proxy: string;
  /** One address for clients that want none of it; null where there is no router. */
  readonly router: { readonly restUrl: string; readonly redisUrl: string | null } | null;
  readonly #parts: Parts;
  readonly #stage: FaultStage;
  readonly #open = new Set<HealableFault>();
  #count = 0;

  /** @internal */
  constructor(parts: Parts) {
    this.#parts = parts;
    this.token = parts.token;
    this.proxy = parts.proxy;
    this.router = parts.router;
    this.#stage = {
      world: parts.world,
      random: systemRandom(),
      previous: null,
      smallDisks: new Set(),
      copies: new Map(),
      scratchDir: parts.scratchDir,
      onNote: () => {},
    };
  }

  get regions(): readonly string[] {
    return this.#parts.world.regions;
  }

  /** Throws where there is no such region. */
  urls(region: string): RegionUrls {
    if (!this.regions.includes(region)) throw new ShapeError("region", this.regions.join(" or "), region);
    return this.#parts.urls(region);
  }

  /**
   * Begins a fault: `inject("outage", { region: "eu-west" })`. Resolves once it holds. Throws ShapeError where the kind or its words are wrong,
   * FaultImpossibleError where it cannot be had here.
   */
  async inject(kind: string, words: Readonly<Record<string, unknown>> = {}): Promise<HealableFault> {
    const known = FAULTS[kind];
    if (known === undefined) throw new ShapeError("kind", Object.keys(FAULTS).join(" or "), kind);
    const fault = known.read(words, kind);
    const { title, regions } = fault.story(this.regions);
    for (const region of regions) this.urls(region);
    const injected = await fault.inject(this.#stage, `l${++this.#count}`);
    const healable: HealableFault = {
      title,
      heal: async () => {
        if (this.#open.delete(healable)) await injected.heal();
      },
    };
    this.#open.add(healable);
    return healable;
  }

  /** The region is cut from everybody, or from some: connections stay and nothing passes. */
  isolate(region: string): Promise<HealableFault> {
    return this.inject("outage", { region });
  }

  /** Regions of different groups do not reach each other; clients reach theirs. */
  partition(...groups: readonly (readonly string[])[]): Promise<HealableFault> {
    return this.inject("partition", { groups });
  }

  /** kill -9; healed by a start on the same data. */
  kill(region: string): Promise<HealableFault> {
    return this.inject("kill", { region });
  }

  /** Ends every fault that is still under way, the latest first. */
  async healAll(): Promise<void> {
    for (const fault of [...this.#open].toReversed()) await fault.heal();
  }

  /** Resolves once all regions have one and the same state; rejects after `withinMs`. What they hold must not change meanwhile. */
  async converged(withinMs = 30_000): Promise<void> {
    const giveUp = performance.now() + withinMs;
    for (;;) {
      const states = new Set(await Promise.all(this.regions.map((region) => this.#stateOf(region))));
      if (states.size === 1 && !states.has(null)) return;
      if (performance.now() > giveUp) throw new Error(`the regions are not equal after ${withinMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #stateOf(region: string): Promise<string | null> {
    const { adminUrl } = this.urls(region);
    if (adminUrl === null) throw new Error(`no admin address of ${region} is known: its state cannot be compared`);
    try {
      const response = await fetch(`${adminUrl}/digest?at=${this.#instant()}`);
      const { digest, vector } = (await response.json()) as { digest: string; vector: Record<string, number> };
      return response.ok ? `${digest} ${JSON.stringify(Object.entries(vector).toSorted())}` : null;
    } catch {
      return null;
    }
  }

  /** The same for all regions that are asked within one second: keys that expire meanwhile make no difference. */
  #instant(): number {
    return Math.floor(Date.now() / 1000) * 1000;
  }

  /** Heals everything, ends the processes that are ours, and takes the proxies away. */
  async stop(): Promise<void> {
    await this.healAll().catch(() => {});
    await this.#parts.stop();
  }
}
