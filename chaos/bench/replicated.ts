import { findPorts } from "../world/ports.ts";
import { withScratch } from "./bench-node.ts";
import { CLIENTS, compare, type BenchRow, type BenchTools, type Contender } from "./comparison.ts";
import { settle, startMesh, stopAll } from "./mesh.ts";
import { RedisPeer, SYNCED } from "./redis-peer.ts";
import { runRedisBenchmark } from "./throughput.ts";

const VALUE_BYTES = 1024;
/** A primary that waits for more replicas before it copies its data is measured while it waits. */
const AT_ONCE = ["--repl-diskless-sync-delay", "0"];

/**
 * W4: SET in one region, synced before the reply, while a second one on the same machine takes and syncs all of it; beside a Redis with
 * one replica that do the same, and, where it is found, two KeyDBs that are active both.
 */
export async function measureReplicated(tools: BenchTools): Promise<readonly BenchRow[]> {
  if (tools.keydbServer === null) tools.say("  W4  no KeyDB (--keydb-bin PATH): beside Redis alone");
  const rows: BenchRow[] = [];
  for (const pipeline of [1, 16]) {
    const run = async (port: number): Promise<number> => {
      const once = (requests: number): Promise<number> =>
        runRedisBenchmark(tools.redisBenchmark, {
          port,
          words: ["-t", "set"],
          pipeline,
          requests,
          clients: CLIENTS,
          valueBytes: VALUE_BYTES,
        });
      await once(Math.ceil(tools.requests / 2));
      return once(tools.requests * (pipeline > 1 ? 4 : 1));
    };
    const peers: Contender[] = [{ name: "Redis with a replica", run: () => withReplica(tools.redisServer, run) }];
    const { keydbServer } = tools;
    if (keydbServer !== null) peers.push({ name: "KeyDB active pair", run: () => withActivePair(keydbServer, run) });
    const what = `SET, synced, in two regions${pipeline > 1 ? `, pipeline ${pipeline}` : ""}`;
    rows.push(...(await compare(tools, "W4", what, () => withTwoRegions(tools, run), peers)));
  }
  return rows;
}

function withTwoRegions({ program }: BenchTools, run: (port: number) => Promise<number>): Promise<number> {
  return withScratch(async (directory) => {
    const ports = await findPorts(0, 2);
    const nodes = await startMesh(program, directory, ports, ([, to]) => `127.0.0.1:${ports[to]!}`);
    try {
      await settle(nodes);
      const perSecond = await run(nodes[0]!.port);
      // A second region that fell behind for good would make the first look quick.
      await settle(nodes);
      return perSecond;
    } finally {
      await stopAll(nodes);
    }
  });
}

function withReplica(server: string, run: (port: number) => Promise<number>): Promise<number> {
  return RedisPeer.with(server, [...SYNCED, ...AT_ONCE], ({ port }) =>
    RedisPeer.with(server, [...SYNCED, "--replicaof", "127.0.0.1", String(port)], async (replica) => {
      await replica.follows();
      return run(port);
    }),
  );
}

function withActivePair(server: string, run: (port: number) => Promise<number>): Promise<number> {
  const args = [...SYNCED, ...AT_ONCE, "--active-replica", "yes"];
  return RedisPeer.with(server, args, (first) =>
    RedisPeer.with(server, [...args, "--replicaof", "127.0.0.1", String(first.port)], async (second) => {
      await first.replicate(second.port);
      await Promise.all([first.follows(), second.follows()]);
      return run(first.port);
    }),
  );
}
