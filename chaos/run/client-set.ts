import type { Client } from "../clients/client.ts";
import { IoredisClient } from "../clients/ioredis-client.ts";
import { NodeRedisClient } from "../clients/node-redis-client.ts";
import { RestClient } from "../clients/rest-client.ts";
import { UpstashClient } from "../clients/upstash-client.ts";
import type { World } from "../world/start-world.ts";
import type { PlannedOp } from "../workloads/workload.ts";
import { pause } from "./run-clock.ts";

const PING_EVERY_MS = 50;

interface RegionClients {
  readonly usual: readonly Client[];
  /** Shows tokens. */
  readonly rest: Client;
  /** Its connection may be held up by WAIT. */
  readonly waiting: Client;
}

/** The people of a run: unmodified client libraries on every door of every region and of the router. */
export class ClientSet {
  readonly #regions: ReadonlyMap<string, RegionClients>;
  readonly #router: readonly Client[];

  constructor(world: World) {
    const { token } = world.secrets;
    this.#regions = new Map(
      world.regions.map((region) => {
        const { resp, rest } = world.clientDoors(region);
        const restClient = new RestClient(`${region}/undici`, "rest", region, rest, token);
        const usual = [
          new IoredisClient(`${region}/ioredis`, "resp", region, resp),
          restClient,
          new NodeRedisClient(`${region}/redis`, region, resp),
          new UpstashClient(`${region}/upstash`, "rest", region, rest, token),
        ];
        const waiting = new IoredisClient(`${region}/ioredis-waiting`, "resp", region, resp);
        return [region, { usual, rest: restClient, waiting }];
      }),
    );
    const { http, resp } = world.router.ready;
    this.#router = [
      new RestClient("router/undici-1", "router-rest", null, http, token),
      new RestClient("router/undici-2", "router-rest", null, http, token),
      new IoredisClient("router/ioredis", "router-resp", null, resp!),
    ];
  }

  get count(): number {
    return this.#all().length;
  }

  /** Who sends it; the same person always by the same client. */
  choose({ region, person, op, concern, usesToken }: PlannedOp): Client {
    const clients = region === null ? undefined : this.#regions.get(region);
    if (clients === undefined) return this.router(person);
    if (concern !== "local") return clients.waiting;
    if (usesToken) return clients.rest;
    const usual = clients.usual[person % clients.usual.length]!;
    // The SDK has no method for a revocation.
    return op.kind === "session.logout" && op.final && usual instanceof UpstashClient ? clients.rest : usual;
  }

  router(person: number): Client {
    return this.#router[person % this.#router.length]!;
  }

  /** Resolves once every client has been answered, or `withinMs` are over: a run begins with clients that are connected. */
  async ready(withinMs = 10_000): Promise<void> {
    const giveUp = performance.now() + withinMs;
    const ping = async (client: Client): Promise<void> => {
      while (performance.now() < giveUp) {
        try {
          await client.send([["PING"]], null);
          return;
        } catch {
          await pause(PING_EVERY_MS);
        }
      }
    };
    await Promise.all(this.#all().map(ping));
  }

  async close(): Promise<void> {
    await Promise.all(this.#all().map((client) => client.close().catch(() => {})));
  }

  #all(): readonly Client[] {
    return [...this.#router, ...[...this.#regions.values()].flatMap(({ usual, waiting }) => [...usual, waiting])];
  }
}
