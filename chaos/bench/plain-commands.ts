import { withBenchNode } from "./bench-node.ts";
import { CLIENTS, compare, type BenchRow, type BenchTools } from "./comparison.ts";
import { RedisPeer, SYNCED } from "./redis-peer.ts";
import { runRedisBenchmark } from "./throughput.ts";

const VALUE_BYTES = 1024;
const WORKS = [
  { work: "W1", what: "SET, synced before the reply", test: "set", pipeline: 1 },
  { work: "W2", what: "SET, synced, pipeline 16", test: "set", pipeline: 16 },
  { work: "W3", what: "GET", test: "get", pipeline: 1 },
  { work: "W3", what: "GET, pipeline 16", test: "get", pipeline: 16 },
] as const;

/** W1 to W3: one region beside one Redis, both of which sync before they reply. */
export async function measurePlainCommands(tools: BenchTools, works: readonly string[]): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const { work, what, test, pipeline } of WORKS.filter((one) => works.includes(one.work))) {
    const run = async (port: number): Promise<number> => {
      await fill(tools, port, test);
      return runRedisBenchmark(tools.redisBenchmark, {
        port,
        words: ["-t", test],
        pipeline,
        requests: tools.requests * (pipeline > 1 ? 4 : 1),
        clients: CLIENTS,
        valueBytes: VALUE_BYTES,
      });
    };
    const redis = {
      name: "Redis",
      run: () => RedisPeer.with(tools.redisServer, SYNCED, ({ port }) => run(port)),
    };
    const ours = (): Promise<number> => withBenchNode(tools.program, ({ port }) => run(port));
    rows.push(...(await compare(tools, work, what, ours, [redis])));
  }
  return rows;
}

/** Reads are measured on data that is there; writes on a warm process. */
async function fill({ redisBenchmark, requests }: BenchTools, port: number, test: "set" | "get"): Promise<void> {
  await runRedisBenchmark(redisBenchmark, {
    port,
    words: ["-t", "set"],
    pipeline: 16,
    requests: test === "get" ? requests * 2 : Math.ceil(requests / 2),
    clients: CLIENTS,
    valueBytes: VALUE_BYTES,
  });
}
