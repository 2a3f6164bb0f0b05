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
}

const ONE_WAY_MS = 40;
const RATES = [200, 2_000, 10_000];

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
    const antipode: LagResult[] = [];
    const redisReplica: LagResult[] = [];
    for (const rate of RATES) {
      const ours = await measureLag(loopback(nodes[0]!.port), loopback(nodes[1]!.port), rate, seconds);
      const theirs = await measureLag(loopback(primary.port), loopback(replica.port), rate, seconds);
      antipode.push(ours);
      redisReplica.push(theirs);
      say(
        `  W6   lag at ${String(rate).padStart(5)}/s over ${ONE_WAY_MS} ms   ${show(ours)}   Redis replica ${show(theirs)}`,
      );
    }
    return { oneWayMs: ONE_WAY_MS, antipode, redisReplica };
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
