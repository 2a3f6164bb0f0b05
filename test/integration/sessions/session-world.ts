import { Redis as UpstashRedis } from "@upstash/redis";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { BuiltInLinks } from "../../../chaos/links/built-in-links.ts";
import { World } from "../../../chaos/world/start-world.ts";
import type { RegionClient } from "../../../src/client/session/index.ts";
import { hostPort, PROGRAM, Scratch, waitFor } from "../../support/processes.ts";

export type RegionName = "us-east" | "eu-west";
export const EAST = "us-east";
export const WEST = "eu-west";
export const SPOKEN = ["ioredis", "redis", "@upstash/redis", "fetch"] as const;
export type Spoken = (typeof SPOKEN)[number];

/** Two regions with a link between them that can be cut, and clients of every kind. */
export class SessionWorld {
  readonly #world: World;
  readonly #scratch: Scratch;
  readonly #closing: (() => void)[] = [];
  readonly #plain = new Map<RegionName, Redis>();

  private constructor(world: World, scratch: Scratch) {
    this.#world = world;
    this.#scratch = scratch;
  }

  static async start(): Promise<SessionWorld> {
    const scratch = new Scratch();
    const world = await World.start({
      program: PROGRAM,
      regions: [EAST, WEST],
      dataDir: scratch.directory(),
      basePort: 0,
      links: new BuiltInLinks(1),
      startTimeoutMs: 30_000,
      nodeArgs: ["--segment-bytes", "4mb", "--log-level", "warn"],
    });
    return new SessionWorld(world, scratch);
  }

  /** A connection that the router leads to a region of its choice. */
  routed(): Redis {
    return this.#closedAtEnd(new Redis(hostPort(this.#world.router.ready.resp!)));
  }

  /** A connection with a user's rights. */
  as(region: RegionName, username: string, password: string): Redis {
    return this.#closedAtEnd(
      new Redis({ ...hostPort(this.#world.node(region).ready.resp), username, password, enableReadyCheck: false }),
    );
  }

  /** To look, and to write, past the stores. */
  plain(region: RegionName): Redis {
    let client = this.#plain.get(region);
    if (client === undefined) {
      client = new Redis(hostPort(this.#world.node(region).ready.resp));
      this.#plain.set(region, client);
    }
    return client;
  }

  async client(region: RegionName, spoken: Spoken): Promise<RegionClient> {
    const { resp, rest } = this.#world.node(region).ready;
    const address = { url: `http://${rest}`, token: this.#world.secrets.token };
    switch (spoken) {
      case "ioredis":
        return this.#closedAtEnd(new Redis(hostPort(resp)));
      case "redis": {
        const client = createClient({ url: `redis://${resp}` });
        await client.connect();
        this.#closing.push(() => client.destroy());
        return client;
      }
      case "@upstash/redis":
        return new UpstashRedis({ ...address, enableTelemetry: false });
      case "fetch":
        return address;
    }
  }

  #closedAtEnd(client: Redis): Redis {
    this.#closing.push(() => client.disconnect());
    return client;
  }

  /** Cuts the link, both ways, for as long as `body` runs. */
  async apart(body: () => Promise<void>): Promise<void> {
    await this.#world.roads!.close("apart", EAST, WEST);
    try {
      await body();
    } finally {
      await this.#world.roads!.mend("apart");
      await this.converged();
    }
  }

  async metric(region: RegionName, line: RegExp): Promise<number> {
    const text = await (await fetch(`http://${this.#world.node(region).ready.admin}/metrics`)).text();
    return text
      .split("\n")
      .filter((one) => line.test(one))
      .reduce((sum, one) => sum + Number(one.slice(one.lastIndexOf(" ") + 1)), 0);
  }

  /** Until both regions have the same, as their digests say. */
  async converged(): Promise<void> {
    await waitFor(
      "convergence",
      async () => {
        const at = Date.now();
        const digests = await Promise.all(
          [EAST, WEST].map(async (region) => {
            const response = await fetch(`http://${this.#world.node(region).ready.admin}/digest?at=${at}`);
            const { vector, digest } = (await response.json()) as { readonly vector: object; readonly digest: string };
            return JSON.stringify([Object.entries(vector).toSorted(), digest]);
          }),
        );
        return digests[0] === digests[1];
      },
      30_000,
    );
  }

  async stop(): Promise<void> {
    for (const client of this.#plain.values()) client.disconnect();
    for (const close of this.#closing) close();
    await this.#world.stop();
    this.#scratch.clean();
  }
}
