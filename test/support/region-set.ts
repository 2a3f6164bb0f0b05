import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { ChildProgram } from "../../chaos/world/child-program.ts";
import { findPorts } from "../../chaos/world/ports.ts";
import type { NodeReady } from "../../chaos/world/start-world.ts";
import { hostPort, PROGRAM, waitFor, type Scratch } from "./processes.ts";

/** What `/status` answers, as far as tests look at it. */
export interface RegionStatus {
  readonly state: string;
  readonly incarnation: string;
  readonly peers: readonly {
    readonly peer: string;
    readonly connected: boolean;
    readonly needsSnapshot: boolean;
    readonly behindBatches: number;
    readonly lastError: string | null;
  }[];
  readonly log: {
    readonly firstLsn: number;
    readonly lastLsn: number;
    readonly bytes: number;
    readonly isFull: boolean;
  };
}

const PORTS_PER_REGION = 4;

/**
 * Regions as processes of this machine on fixed ports, each with its directory: started, stopped, killed, started again, with
 * directories copied, put back or emptied in between.
 */
export class RegionSet {
  readonly names: readonly string[];
  readonly #root: string;
  readonly #ports: readonly number[];
  readonly #args: readonly string[];
  readonly #scheme: "ws" | "wss";
  readonly #nodes = new Map<string, ChildProgram<NodeReady>>();
  readonly #clients: Redis[] = [];

  private constructor(
    names: readonly string[],
    root: string,
    ports: readonly number[],
    args: readonly string[],
    scheme: "ws" | "wss",
  ) {
    this.names = names;
    this.#root = root;
    this.#ports = ports;
    this.#args = args;
    this.#scheme = scheme;
  }

  static async create(
    scratch: Scratch,
    names: readonly string[],
    args: readonly string[] = [],
    scheme: "ws" | "wss" = "ws",
  ): Promise<RegionSet> {
    return new RegionSet(names, scratch.directory(), await findPorts(0, names.length * PORTS_PER_REGION), args, scheme);
  }

  directory(name: string): string {
    return join(this.#root, name);
  }

  /** Where a region's gossip, RESP, REST or admin door is. */
  address(name: string, door: "gossip" | "resp" | "rest" | "admin"): string {
    const at = this.names.indexOf(name) * PORTS_PER_REGION + ["gossip", "resp", "rest", "admin"].indexOf(door);
    return `127.0.0.1:${this.#ports[at]}`;
  }

  /** `peers`: whom it is told of; all others when left out. */
  async start(
    name: string,
    options: {
      peers?: readonly string[];
      args?: readonly string[];
      environment?: Readonly<Record<string, string>>;
      withinMs?: number;
    } = {},
  ): Promise<void> {
    const peers = (options.peers ?? this.names.filter((other) => other !== name)).flatMap((peer) => [
      "--peer",
      `${peer}=${this.#scheme}://${this.address(peer, "gossip")}`,
    ]);
    const doors = (["gossip", "resp", "rest", "admin"] as const).flatMap((door) => [
      `--${door}`,
      this.address(name, door),
    ]);
    const args = ["node", "--region", name, "--data", this.directory(name), ...doors, ...peers, ...this.#args];
    const environment = { ANTIPODE_TOKEN: "t0ken", ANTIPODE_SECRET: "s3cret", ...options.environment };
    const all = [...args, ...(options.args ?? [])];
    this.#nodes.set(
      name,
      await ChildProgram.start<NodeReady>(name, PROGRAM, all, environment, options.withinMs ?? 30_000),
    );
  }

  async startAll(): Promise<void> {
    await Promise.all(this.names.map((name) => this.start(name)));
  }

  node(name: string): ChildProgram<NodeReady> {
    return this.#nodes.get(name)!;
  }

  isRunning(name: string): boolean {
    return this.#nodes.get(name)?.running ?? false;
  }

  async stop(name: string): Promise<void> {
    await this.node(name).stop(10_000);
  }

  async kill(name: string): Promise<void> {
    await this.node(name).kill();
  }

  /** The directory as it is now, kept aside. The region does not run. */
  copyDirectory(name: string, to: string): void {
    cpSync(this.directory(name), join(this.#root, to), { recursive: true });
  }

  putBack(name: string, from: string): void {
    this.destroy(name);
    cpSync(join(this.#root, from), this.directory(name), { recursive: true });
  }

  destroy(name: string): void {
    rmSync(this.directory(name), { recursive: true, force: true });
  }

  client(name: string): Redis {
    const client = new Redis({ ...hostPort(this.address(name, "resp")), maxRetriesPerRequest: null });
    client.on("error", () => {});
    this.#clients.push(client);
    return client;
  }

  async status(name: string): Promise<RegionStatus> {
    return (await this.admin(name, "/status")) as RegionStatus;
  }

  async admin(name: string, path: string, init: RequestInit = {}): Promise<unknown> {
    const response = await fetch(`http://${this.address(name, "admin")}${path}`, init);
    return response.json();
  }

  async metric(name: string, metric: string): Promise<number> {
    const text = await (await fetch(`http://${this.address(name, "admin")}/metrics`)).text();
    const lines = text.split("\n").filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
  }

  /** Waits until all of these have equal vectors and equal digests. */
  async converged(names: readonly string[] = this.names, deadlineMs = 30_000): Promise<void> {
    let seen = "";
    await waitFor(
      `convergence of ${names.join()}`,
      async () => {
        const at = Date.now();
        const digests = await Promise.all(names.map((name) => this.admin(name, `/digest?at=${at}`)));
        const lines = (digests as { vector: Record<string, number>; digest: string }[]).map(({ vector, digest }) =>
          JSON.stringify([Object.entries(vector).toSorted(), digest]),
        );
        seen = lines.join("\n");
        return new Set(lines).size === 1;
      },
      deadlineMs,
      // Each look reads three whole databases.
      100,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${seen}`);
    });
  }

  async end(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.disconnect();
    await Promise.all([...this.#nodes.values()].map((node) => node.kill()));
  }
}
