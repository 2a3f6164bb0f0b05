import type { ToxiproxySource } from "../links/toxiproxy-links.ts";
import type { BenchResult } from "./bench-result.ts";
import type { BenchRow, BenchTools } from "./comparison.ts";
import { furtherWorks, type FurtherOptions } from "./further-works.ts";
import { measureLinkLag } from "./link-lag.ts";
import { measurePlainCommands } from "./plain-commands.ts";
import { measureRateLimitScripts } from "./rate-limit-scripts.ts";
import { onPath } from "./redis-peer.ts";
import { measureReplicated } from "./replicated.ts";
import { measureRest } from "./rest.ts";
import type { Work } from "./run-works.ts";
import { measureSessionStores } from "./session-stores.ts";

export interface BenchOptions extends FurtherOptions {
  /** Names of those to take, in no order. */
  readonly works: readonly string[];
  readonly rounds: number;
  readonly lagSeconds: number;
  readonly restSeconds: number;
  readonly toxiproxy: ToxiproxySource | null;
  readonly keydb: string | null;
  readonly srh: BenchTools["srh"];
}

/**
 * The works that were asked for, which measure this project and its peers interleaved and answer ratios: absolute figures are the
 * machine's. Throws where a work is asked for and there is no Redis.
 */
export function benchWorks(options: BenchOptions): readonly Work[] {
  if (options.works.length === 0) return [];
  const tools = findTools(options);
  const rates = (name: string, rows: () => Promise<readonly BenchRow[]>): Work => ({
    name,
    measure: async () => ({ throughput: await rows() }),
  });
  const all: readonly Work[] = [
    ...["W1", "W2", "W3"].map((name) => rates(name, () => measurePlainCommands(tools, [name]))),
    rates("W4", () => measureReplicated(tools)),
    rates("W5", () => measureRest(tools, options.restSeconds)),
    rates("W13", () => measureRateLimitScripts(tools)),
    rates("W14", () => measureSessionStores(tools)),
    { name: "W6", measure: () => measureLags(tools, options) },
    ...furtherWorks(options, tools),
  ];
  return all.filter(({ name }) => options.works.includes(name));
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

async function measureLags(tools: BenchTools, { toxiproxy, lagSeconds }: BenchOptions): Promise<BenchResult> {
  if (toxiproxy === null) {
    tools.say("  W6   skipped: no toxiproxy server (npm run toxiproxy builds one)");
    return {};
  }
  return { lag: await measureLinkLag(tools, toxiproxy, lagSeconds) };
}
