import { connect } from "node:net";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { confirmationsOf } from "../../../src/commands/confirmations.ts";
import type { Executor } from "../../../src/commands/executor.ts";
import type { NamedVector } from "../../../src/crdt/version-vector.ts";
import { DEFAULT_REST_LIMITS, type RestLimits } from "../../../src/server/rest/rest-limits.ts";
import { startRestServer, type Readiness, type RunningRestServer } from "../../../src/server/rest/rest-server.ts";
import type { EngineRegion } from "../../support/engine-world.ts";
import { CommandWorld } from "../../unit/commands/command-world.ts";

export const TOKEN = "t0ken";
export const READER = "r3ader";

export interface RestWorldOptions {
  readonly limits?: Partial<RestLimits>;
  /** One region alone when left out. */
  readonly engine?: EngineRegion;
  /** Stands before the dispatcher: to hold its log, to fail it. */
  readonly wrap?: (executor: Executor) => Executor;
}

export interface Seen {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

/** The REST door on loopback, before the real commands and engine of one region. */
export class RestWorld {
  readonly commands: CommandWorld;
  readonly server: RunningRestServer;
  readiness: Readiness = { ready: true, state: "ready", lagMs: 1.4 };
  /** What this region has of others, as far as tokens know. */
  peers: NamedVector = {};
  readonly arrived: Set<() => void>;

  private constructor(commands: CommandWorld, server: RunningRestServer, arrived: Set<() => void>) {
    this.commands = commands;
    this.server = server;
    this.arrived = arrived;
  }

  static async start({ limits, engine, wrap }: RestWorldOptions = {}): Promise<RestWorld> {
    const holder: { world: RestWorld | null } = { world: null };
    const arrived = new Set<() => void>();
    const commands = new CommandWorld({}, engine);
    let id = 0;
    const server = await startRestServer({
      host: "127.0.0.1",
      port: 0,
      executor: wrap?.(commands.dispatcher) ?? commands.dispatcher,
      nextClientId: () => ++id,
      tokens: [
        { token: TOKEN, rights: "all" },
        { token: READER, rights: "read-only" },
      ],
      region: "us-east",
      readiness: () => holder.world!.readiness,
      regions: () => ({ region: "us-east", regions: [] }),
      syncTokens: {
        vector: () => ({ ...commands.engine.keyspace.vector(), ...holder.world!.peers }),
        covers: (origin, sequence) =>
          commands.engine.keyspace.covers(origin, sequence) || (holder.world!.peers[origin] ?? 0) >= sequence,
        onDurable: (listener) => {
          arrived.add(listener);
          return () => arrived.delete(listener);
        },
      },
      confirmations: confirmationsOf(commands.dispatcher.server),
      limits: { ...DEFAULT_REST_LIMITS, ...limits },
      clock: systemClock(),
      logger: silentLogger,
    });
    holder.world = new RestWorld(commands, server, arrived);
    return holder.world;
  }

  get url(): string {
    return `http://${this.server.address}`;
  }

  get address(): { readonly host: string; readonly port: number } {
    const [host, port] = this.server.address.split(":") as [string, string];
    return { host, port: Number(port) };
  }

  async fetch(path: string, init: RequestInit = {}, token: string | null = TOKEN): Promise<Seen> {
    const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
    const headers = { ...authorization, ...(init.headers as Record<string, string> | undefined) };
    const response = await fetch(`${this.url}${path}`, { ...init, headers });
    const text = await response.text();
    return {
      status: response.status,
      body: text === "" ? null : (JSON.parse(text) as unknown),
      headers: response.headers,
    };
  }

  post(body: string | Uint8Array, path = "/", headers: Record<string, string> = {}, token = TOKEN): Promise<Seen> {
    return this.fetch(path, { method: "POST", body: body as NonNullable<RequestInit["body"]>, headers }, token);
  }

  /** Batches of a peer arrive. */
  arrive(peers: NamedVector): void {
    this.peers = { ...this.peers, ...peers };
    for (const listener of this.arrived) listener();
  }

  /** Sends bytes as they are and gathers what comes back, until the connection ends or `enough`. */
  talk(bytes: string | Buffer, enough: (text: string) => boolean = () => false): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(this.address);
      let text = "";
      socket.on("connect", () => socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes));
      socket.on("data", (chunk: Buffer) => {
        text += chunk.toString("latin1");
        if (enough(text)) socket.destroy();
      });
      socket.on("error", () => {});
      socket.on("close", () => resolve(text));
    });
  }
}
