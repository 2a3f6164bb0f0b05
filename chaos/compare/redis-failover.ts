import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { RedisPeer } from "../bench/redis-peer.ts";
import { inTime, outcomeOf } from "../clients/client.ts";
import { string } from "../clients/commands.ts";
import { setDistance } from "../links/distance.ts";
import { hostAndPort, type Link, type Links } from "../links/link.ts";
import { RECORD_VERSION, type HeaderLine } from "../record/lines.ts";
import type { Operation } from "../record/operations.ts";
import type { RunRecord } from "../record/record.ts";
import { RecordWriter } from "../record/write-record.ts";
import { pause, RunClock } from "../run/run-clock.ts";

/** `dies`: the primary is killed (kill -9), and started again later. `cut-off`: its region is cut off from the other, and lives on. */
export type RedisOutage = "dies" | "cut-off";

export interface RedisFailoverOptions {
  readonly outage: RedisOutage;
  readonly binary: string;
  readonly version: string;
  /** Closed with the run. */
  readonly links: Links;
  readonly durationS: number;
  readonly outDir: string;
}

const PRIMARY = "primary";
const REPLICA = "replica";
const PER_SECOND = 100;
const ONE_WAY_MS = 40;
/** How long whoever promotes the replica takes to be sure: what a sentinel is usually set to is five to thirty times as long. */
const DETECT_MS = 1_000;
const EQUAL_WITHIN_MS = 15_000;

/**
 * What people run today, through the same record and judge: a Redis primary that syncs every write before it answers, with one asynchronous
 * replica 40 ms away, which is promoted when the primary is gone; the old primary becomes its replica when it is back. Kind to Redis: promotion
 * takes a second and never errs.
 */
export async function runRedisFailover(options: RedisFailoverOptions): Promise<RunRecord> {
  const args = [
    "--appendonly",
    "yes",
    "--appendfsync",
    "always",
    "--enable-debug-command",
    "yes",
    "--repl-diskless-sync-delay",
    "0",
  ];
  const primary = await RedisPeer.start(options.binary, args);
  const replica = await RedisPeer.start(options.binary, args);
  try {
    return await new Failover(options, primary, replica).run();
  } finally {
    await options.links.close();
    await Promise.all([primary.stop(), replica.stop()]);
  }
}

class Failover {
  readonly #options: RedisFailoverOptions;
  readonly #servers: Readonly<Record<string, RedisPeer>>;
  readonly #clock = new RunClock();
  readonly #writer: RecordWriter;
  readonly #keys = new Set<string>();
  readonly #connections = new Map<string, Redis>();
  /** Whom the clients of each side write to. */
  readonly #target: Record<string, string> = { [PRIMARY]: PRIMARY, [REPLICA]: PRIMARY };
  readonly #between: Link[] = [];
  #count = 0;

  constructor(options: RedisFailoverOptions, primary: RedisPeer, replica: RedisPeer) {
    this.#options = options;
    this.#servers = { [PRIMARY]: primary, [REPLICA]: replica };
    mkdirSync(options.outDir, { recursive: true });
    this.#writer = new RecordWriter(join(options.outDir, "history.ndjson.gz"), header(options));
  }

  async run(): Promise<RunRecord> {
    const write = this.#writer.write.bind(this.#writer);
    const durationMs = this.#options.durationS * 1000;
    await this.#connect();
    await this.#follow(REPLICA, PRIMARY);
    // Two empty servers are equal before they know each other.
    await this.#redis(PRIMARY, PRIMARY).set("replicated", "1");
    await this.#equal();
    const startMs = this.#clock.now();
    const traffic = Promise.all([
      this.#traffic(PRIMARY, startMs, durationMs),
      this.#traffic(REPLICA, startMs, durationMs),
    ]);
    await this.#clock.until(startMs + durationMs / 3);
    const title =
      this.#options.outage === "dies" ? "the primary is killed (kill -9)" : "the primary's region is cut off";
    const fault = {
      line: "fault",
      id: "f1",
      kind: this.#options.outage,
      title,
      regions: [PRIMARY],
      links: [],
      losesDisk: false,
    } as const;
    const beganMs = this.#clock.now();
    if (this.#options.outage === "dies") await this.#servers[PRIMARY]!.kill();
    else for (const link of this.#between) await link.addToxic("cut", "upstream", { kind: "black-hole" });
    write({ ...fault, phase: "begin", askedMs: beganMs, atMs: this.#clock.now() });
    await pause(DETECT_MS);
    await this.#redis(REPLICA, REPLICA).call("REPLICAOF", "NO", "ONE");
    write({
      line: "event",
      atMs: this.#clock.now(),
      kind: "decided",
      region: PRIMARY,
      detail: "the replica is promoted",
    });
    this.#target[REPLICA] = REPLICA;
    if (this.#options.outage === "dies") this.#target[PRIMARY] = REPLICA;
    await this.#clock.until(startMs + (durationMs * 2) / 3);
    await this.#finals([REPLICA], PRIMARY);
    const healedMs = this.#clock.now();
    if (this.#options.outage === "dies") await this.#servers[PRIMARY]!.startAgain();
    else for (const link of this.#between) await link.removeToxic("cut");
    this.#target[PRIMARY] = REPLICA;
    await this.#follow(PRIMARY, REPLICA);
    write({ ...fault, phase: "heal", askedMs: healedMs, atMs: this.#clock.now() });
    await traffic;
    const { equalMs, digests } = await this.#equal();
    await this.#finals([PRIMARY, REPLICA], null);
    write({ line: "end", atMs: this.#clock.now(), equalMs, digests });
    for (const redis of this.#connections.values()) redis.disconnect();
    await this.#writer.close();
    return this.#writer.record;
  }

  /** Four roads: from each side to its own server, and through a link of 40 ms to the other. */
  async #connect(): Promise<void> {
    for (const from of [PRIMARY, REPLICA]) {
      for (const to of [PRIMARY, REPLICA]) {
        let address = `127.0.0.1:${this.#servers[to]!.port}`;
        if (from !== to) address = (await this.#link(`clients_${from}_to_${to}`, address)).address;
        const redis = new Redis({
          ...hostAndPort(address),
          maxRetriesPerRequest: 0,
          enableOfflineQueue: false,
          retryStrategy: () => 100,
        });
        redis.on("error", () => {});
        this.#connections.set(`${from} ${to}`, redis);
        await new Promise((resolve) => redis.once("ready", resolve));
      }
    }
  }

  async #link(name: string, upstream: string): Promise<Link> {
    const link = await this.#options.links.open(`redis_${process.pid}_${name}`, upstream);
    await setDistance(link, ONE_WAY_MS);
    this.#between.push(link);
    return link;
  }

  #redis(from: string, to: string): Redis {
    return this.#connections.get(`${from} ${to}`)!;
  }

  async #follow(follower: string, leader: string): Promise<void> {
    const link = await this.#link(`replication_${follower}`, `127.0.0.1:${this.#servers[leader]!.port}`);
    const { host, port } = hostAndPort(link.address);
    const redis = this.#redis(follower, follower);
    while (redis.status !== "ready") await pause(20);
    await redis.call("REPLICAOF", host, String(port));
  }

  async #traffic(side: string, startMs: number, durationMs: number): Promise<void> {
    const sent: Promise<void>[] = [];
    for (let index = 0; (index * 1000) / PER_SECOND < durationMs; index++) {
      const scheduledMs = startMs + (index * 1000) / PER_SECOND;
      await this.#clock.until(scheduledMs);
      const value = `${side}-${index}`;
      const op: Operation =
        index % 10 === 0
          ? { kind: "counter.add", key: "visits", amount: 1 }
          : { kind: "string.set", key: `session:${value}`, value, ttlMs: null };
      sent.push(this.#send(side, op, scheduledMs));
    }
    await Promise.all(sent);
  }

  async #send(side: string, op: Operation & { readonly key: string }, scheduledMs: number): Promise<void> {
    const target = this.#target[side]!;
    const redis = this.#redis(side, target);
    const id = this.#count++;
    const startedMs = this.#clock.now();
    this.#keys.add(op.key);
    let [outcome, error]: ["acked" | "failed" | "unknown", string | null] = ["acked", null];
    try {
      await inTime<unknown>(op.kind === "string.set" ? redis.set(op.key, op.value) : redis.incr(op.key));
    } catch (cause) {
      outcome = outcomeOf(cause);
      error = cause instanceof Error ? cause.message : String(cause);
    }
    this.#writer.write({
      line: "op",
      id,
      client: `clients near the ${side}`,
      session: null,
      via: "resp",
      library: "ioredis",
      regionAsked: side,
      regionServed: outcome === "acked" ? target : null,
      op,
      scheduledMs,
      startedMs,
      endedMs: this.#clock.now(),
      outcome,
      error,
      saw: null,
      concern: "local",
      confirmedBy: null,
      token: "none",
    });
  }

  async #equal(): Promise<{ equalMs: number | null; digests: Record<string, string> }> {
    const giveUp = this.#clock.now() + EQUAL_WITHIN_MS;
    for (;;) {
      const ask = async (server: string): Promise<string> =>
        String(await this.#redis(server, server).call("DEBUG", "DIGEST"));
      const [one, other] = await Promise.all([ask(PRIMARY), ask(REPLICA)]);
      const digests = { [PRIMARY]: one, [REPLICA]: other };
      if (one === other) return { equalMs: this.#clock.now(), digests };
      if (this.#clock.now() > giveUp) return { equalMs: null, digests };
      await pause(50);
    }
  }

  async #finals(servers: readonly string[], without: string | null): Promise<void> {
    for (const region of servers) {
      const keys = [...this.#keys];
      const fromMs = this.#clock.now();
      const values = await this.#redis(region, region).mget(keys);
      const toMs = this.#clock.now();
      for (const [index, key] of keys.entries())
        this.#writer.write({
          line: "final",
          without,
          region,
          key,
          shown: string(values[index]),
          ttlMs: null,
          fromMs,
          toMs,
        });
    }
  }
}

function header({ outage, version, links }: RedisFailoverOptions): HeaderLine {
  const story =
    outage === "dies" ? "the primary dies and comes back" : "the primary's region is cut off and comes back";
  return {
    line: "header",
    version: RECORD_VERSION,
    scenario: `redis-${outage}`,
    title: `Redis with one asynchronous replica, promoted after a second: ${story}`,
    seed: 0,
    profile: "comparison",
    regions: [PRIMARY, REPLICA],
    proxy: `${links.kind} ${links.version}`,
    programs: { "redis-server": version, node: process.version },
    environment: { cpus: String(availableParallelism()), platform: `${process.platform} ${process.arch}` },
    startedAt: new Date().toISOString(),
    classes: [],
    workload: { ratePerSecond: 2 * PER_SECOND, openLoop: true, clients: 2 },
    convergeWithinMs: EQUAL_WITHIN_MS,
    budgets: [],
    expectsFault: true,
    links: { "primary↔replica": `${ONE_WAY_MS} ms one way` },
  };
}
