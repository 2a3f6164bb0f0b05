import { cpus, loadavg, tmpdir } from "node:os";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findPorts } from "../world/ports.ts";
import { setDistance } from "../links/distance.ts";
import { ToxiproxyLinks, type ToxiproxySource } from "../links/toxiproxy-links.ts";
import { startBenchNode, withScratch } from "./bench-node.ts";
import { measureFurther, type FurtherOptions, type FurtherResults } from "./further-works.ts";
import { measureLag, type LagResult } from "./lag.ts";
import { onPath, RedisPeer } from "./redis-peer.ts";
import { measureSessions } from "./sessions.ts";
import { median, runRedisBenchmark, type ThroughputRun } from "./throughput.ts";

export interface BenchOptions extends FurtherOptions {
  readonly lagSeconds: number;
  readonly toxiproxy: ToxiproxySource | null;
  readonly version: string;
}

export interface BenchRow {
  readonly work: string;
  readonly what: string;
  readonly antipode: number;
  readonly peer: number;
  readonly ratio: number;
  readonly runs: { readonly antipode: readonly number[]; readonly peer: readonly number[] };
}

export interface BenchResult extends FurtherResults {
  readonly version: string;
  readonly node: string;
  readonly processor: string;
  readonly cores: number;
  readonly loadBefore: readonly number[];
  readonly rounds: number;
  readonly throughput: readonly BenchRow[];
  readonly lag: {
    readonly oneWayMs: number;
    readonly antipode: readonly LagResult[];
    readonly redisReplica: readonly LagResult[];
  };
}

const CLIENTS = 50;
const VALUE_BYTES = 1024;
const LINK_ONE_WAY_MS = 40;
const RATES = [200, 2_000, 10_000];

interface Work {
  readonly work: string;
  readonly what: string;
  readonly test: "set" | "get";
  readonly pipeline: number;
  readonly peerArgs: readonly string[];
}

const SYNCED = ["--appendonly", "yes", "--appendfsync", "always"];
const WORKS: readonly Work[] = [
  { work: "W1", what: "SET, synced before the reply", test: "set", pipeline: 1, peerArgs: SYNCED },
  { work: "W2", what: "SET, synced, pipeline 16", test: "set", pipeline: 16, peerArgs: SYNCED },
  { work: "W3", what: "GET", test: "get", pipeline: 1, peerArgs: SYNCED },
  { work: "W3", what: "GET, pipeline 16", test: "get", pipeline: 16, peerArgs: SYNCED },
];

/** Measures this project and a real Redis in one run, interleaved, and answers ratios: absolute figures are the machine's. */
export async function runBench(options: BenchOptions): Promise<BenchResult> {
  const server = onPath("redis-server");
  const benchmark = onPath("redis-benchmark");
  if (server === null || benchmark === null) throw new Error("redis-server and redis-benchmark are needed on PATH");
  const loadBefore = loadavg();
  const throughput = [
    ...(await measureThroughput(options, server, benchmark)),
    ...(options.works.includes("W14") ? await measureSessionRows(options, server) : []),
  ];
  const lag = await measureLags(options, server);
  const further = await measureFurther(options, server);
  const [processor] = cpus();
  return {
    version: options.version,
    node: process.version,
    processor: processor?.model ?? "",
    cores: cpus().length,
    loadBefore,
    rounds: options.rounds,
    throughput,
    lag,
    ...further,
  };
}

async function measureThroughput(
  options: BenchOptions,
  server: string,
  benchmark: string,
): Promise<readonly BenchRow[]> {
  const works = WORKS.filter(({ work }) => options.works.includes(work));
  const rows: BenchRow[] = [];
  for (const { work, what, test, pipeline, peerArgs } of works) {
    const antipode: number[] = [];
    const peer: number[] = [];
    const run = (port: number): ThroughputRun => ({
      port,
      test,
      pipeline,
      requests: options.requests * (pipeline > 1 ? 4 : 1),
      clients: CLIENTS,
      valueBytes: VALUE_BYTES,
    });
    // One at a time, turn by turn: what the machine does meanwhile hits both.
    for (let round = 0; round < options.rounds; round++) {
      await withNode(options, async (port) => {
        await fill(benchmark, port, test, options.requests);
        antipode.push(await runRedisBenchmark(benchmark, run(port)));
      });
      const redis = await RedisPeer.start(server, peerArgs);
      await fill(benchmark, redis.port, test, options.requests);
      peer.push(await runRedisBenchmark(benchmark, run(redis.port)));
      await redis.stop();
    }
    const row = rowOf(work, what, antipode, peer);
    say(options, row);
    rows.push(row);
  }
  return rows;
}

function rowOf(work: string, what: string, antipode: readonly number[], peer: readonly number[]): BenchRow {
  const [ours, theirs] = [median(antipode), median(peer)];
  return { work, what, antipode: ours, peer: theirs, ratio: ours / theirs, runs: { antipode, peer } };
}

function say(options: BenchOptions, { work, what, antipode, peer, ratio }: BenchRow): void {
  const rate = (perSecond: number): string => Math.round(perSecond).toString().padStart(8);
  options.say(`  ${work}  ${what.padEnd(30)} ${rate(antipode)}/s  Redis ${rate(peer)}/s  ratio ${ratio.toFixed(2)}`);
}

/** W14: an application's session store, through one connection: this project's beside connect-redis on a Redis that syncs as we do. */
async function measureSessionRows(options: BenchOptions, server: string): Promise<readonly BenchRow[]> {
  const runs = { document: [] as number[], hash: [] as number[], "connect-redis": [] as number[] };
  const load = { sessions: 1_000, requests: options.requests, concurrency: CLIENTS, valueBytes: VALUE_BYTES };
  for (let round = 0; round < options.rounds; round++) {
    for (const kind of ["document", "hash"] as const) {
      await withNode(options, async (port) => {
        runs[kind].push(await measureSessions({ ...load, kind, port }));
      });
    }
    const redis = await RedisPeer.start(server, SYNCED);
    runs["connect-redis"].push(await measureSessions({ ...load, kind: "connect-redis", port: redis.port }));
    await redis.stop();
  }
  const rows = (["document", "hash"] as const).map((kind) =>
    rowOf("W14", `session as a ${kind}`, runs[kind], runs["connect-redis"]),
  );
  for (const row of rows) say(options, row);
  return rows;
}

/** Reads are measured on data that is there; writes on a warm process. */
async function fill(benchmark: string, port: number, test: "set" | "get", requests: number): Promise<void> {
  const run = { port, test: "set", pipeline: 16, clients: CLIENTS, valueBytes: VALUE_BYTES } as const;
  await runRedisBenchmark(benchmark, { ...run, requests: test === "get" ? requests * 2 : Math.ceil(requests / 2) });
}

function withNode({ program }: BenchOptions, body: (port: number) => Promise<void>): Promise<void> {
  return withScratch(async (data) => {
    const node = await startBenchNode(program, { region: "bench", data });
    try {
      await body(node.port);
    } finally {
      await node.program.stop(20_000);
    }
  });
}

/** W6: through a link of 40 ms one way, this project between two regions, Redis from a primary to a replica. */
async function measureLags(options: BenchOptions, server: string): Promise<BenchResult["lag"]> {
  if (!options.works.includes("W6")) return { oneWayMs: LINK_ONE_WAY_MS, antipode: [], redisReplica: [] };
  if (options.toxiproxy === null) {
    options.say("  W6  skipped: no toxiproxy server (npm run toxiproxy builds one)");
    return { oneWayMs: LINK_ONE_WAY_MS, antipode: [], redisReplica: [] };
  }
  const links = await ToxiproxyLinks.connect(options.toxiproxy);
  const far = async (name: string, port: number): Promise<string> => {
    const link = await links.open(name, `127.0.0.1:${port}`);
    await setDistance(link, LINK_ONE_WAY_MS);
    return link.address;
  };
  const antipode: LagResult[] = [];
  const redisReplica: LagResult[] = [];
  const data = mkdtempSync(join(tmpdir(), "antipode-bench-"));
  const [gossipA, gossipB] = (await findPorts(0, 2)) as [number, number];
  const toA = await far("bench_b_to_a", gossipA);
  const toB = await far("bench_a_to_b", gossipB);
  const { program } = options;
  const [a, b] = await Promise.all([
    startBenchNode(program, {
      region: "a",
      data: join(data, "a"),
      gossip: `127.0.0.1:${gossipA}`,
      peers: [`b=${toB}`],
    }),
    startBenchNode(program, {
      region: "b",
      data: join(data, "b"),
      gossip: `127.0.0.1:${gossipB}`,
      peers: [`a=${toA}`],
    }),
  ]);
  const primary = await RedisPeer.start(server, ["--repl-diskless-sync-delay", "0"]);
  const toPrimary = await far("bench_replica", primary.port);
  const [proxyHost, proxyPort] = toPrimary.split(":") as [string, string];
  const replica = await RedisPeer.start(server, ["--replicaof", proxyHost, proxyPort]);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const loopback = (port: number): { host: string; port: number } => ({ host: "127.0.0.1", port });
  for (const rate of RATES) {
    const ours = await measureLag(loopback(a.port), loopback(b.port), rate, options.lagSeconds);
    const theirs = await measureLag(loopback(primary.port), loopback(replica.port), rate, options.lagSeconds);
    antipode.push(ours);
    redisReplica.push(theirs);
    const show = (result: LagResult): string => `p50 ${result.p50Ms.toFixed(1)} p99 ${result.p99Ms.toFixed(1)} ms`;
    options.say(
      `  W6  lag at ${String(rate).padStart(5)}/s over ${LINK_ONE_WAY_MS} ms   ${show(ours)}   Redis replica ${show(theirs)}`,
    );
  }
  await Promise.all([a.program.stop(20_000), b.program.stop(20_000)]);
  await replica.stop();
  await primary.stop();
  await links.close();
  rmSync(data, { recursive: true, force: true });
  return { oneWayMs: LINK_ONE_WAY_MS, antipode, redisReplica };
}
