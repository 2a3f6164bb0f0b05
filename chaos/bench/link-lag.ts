import { setDistance } from "../links/distance.ts";
import { ToxiproxyLinks, type ToxiproxySource } from "../links/toxiproxy-links.ts";
import { findPorts } from "../world/ports.ts";
import { withScratch } from "./bench-node.ts";
import type { BenchTools } from "./comparison.ts";
import { measureLag, type LagResult } from "./lag.ts";
import { settle, startMesh, stopAll } from "./mesh.ts";
import { RedisPeer } from "./redis-peer.ts";

export interface LinkLag {
  readonly oneWayMs: number;
  readonly antipode: readonly LagResult[];
  readonly redisReplica: readonly LagResult[];
  /** The highest rate, as the first thing the processes did. Missing in results of before it was taken. */
  readonly justStarted?: { readonly antipode: LagResult; readonly redisReplica: LagResult };
}

const ONE_WAY_MS = 40;
const RATES = [200, 2_000, 10_000];
/**
 * Rounds at the highest rate before the first that counts. Node compiles what it runs often, which takes its first seconds and much of
 * both cores; a region has them once in its life.
 */
const WARM_ROUNDS = 3;

/** W6: through a link of 40 ms one way, this project between two regions, Redis from a primary to a replica. */
export async function measureLinkLag(tools: BenchTools, source: ToxiproxySource, seconds: number): Promise<LinkLag> {
  const links = await ToxiproxyLinks.connect(source);
  const far = async (name: string, port: number): Promise<string> => {
    const link = await links.open(name, `127.0.0.1:${port}`);
    await setDistance(link, ONE_WAY_MS);
    return link.address;
  };
  try {
    return await withScratch((directory) => throughLinks(tools, far, directory, seconds));
  } finally {
    await links.close();
  }
}

async function throughLinks(
  { program, redisServer, say }: BenchTools,
  far: (name: string, port: number) => Promise<string>,
  directory: string,
  seconds: number,
): Promise<LinkLag> {
  const ports = await findPorts(0, 2);
  const roads = [await far("bench_b_to_a", ports[0]!), await far("bench_a_to_b", ports[1]!)];
  const nodes = await startMesh(program, directory, ports, ([, to]) => roads[to]!);
  const primary = await RedisPeer.start(redisServer, ["--repl-diskless-sync-delay", "0"]);
  const [host, port] = (await far("bench_replica", primary.port)).split(":") as [string, string];
  const replica = await RedisPeer.start(redisServer, ["--replicaof", host, port]);
  try {
    await Promise.all([settle(nodes), replica.follows()]);
    const between = async (from: number, to: number, rate: number): Promise<LagResult> =>
      measureLag(loopback(from), loopback(to), rate, seconds);
    const ours = (rate: number): Promise<LagResult> => between(nodes[0]!.port, nodes[1]!.port, rate);
    const theirs = (rate: number): Promise<LagResult> => between(primary.port, replica.port, rate);
    const told = (what: string, antipode: LagResult, redisReplica: LagResult): void =>
      say(
        `  W6   lag at ${String(antipode.rate).padStart(5)}/s over ${ONE_WAY_MS} ms${what}   ${show(antipode)}   Redis replica ${show(redisReplica)}`,
      );
    const highest = Math.max(...RATES);
    const justStarted = { antipode: await ours(highest), redisReplica: await theirs(highest) };
    told(", just started", justStarted.antipode, justStarted.redisReplica);
    for (let round = 1; round < WARM_ROUNDS; round++) await ours(highest);
    const antipode: LagResult[] = [];
    const redisReplica: LagResult[] = [];
    for (const rate of RATES) {
      antipode.push(await ours(rate));
      redisReplica.push(await theirs(rate));
      told("", antipode.at(-1)!, redisReplica.at(-1)!);
    }
    return { oneWayMs: ONE_WAY_MS, antipode, redisReplica, justStarted };
  } finally {
    await replica.stop();
    await primary.stop();
    await stopAll(nodes);
  }
}

const loopback = (port: number): { host: string; port: number } => ({ host: "127.0.0.1", port });

function show({ p50Ms, p99Ms }: LagResult): string {
  return `p50 ${p50Ms.toFixed(1)} p99 ${p99Ms.toFixed(1)} ms`;
}
