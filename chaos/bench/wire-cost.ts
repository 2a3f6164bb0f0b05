import { findPorts } from "../world/ports.ts";
import type { Program } from "../world/child-program.ts";
import { withScratch } from "./bench-node.ts";
import { CountingRelay } from "./counting-relay.ts";
import { drive } from "./drive.ts";
import { driveSets, valueOf } from "./patternless-sets.ts";
import { settle, startMesh, stopAll } from "./mesh.ts";
import { RedisPeer } from "./redis-peer.ts";
import { measureSlowPeer, type SlowPeer } from "./slow-peer.ts";

/** Bytes that crossed the wire for one replicated write, both directions together, all that a link says besides included. */
export interface WireBytes {
  readonly valueBytes: number;
  readonly clients: number;
  readonly antipode: number;
  readonly redisReplica: number;
}

export interface WireResult {
  readonly bytes: readonly WireBytes[];
  readonly slowPeer: SlowPeer;
}

const SHAPES = [
  { valueBytes: 100, clients: 1 },
  { valueBytes: 100, clients: 50 },
  { valueBytes: 1024, clients: 50 },
] as const;

/** W10. Values are digits and letters without a pattern: deflate takes a third off them, from 16 KB of writes in one frame on. */
export async function measureWire(
  program: Program,
  redisServer: string,
  writes: number,
  rounds: number,
): Promise<WireResult> {
  const bytes: WireBytes[] = [];
  for (const { valueBytes, clients } of SHAPES) {
    const count = clients === 1 ? Math.ceil(writes / 10) : writes;
    bytes.push({
      valueBytes,
      clients,
      antipode: await ourBytes(program, valueBytes, clients, count),
      redisReplica: await redisBytes(redisServer, valueBytes, clients, count),
    });
  }
  return { bytes, slowPeer: await measureSlowPeer(program, writes, rounds) };
}

function ourBytes(program: Program, valueBytes: number, clients: number, count: number): Promise<number> {
  return withScratch(async (directory) => {
    const [gossipA, gossipB] = (await findPorts(0, 2)) as [number, number];
    const relays = await Promise.all([gossipA, gossipB].map((port) => CountingRelay.open(`127.0.0.1:${port}`)));
    const nodes = await startMesh(program, directory, [gossipA, gossipB], ([, to]) => relays[to]!.address);
    try {
      await settle(nodes);
      const before = relays.reduce((sum, relay) => sum + relay.bytes, 0);
      await driveSets(nodes[0]!, clients, count, valueBytes);
      await settle(nodes);
      return (relays.reduce((sum, relay) => sum + relay.bytes, 0) - before) / count;
    } finally {
      await stopAll(nodes);
      await Promise.all(relays.map((relay) => relay.close()));
    }
  });
}

async function redisBytes(server: string, valueBytes: number, clients: number, count: number): Promise<number> {
  const primary = await RedisPeer.start(server, ["--repl-diskless-sync-delay", "0"]);
  const relay = await CountingRelay.open(`127.0.0.1:${primary.port}`);
  const [host, port] = relay.address.split(":") as [string, string];
  const replica = await RedisPeer.start(server, ["--replicaof", host, port]);
  try {
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const before = relay.bytes;
    await drive(primary.port, clients, count, (index) => ["SET", `key:${index}`, valueOf(index, valueBytes)]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    return (relay.bytes - before) / count;
  } finally {
    await replica.stop();
    await primary.stop();
    await relay.close();
  }
}
