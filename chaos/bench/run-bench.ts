import type { ToxiproxySource } from "../links/toxiproxy-links.ts";
import type { BenchRow, BenchTools } from "./comparison.ts";
import { measureFurther, type FurtherOptions, type FurtherResults } from "./further-works.ts";
import { measureLinkLag, type LinkLag } from "./link-lag.ts";
import { measurePlainCommands } from "./plain-commands.ts";
import { measureRateLimitScripts } from "./rate-limit-scripts.ts";
import { onPath } from "./redis-peer.ts";
import { measureReplicated } from "./replicated.ts";
import { measureRest } from "./rest.ts";
import { measureSessionStores } from "./session-stores.ts";

export interface BenchOptions extends FurtherOptions {
  readonly lagSeconds: number;
  readonly restSeconds: number;
  readonly toxiproxy: ToxiproxySource | null;
  readonly keydb: string | null;
  readonly srh: BenchTools["srh"];
}

export interface BenchResult extends FurtherResults {
  readonly throughput: readonly BenchRow[];
  /** Null: not asked for, or nothing to make distances with. */
  readonly lag: LinkLag | null;
}

/** Measures this project and its peers in one run, interleaved, and answers ratios: absolute figures are the machine's. */
export async function runBench(options: BenchOptions): Promise<BenchResult> {
  const tools = findTools(options);
  const throughput = await measureThroughput(tools, options);
  const lag = await measureLags(tools, options);
  return { throughput, lag, ...(await measureFurther(options, tools)) };
}

function findTools({ program, rounds, requests, keydb, srh, say }: BenchOptions): BenchTools {
  const redisServer = onPath("redis-server");
  const redisBenchmark = onPath("redis-benchmark");
  if (redisServer === null || redisBenchmark === null) {
    throw new Error("redis-server and redis-benchmark are needed on PATH");
  }
  const peers = { keydbServer: keydb ?? onPath("keydb-server"), webdis: onPath("webdis"), srh };
  return { program, redisServer, redisBenchmark, ...peers, rounds, requests, say };
}

async function measureThroughput(
  tools: BenchTools,
  { works, restSeconds }: BenchOptions,
): Promise<readonly BenchRow[]> {
  return [
    ...(await measurePlainCommands(tools, works)),
    ...(works.includes("W4") ? await measureReplicated(tools) : []),
    ...(works.includes("W5") ? await measureRest(tools, restSeconds) : []),
    ...(works.includes("W13") ? await measureRateLimitScripts(tools) : []),
    ...(works.includes("W14") ? await measureSessionStores(tools) : []),
  ];
}

async function measureLags(tools: BenchTools, { works, toxiproxy, lagSeconds }: BenchOptions): Promise<LinkLag | null> {
  if (!works.includes("W6")) return null;
  if (toxiproxy === null) {
    tools.say("  W6   skipped: no toxiproxy server (npm run toxiproxy builds one)");
    return null;
  }
  return measureLinkLag(tools, toxiproxy, lagSeconds);
}
