import type { Link, Links } from "../../../chaos/links/link.ts";
import { openLinks } from "../../../chaos/links/open-links.ts";
import type { ClientRegion } from "../../../src/client/index.ts";
import { Scratch, waitFor } from "../../support/processes.ts";
import { RegionSet } from "../../support/region-set.ts";

/** One way from the program to each region, in milliseconds. */
const ONE_WAY_MS: Readonly<Record<string, number>> = { near: 1, mid: 15, far: 40 };

/**
 * Three regions of this machine that talk to each other directly, and links between them and a program, which can be spoiled: what a
 * client sees when its own way to a region fails, or the region itself.
 */
export class GeoWorld {
  readonly set: RegionSet;
  readonly #scratch: Scratch;
  readonly #links: Links;
  readonly #byRegion = new Map<string, readonly Link[]>();
  regions: readonly ClientRegion[] = [];

  private constructor(set: RegionSet, scratch: Scratch, links: Links) {
    this.set = set;
    this.#scratch = scratch;
    this.#links = links;
  }

  static async start(): Promise<GeoWorld> {
    const scratch = new Scratch();
    const set = await RegionSet.create(scratch, Object.keys(ONE_WAY_MS), ["--log-level", "warn"]);
    const world = new GeoWorld(
      set,
      scratch,
      await openLinks({ choice: "auto", projectDirs: [process.cwd()], mayBuild: false, seed: 1, onNote: () => {} }),
    );
    await set.startAll();
    world.regions = await Promise.all(set.names.map((name) => world.#reach(name)));
    return world;
  }

  async #reach(name: string): Promise<ClientRegion> {
    const doors = ["resp", "rest"] as const;
    const links = await Promise.all(
      doors.map((door) => this.#links.open(`${name}-${door}`, this.set.address(name, door))),
    );
    this.#byRegion.set(name, links);
    for (const link of links) {
      const latencyMs = ONE_WAY_MS[name]!;
      for (const stream of ["upstream", "downstream"] as const) {
        await link.addToxic(`${stream}-distance`, stream, { kind: "latency", latencyMs, jitterMs: 0 });
      }
    }
    return { name, resp: `redis://${links[0]!.address}`, rest: `http://${links[1]!.address}` };
  }

  /** From now on nothing comes through between the program and the region, while connections stay open. */
  async swallow(name: string): Promise<void> {
    await this.#each(name, async (link) => {
      await link.addToxic("hole-up", "upstream", { kind: "black-hole" });
      await link.addToxic("hole-down", "downstream", { kind: "black-hole" });
    });
  }

  async cut(name: string): Promise<void> {
    await this.#each(name, (link) => link.setOpen(false));
  }

  async heal(name: string): Promise<void> {
    await this.#each(name, async (link) => {
      await link.removeToxic("hole-up");
      await link.removeToxic("hole-down");
      await link.setOpen(true);
    });
  }

  async end(): Promise<void> {
    await this.set.end();
    await this.#links.close();
    this.#scratch.clean();
  }

  async #each(name: string, action: (link: Link) => Promise<void>): Promise<void> {
    await Promise.all(this.#byRegion.get(name)!.map(action));
  }
}

export interface Counter {
  /** Writes the number; resolves once it is acknowledged. */
  set(value: number): Promise<unknown>;
  /** The number that is there. */
  get(): Promise<number>;
}

/**
 * A program at work: counts up, one write after the other, and reads what is there. Notes the longest time without an acknowledged write
 * and every read that showed less than one before it.
 */
export class Worker {
  readonly #counter: Counter;
  #value = 0;
  #isOver = false;
  #seen = 0;
  #lastAckMs = performance.now();
  #longestGapMs = 0;
  readonly errors: string[] = [];
  readonly wentBack: string[] = [];
  readonly #done: Promise<void>;

  constructor(counter: Counter) {
    this.#counter = counter;
    this.#done = this.#work();
  }

  get acked(): number {
    return this.#value;
  }

  /** The longest gap since it was last asked for, in milliseconds. */
  takeGapMs(): number {
    const gapMs = Math.max(this.#longestGapMs, performance.now() - this.#lastAckMs);
    this.#longestGapMs = 0;
    return gapMs;
  }

  /** Waits until it has written some more. */
  async works(writes = 20, withinMs = 10_000): Promise<void> {
    const from = this.#value;
    await waitFor("the program works", () => this.#value >= from + writes, withinMs).catch((error: unknown) => {
      throw new Error(`${String(error)}; its last errors: ${this.errors.slice(-3).join("; ")}`);
    });
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }

  async #work(): Promise<void> {
    while (!this.#isOver) {
      try {
        await this.#counter.set(this.#value + 1);
        this.#value++;
        const nowMs = performance.now();
        this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - this.#lastAckMs);
        this.#lastAckMs = nowMs;
        const read = await this.#counter.get();
        if (read < this.#seen) this.wentBack.push(`${this.#seen} was seen, then ${read}`);
        this.#seen = Math.max(this.#seen, read);
      } catch (error) {
        this.errors.push(String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
