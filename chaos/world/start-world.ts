import { join } from "node:path";
import { randomHex } from "../../src/base/random.ts";
import { oneWayMs } from "../links/distance.ts";
import type { Links } from "../links/link.ts";
import { ChildProgram, StartFailedError, type Program } from "./child-program.ts";
import { findPorts } from "./ports.ts";
import { RegionProcess, type Doors, type NodeReady } from "./region-process.ts";
import { CLIENTS, Roads, ROUTER } from "./roads.ts";
import { loadSecrets, type WorldSecrets } from "./secrets.ts";

export type { NodeReady } from "./region-process.ts";

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
  /** Null: regions talk directly, without delay. They are closed with the world. */
  readonly links: Links | null;
  readonly startTimeoutMs: number;
  /** Extra flags for every node. */
  readonly nodeArgs: readonly string[];
  /** Extra flags for one region's node. */
  readonly regionArgs?: Readonly<Record<string, readonly string[]>>;
  /** Another build for some regions. */
  readonly regionPrograms?: Readonly<Record<string, Program>>;
  /** Other places for some regions' data. */
  readonly regionDirs?: Readonly<Record<string, string>>;
  /** Whether regions can be harmed: clients and the router reach them by links of their own, clocks and disks can be put wrong. */
  readonly faults?: boolean;
}

const PORTS_PER_REGION = 4;
const ROUTER_PORTS = 2;
/** How far a region that is added later is from all others. */
const ADDED_ONE_WAY_MS = 40;

/** Several regions and a router as processes of this machine: what `antipode world` shows and tests cut in two. */
export class World {
  readonly secrets: WorldSecrets;
  readonly roads: Roads | null;
  readonly #options: WorldOptions;
  readonly #processes = new Map<string, RegionProcess>();
  /** Where clients find each region: its own doors, or the links before them. */
  readonly #clientDoors = new Map<string, { readonly resp: string; readonly rest: string }>();
  /** Twins, and regions that have left. */
  readonly #others = new Set<RegionProcess>();
  #router: ChildProgram<RouterReady> | null = null;

  private constructor(options: WorldOptions, secrets: WorldSecrets) {
    this.#options = options;
    this.secrets = secrets;
    this.roads = options.links === null ? null : new Roads(options.links, `w${randomHex(4)}`);
  }

  /** Regions in the order they were given, then those that were added. */
  get regions(): readonly string[] {
    return [...this.#processes.keys()];
  }

  get delayed(): boolean {
    return this.roads !== null;
  }

  region(name: string): RegionProcess {
    const process = this.#processes.get(name);
    if (process === undefined) throw new StartFailedError(`${name} is not a region of this world`);
    return process;
  }

  node(region: string): ChildProgram<NodeReady> {
    return this.region(region).node;
  }

  get router(): ChildProgram<RouterReady> {
    return this.#router!;
  }

  get nodes(): readonly ChildProgram<NodeReady>[] {
    return this.regions.map((region) => this.node(region));
  }

  /** Where clients reach a region; behind these addresses nothing changes when it is started again. */
  clientDoors(region: string): { readonly resp: string; readonly rest: string } {
    return this.#clientDoors.get(region)!;
  }

  static async start(options: WorldOptions): Promise<World> {
    const world = new World(options, loadSecrets(options.dataDir));
    try {
      await world.#begin();
      return world;
    } catch (error) {
      await world.stop();
      throw error;
    }
  }

  async #begin(): Promise<void> {
    const { regions, basePort } = this.#options;
    const ports = await findPorts(basePort, regions.length * PORTS_PER_REGION + ROUTER_PORTS);
    const doors = new Map(
      regions.map((region, index) => [region, doorsAt(ports.slice(ROUTER_PORTS + index * PORTS_PER_REGION))]),
    );
    for (const [index, region] of regions.entries()) {
      const peers: (readonly [string, string])[] = [];
      for (const [other, peer] of regions.entries()) {
        if (other === index) continue;
        peers.push([peer, await this.#road(region, peer, "gossip", doors.get(peer)!.gossip, oneWayMs(index, other))]);
      }
      await this.#plan(region, doors.get(region)!, peers);
    }
    const started = await Promise.allSettled(regions.map((region) => this.startRegion(region)));
    const failed = started.find((one) => one.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    await this.#startRouter([`127.0.0.1:${ports[0]!}`, `127.0.0.1:${ports[1]!}`]);
  }

  async #plan(region: string, doors: Doors, peers: readonly (readonly [string, string])[]): Promise<void> {
    const { program, dataDir, nodeArgs, regionArgs, regionPrograms, regionDirs, startTimeoutMs } = this.#options;
    const process = new RegionProcess({
      name: region,
      doors,
      dataDir: regionDirs?.[region] ?? join(dataDir, region),
      peers,
      args: [...nodeArgs, ...(regionArgs?.[region] ?? [])],
      program: regionPrograms?.[region] ?? program,
      secrets: this.secrets,
      startTimeoutMs,
      faults: this.#options.faults === true,
    });
    this.#processes.set(region, process);
    this.#clientDoors.set(region, await this.#doorRoads(CLIENTS, region, doors));
  }

  async #startRouter([http, resp]: readonly [string, string]): Promise<void> {
    const args = ["router", "--http", http, "--resp", resp];
    for (const region of this.regions) {
      const doors = await this.#doorRoads(ROUTER, region, this.region(region).plan.doors);
      args.push("--region", `${region}=http://${doors.rest},redis://${doors.resp}`);
    }
    const { program, startTimeoutMs, faults } = this.#options;
    if (faults === true) args.push("--admin", "127.0.0.1:0");
    this.#router = await ChildProgram.start<RouterReady>("router", program, args, {}, startTimeoutMs);
  }

  async #doorRoads(from: string, region: string, doors: Doors): Promise<{ resp: string; rest: string }> {
    if (this.#options.faults !== true) return { resp: doors.resp, rest: doors.rest };
    return {
      resp: await this.#road(from, region, "resp", doors.resp, 0),
      rest: await this.#road(from, region, "rest", doors.rest, 0),
    };
  }

  async #road(from: string, to: string, what: string, upstream: string, delayMs: number): Promise<string> {
    return this.roads === null ? upstream : this.roads.build(from, to, what, upstream, delayMs);
  }

  /** Starts a region that is not running, on the addresses and the data it had. */
  startRegion(region: string): Promise<void> {
    return this.region(region).start();
  }

  /**
   * A process for a region that is no member yet, started with an empty directory and the others as its peers; answers where they
   * find it (`ws://…`). Whoever runs the world's membership adds it. The router does not know it.
   */
  async prepareRegion(region: string): Promise<string> {
    const doors = doorsAt(await findPorts(0, PORTS_PER_REGION));
    const peers: (readonly [string, string])[] = [];
    for (const peer of this.regions) {
      const { gossip } = this.region(peer).plan.doors;
      peers.push([peer, await this.#road(region, peer, "gossip", gossip, ADDED_ONE_WAY_MS)]);
    }
    const own =
      this.roads === null
        ? doors.gossip
        : await this.roads.buildForAnybody(region, "gossip", doors.gossip, ADDED_ONE_WAY_MS);
    await this.#plan(region, doors, peers);
    return `ws://${own}`;
  }

  /** A second process of a region on a copy of its directory, under the same name, dialling the same peers. */
  async startTwin(region: string, dataDir: string): Promise<RegionProcess> {
    const { plan } = this.region(region);
    const twin = new RegionProcess({ ...plan, dataDir, doors: doorsAt(await findPorts(0, PORTS_PER_REGION)) });
    this.#others.add(twin);
    await twin.start();
    return twin;
  }

  /** A region that has left: nobody asks it any more. */
  forget(region: string): void {
    this.#others.add(this.region(region));
    this.#processes.delete(region);
  }

  /** Drains and ends everything: the router first, so that no client is sent to a region that is leaving. */
  async stop(timeoutMs = 10_000): Promise<void> {
    await this.#router?.stop(timeoutMs);
    const processes = [...this.#processes.values(), ...this.#others];
    await Promise.all(processes.map((process) => process.stop(timeoutMs)));
    await this.roads?.end();
  }
}

function doorsAt(ports: readonly number[]): Doors {
  const [resp, rest, gossip, admin] = ports.map((port) => `127.0.0.1:${port}`);
  return { resp: resp!, rest: rest!, gossip: gossip!, admin: admin! };
}
