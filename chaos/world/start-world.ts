import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ChildProgram, StartFailedError, type Program } from "./child-program.ts";
import { findPorts } from "./ports.ts";
import { ToxiproxyServer, type ToxiproxySource } from "./toxiproxy.ts";

/** What `antipode node --ready-json` prints: every address as HOST:PORT. */
export interface NodeReady {
  readonly region: string;
  readonly resp: string;
  readonly rest: string;
  readonly gossip: string;
  readonly admin: string;
  readonly pid: number;
}

/** What `antipode router --ready-json` prints. */
export interface RouterReady {
  readonly http: string;
  readonly resp: string | null;
  readonly admin: string | null;
  readonly pid: number;
}

export interface WorldOptions {
  readonly program: Program;
  readonly regions: readonly string[];
  readonly dataDir: string;
  /** First of a row of ports; 0: whatever the system has free. */
  readonly basePort: number;
  /** Null: regions talk directly, without delay. */
  readonly toxiproxy: ToxiproxySource | null;
  readonly startTimeoutMs: number;
  /** Extra flags for every node. */
  readonly nodeArgs: readonly string[];
}

/** Credentials of a world, kept in its data directory so that a second start has the same. */
export interface WorldSecrets {
  readonly token: string;
  readonly readOnlyToken: string;
  readonly secret: string;
}

const PORTS_PER_REGION = 4;
const ROUTER_PORTS = 2;
/** One-way delays between neighbours in the list of regions, and what each further step adds: roughly real continents. */
const FIRST_HOP_MS = 30;
const FURTHER_HOP_MS = 45;
const ONE_WAY_MAX_MS = 75;

/** Milliseconds one way between the regions at two positions of the list. */
export function oneWayMs(from: number, to: number): number {
  return Math.min(ONE_WAY_MAX_MS, FIRST_HOP_MS + (Math.abs(from - to) - 1) * FURTHER_HOP_MS);
}

/** Several regions and a router as processes of this machine: what `antipode world` shows and tests cut in two. */
export class World {
  readonly secrets: WorldSecrets;
  readonly regions: readonly string[];
  readonly delayed: boolean;
  readonly #options: WorldOptions;
  readonly #commands: ReadonlyMap<string, readonly string[]>;
  readonly #nodes = new Map<string, ChildProgram<NodeReady>>();
  readonly #proxy: ToxiproxyServer | null;
  #router: ChildProgram<RouterReady> | null = null;

  private constructor(
    options: WorldOptions,
    secrets: WorldSecrets,
    commands: ReadonlyMap<string, readonly string[]>,
    proxy: ToxiproxyServer | null,
  ) {
    this.#options = options;
    this.secrets = secrets;
    this.regions = options.regions;
    this.delayed = proxy !== null;
    this.#commands = commands;
    this.#proxy = proxy;
  }

  node(region: string): ChildProgram<NodeReady> {
    return this.#nodes.get(region)!;
  }

  get router(): ChildProgram<RouterReady> {
    return this.#router!;
  }

  get nodes(): readonly ChildProgram<NodeReady>[] {
    return this.regions.map((region) => this.node(region));
  }

  static async start(options: WorldOptions): Promise<World> {
    const secrets = loadSecrets(options.dataDir);
    const count = options.regions.length * PORTS_PER_REGION + ROUTER_PORTS;
    const ports = await findPorts(options.basePort, count);
    const proxy = options.toxiproxy === null ? null : await ToxiproxyServer.start(options.toxiproxy);
    const commands = new Map<string, readonly string[]>();
    const at = (index: number, offset: number): string =>
      `127.0.0.1:${ports[ROUTER_PORTS + index * PORTS_PER_REGION + offset]!}`;
    try {
      for (const [index, region] of options.regions.entries()) {
        const peers: string[] = [];
        for (const [other, peer] of options.regions.entries()) {
          if (other === index) continue;
          const direct = at(other, 2);
          const name = `antipode_${region}_to_${peer}`;
          const address = proxy === null ? direct : await proxy.link(name, direct, oneWayMs(index, other));
          peers.push("--peer", `${peer}=ws://${address}`);
        }
        const addresses = [
          "--resp",
          at(index, 0),
          "--rest",
          at(index, 1),
          "--gossip",
          at(index, 2),
          "--admin",
          at(index, 3),
        ];
        const data = join(options.dataDir, region);
        commands.set(region, ["node", "--region", region, "--data", data, ...addresses, ...peers, ...options.nodeArgs]);
      }
      const world = new World(options, secrets, commands, proxy);
      await world.#startAll([`127.0.0.1:${ports[0]!}`, `127.0.0.1:${ports[1]!}`]);
      return world;
    } catch (error) {
      await proxy?.stop();
      throw error;
    }
  }

  async #startAll([http, resp]: readonly [string, string]): Promise<void> {
    const started = await Promise.allSettled(this.regions.map((region) => this.startRegion(region)));
    const failed = started.find((one) => one.status === "rejected");
    if (failed !== undefined) {
      await this.stop();
      throw failed.reason;
    }
    const args = ["router", "--http", http, "--resp", resp];
    for (const { ready } of this.nodes)
      args.push("--region", `${ready.region}=http://${ready.rest},redis://${ready.resp}`);
    try {
      const timeoutMs = this.#options.startTimeoutMs;
      this.#router = await ChildProgram.start<RouterReady>("router", this.#options.program, args, {}, timeoutMs);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Starts a region that is not running, on the addresses and the data it had. */
  async startRegion(region: string): Promise<void> {
    const command = this.#commands.get(region);
    if (command === undefined) throw new StartFailedError(`${region} is not a region of this world`);
    const node = await ChildProgram.start<NodeReady>(
      region,
      this.#options.program,
      command,
      {
        ANTIPODE_TOKEN: this.secrets.token,
        ANTIPODE_READ_ONLY_TOKEN: this.secrets.readOnlyToken,
        ANTIPODE_SECRET: this.secrets.secret,
      },
      this.#options.startTimeoutMs,
    );
    this.#nodes.set(region, node);
  }

  /** Drains and ends everything: the router first, so that no client is sent to a region that is leaving. */
  async stop(timeoutMs = 10_000): Promise<void> {
    await this.#router?.stop(timeoutMs);
    await Promise.all([...this.#nodes.values()].map((node) => node.stop(timeoutMs)));
    await this.#proxy?.stop();
  }
}

function loadSecrets(dataDir: string): WorldSecrets {
  mkdirSync(dataDir, { recursive: true });
  const path = join(dataDir, "world.json");
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")) as WorldSecrets;
  const secret = (): string => randomBytes(18).toString("base64url");
  const secrets: WorldSecrets = { token: secret(), readOnlyToken: secret(), secret: secret() };
  writeFileSync(`${path}.new`, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return secrets;
}
