import { Redis as IoRedis } from "ioredis";
import { build } from "hdr-histogram-js";
import { seededRandom } from "../../src/base/random.ts";
import type { World } from "../world/start-world.ts";

export interface LagSummary {
  readonly samples: number;
  /** Milliseconds from "acknowledged in one region" to "visible in another". */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly byLink: readonly {
    readonly link: string;
    readonly samples: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
  }[];
}

const PROBE_EVERY_MS = 100;
/** A probe that is not seen after this long counts with this lag. */
const GIVE_UP_MS = 20_000;
const MICROSECONDS = 1000;

/** Writes a new key in one region, and asks another for it until it is there. */
export class LagProbe {
  readonly #world: World;
  readonly #random: ReturnType<typeof seededRandom>;
  readonly #links = new Map<string, ReturnType<typeof build>>();
  readonly #all = build({ highestTrackableValue: GIVE_UP_MS * MICROSECONDS });
  readonly #clients = new Map<string, IoRedis>();
  readonly #running = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | null = null;
  #count = 0;

  constructor(world: World, seed: number) {
    this.#world = world;
    this.#random = seededRandom(seed ^ 0x1a6);
  }

  start(): void {
    for (const { ready } of this.#world.nodes) {
      const [host, port] = ready.resp.split(":") as [string, string];
      const client = new IoRedis({ host, port: Number(port), maxRetriesPerRequest: 0, enableOfflineQueue: false });
      client.on("error", () => {});
      this.#clients.set(ready.region, client);
    }
    this.#timer = setInterval(() => {
      const probe = this.#probe().catch(() => {});
      this.#running.add(probe);
      void probe.then(() => this.#running.delete(probe));
    }, PROBE_EVERY_MS);
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await Promise.all(this.#running);
    for (const client of this.#clients.values()) client.disconnect();
  }

  summary(): LagSummary {
    const ms = (histogram: ReturnType<typeof build>, percentile: number): number =>
      histogram.getValueAtPercentile(percentile) / MICROSECONDS;
    return {
      samples: this.#all.totalCount,
      p50Ms: ms(this.#all, 50),
      p99Ms: ms(this.#all, 99),
      maxMs: this.#all.maxValue / MICROSECONDS,
      byLink: [...this.#links].map(([link, histogram]) => ({
        link,
        samples: histogram.totalCount,
        p50Ms: ms(histogram, 50),
        p99Ms: ms(histogram, 99),
      })),
    };
  }

  async #probe(): Promise<void> {
    const regions = this.#world.regions.filter((region) => this.#clients.get(region)!.status === "ready");
    if (regions.length < 2) return;
    const from = regions[this.#random.below(regions.length)]!;
    const others = regions.filter((region) => region !== from);
    const to = others[this.#random.below(others.length)]!;
    const key = `lag:${this.#count++}`;
    await this.#clients.get(from)!.set(key, "1", "PX", 60_000);
    const ackedMs = performance.now();
    let lagMs = 0;
    // A probe that loses its reader (the region was killed) says nothing about lag.
    while ((await this.#clients.get(to)!.get(key)) === null) {
      lagMs = performance.now() - ackedMs;
      if (lagMs > GIVE_UP_MS) break;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    this.#record(`${from} → ${to}`, performance.now() - ackedMs);
  }

  #record(link: string, lagMs: number): void {
    const value = Math.max(1, Math.round(lagMs * MICROSECONDS));
    this.#all.recordValue(value);
    let histogram = this.#links.get(link);
    if (histogram === undefined) {
      histogram = build({ highestTrackableValue: GIVE_UP_MS * MICROSECONDS });
      this.#links.set(link, histogram);
    }
    histogram.recordValue(value);
  }
}
