import { Redis } from "ioredis";
import { withBenchNode } from "./bench-node.ts";
import { CLIENTS, compare, type BenchRow, type BenchTools } from "./comparison.ts";
import { FIXED_WINDOW, SLIDING_WINDOW } from "./limit-scripts.ts";
import { RedisPeer, SYNCED } from "./redis-peer.ts";
import { runRedisBenchmark } from "./throughput.ts";

/** Both answer 1 while a key has taken fewer than LIMIT within WINDOW_MS, else 0. */
const LIMIT = "10";
const WINDOW_MS = "60000";

const SCRIPTS = [
  { what: "EVALSHA, fixed window", script: FIXED_WINDOW, arguments: [LIMIT, WINDOW_MS] },
  { what: "EVALSHA, sliding window", script: SLIDING_WINDOW, arguments: [LIMIT, WINDOW_MS, "__rand_int__"] },
];

/** W13: rate limits of 100,000 keys as applications have them, synced before the reply. */
export async function measureRateLimitScripts(tools: BenchTools): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const { what, script, arguments: words } of SCRIPTS) {
    for (const pipeline of [1, 16]) {
      const run = async (port: number): Promise<number> => {
        const sha = await load(port, script);
        const once = (requests: number): Promise<number> =>
          runRedisBenchmark(tools.redisBenchmark, {
            port,
            words: ["EVALSHA", sha, "1", "limit:__rand_int__", ...words],
            pipeline,
            requests,
            clients: CLIENTS,
            valueBytes: 0,
          });
        await once(Math.ceil(tools.requests / 4));
        return once(tools.requests);
      };
      const redis = { name: "Redis", run: () => RedisPeer.with(tools.redisServer, SYNCED, ({ port }) => run(port)) };
      const ours = (): Promise<number> => withBenchNode(tools.program, ({ port }) => run(port));
      rows.push(...(await compare(tools, "W13", withPipeline(what, pipeline), ours, [redis])));
    }
  }
  return rows;
}

/** Loads it, and sees that it says yes LIMIT times and then no. */
async function load(port: number, script: string): Promise<string> {
  const client = new Redis(port, "127.0.0.1");
  try {
    const sha = String(await client.script("LOAD", script));
    for (let take = 0; take <= Number(LIMIT); take++) {
      const answer = await client.evalsha(sha, 1, "limit:probe", LIMIT, WINDOW_MS, String(take));
      if (answer !== (take < Number(LIMIT) ? 1 : 0)) throw new Error(`take ${take} was answered ${String(answer)}`);
    }
    return sha;
  } finally {
    client.disconnect();
  }
}

function withPipeline(what: string, pipeline: number): string {
  return pipeline === 1 ? what : `${what}, pipeline ${pipeline}`;
}
