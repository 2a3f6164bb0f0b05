import { Redis } from "ioredis";
import type { Random } from "../../src/base/random.ts";
import { hostAndPort } from "../links/link.ts";
import type { ProbeLine } from "../record/lines.ts";
import type { World } from "../world/start-world.ts";
import { pause, repeat, type RunClock } from "./run-clock.ts";

const PROBE_EVERY_MS = 150;
/** Every so many probes one is a logout. */
const LOGOUT_EVERY = 3;
/** A probe asks again after so long at first, and then after this share of its age: long waits need no fine steps. */
const ASK_AGAIN_MS = 3;
const ASK_AGAIN_SHARE = 0.02;
const KEY_LIVES_MS = 3_600_000;

/**
 * Does something in one region and asks another until it shows: a write until it is visible, a logout until the session is refused.
 * Past the links to clients: what is measured is the way between regions.
 */
export class Probes {
  readonly #world: World;
  readonly #clock: RunClock;
  readonly #random: Random;
  readonly #write: (line: ProbeLine) => void;
  readonly #giveUpMs: number;
  readonly #connections = new Map<string, { readonly pid: number; readonly redis: Redis }>();
  readonly #running = new Set<Promise<void>>();
  #count = 0;
  #ending = false;

  constructor(world: World, clock: RunClock, random: Random, giveUpMs: number, write: (line: ProbeLine) => void) {
    this.#world = world;
    this.#clock = clock;
    this.#random = random;
    this.#giveUpMs = giveUpMs;
    this.#write = write;
  }

  start(): { stop(): Promise<void> } {
    const beat = repeat(PROBE_EVERY_MS, async () => {
      const probe = this.#probe().catch(() => {});
      this.#running.add(probe);
      void probe.then(() => this.#running.delete(probe));
      await Promise.resolve();
    });
    return {
      stop: async () => {
        await beat.stop();
        this.#ending = true;
        await Promise.all(this.#running);
        for (const { redis } of this.#connections.values()) redis.disconnect();
      },
    };
  }

  async #probe(): Promise<void> {
    const { regions } = this.#world;
    if (regions.length < 2) return;
    const from = regions[this.#random.below(regions.length)]!;
    const others = regions.filter((region) => region !== from);
    const to = others[this.#random.below(others.length)]!;
    const number = this.#count++;
    if (number % LOGOUT_EVERY === 0) return this.#logout(from, to, `sess:probe-${number}`);
    const key = `probe:${number}`;
    await this.#at(from).set(key, "1", "PX", KEY_LIVES_MS);
    await this.#await("write", from, to, this.#clock.now(), async () => (await this.#at(to).exists(key)) === 1);
  }

  /** A session both regions have, ended in one: until then the other would let its holder in. */
  async #logout(from: string, to: string, key: string): Promise<void> {
    await this.#at(from).hset(key, "user", "probe");
    const giveUp = this.#clock.now() + this.#giveUpMs;
    while ((await this.#at(to).exists(key)) === 0) {
      if (this.#ending || this.#clock.now() > giveUp) return;
      await pause(ASK_AGAIN_MS * 5);
    }
    await this.#at(from).del(key);
    await this.#await("logout", from, to, this.#clock.now(), async () => (await this.#at(to).exists(key)) === 0);
  }

  async #await(
    kind: ProbeLine["kind"],
    from: string,
    to: string,
    ackedMs: number,
    isSeen: () => Promise<boolean>,
  ): Promise<void> {
    const line = { line: "probe", kind, from, to, ackedMs } as const;
    for (;;) {
      // A region that does not answer shows nothing.
      if (await isSeen().catch(() => false)) {
        this.#write({ ...line, seenMs: this.#clock.now(), gaveUpMs: null });
        return;
      }
      const now = this.#clock.now();
      if (this.#ending || now - ackedMs > this.#giveUpMs) {
        this.#write({ ...line, seenMs: null, gaveUpMs: now });
        return;
      }
      await pause(Math.max(ASK_AGAIN_MS, (now - ackedMs) * ASK_AGAIN_SHARE));
    }
  }

  /** The connection to a region's own door; a new one after a restart. */
  #at(region: string): Redis {
    const { ready } = this.#world.node(region);
    const known = this.#connections.get(region);
    if (known?.pid === ready.pid) return known.redis;
    known?.redis.disconnect();
    const redis = new Redis({
      ...hostAndPort(ready.resp),
      maxRetriesPerRequest: 0,
      commandTimeout: 1_000,
      retryStrategy: () => 100,
    });
    redis.on("error", () => {});
    this.#connections.set(region, { pid: ready.pid, redis });
    return redis;
  }
}
