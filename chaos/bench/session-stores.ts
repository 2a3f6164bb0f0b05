import { withBenchNode } from "./bench-node.ts";
import { CLIENTS, compare, type BenchRow, type BenchTools } from "./comparison.ts";
import { RedisPeer, SYNCED } from "./redis-peer.ts";
import { measureSessions, type StoreKind } from "./sessions.ts";

const VALUE_BYTES = 1024;
const SESSIONS = 1_000;

/** W14: an application's session store, through one connection: this project's beside connect-redis on a Redis that syncs as we do. */
export async function measureSessionStores(tools: BenchTools): Promise<readonly BenchRow[]> {
  const run = (kind: StoreKind, port: number): Promise<number> =>
    measureSessions({
      kind,
      port,
      sessions: SESSIONS,
      requests: tools.requests,
      concurrency: CLIENTS,
      valueBytes: VALUE_BYTES,
    });
  const connectRedis = {
    name: "connect-redis on Redis",
    run: () => RedisPeer.with(tools.redisServer, SYNCED, ({ port }) => run("connect-redis", port)),
  };
  const rows: BenchRow[] = [];
  for (const kind of ["document", "hash"] as const) {
    const ours = (): Promise<number> => withBenchNode(tools.program, ({ port }) => run(kind, port));
    rows.push(...(await compare(tools, "W14", `session as a ${kind}`, ours, [connectRedis])));
  }
  return rows;
}
