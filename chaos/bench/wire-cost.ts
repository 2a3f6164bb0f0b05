import { BuiltInLinks } from "../links/built-in-links.ts";
import { findPorts } from "../world/ports.ts";
import type { Program } from "../world/child-program.ts";
import { withScratch, type BenchNode } from "./bench-node.ts";
import { CountingRelay } from "./counting-relay.ts";
import { drive, type Driven } from "./drive.ts";
import { settle, startMesh, stopAll } from "./mesh.ts";
import { RedisPeer } from "./redis-peer.ts";
import { median } from "./throughput.ts";

/** Bytes that crossed the wire for one replicated write, both directions together, all that a link says besides included. */
export interface WireBytes {
  readonly valueBytes: number;
  readonly clients: number;
  readonly antipode: number;
  readonly redisReplica: number;
}

/** What one slow peer costs the others. */
export interface SlowPeer {
  readonly kilobytesPerSecond: number;
  /** SETs a second in a region with one quick peer, and with a slow one besides. */
  readonly without: number;
  readonly withSlow: number;
  /** From the last acknowledgement to when the quick peer had all of it. */
  readonly quickPeerMs: number;
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
const SLOW_KILOBYTES_PER_SECOND = 64;

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
      await sets(nodes[0]!, clients, count, valueBytes);
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

/** Region a writes; b is near, and c, in the second run, behind a thin link. */
async function measureSlowPeer(program: Program, writes: number, rounds: number): Promise<SlowPeer> {
  const run = (withSlow: boolean): Promise<{ readonly driven: Driven; readonly quickPeerMs: number }> =>
    withScratch(async (directory) => {
      const links = new BuiltInLinks(1);
      const ports = await findPorts(0, withSlow ? 3 : 2);
      const toSlow = new Map<number, string>();
      for (const from of [0, 1]) {
        if (!withSlow) break;
        const link = await links.open(`to-c-${from}`, `127.0.0.1:${ports[2]!}`);
        toSlow.set(from, link.address);
      }
      const fromSlow = await Promise.all(
        (withSlow ? [0, 1] : []).map(async (to) => {
          const link = await links.open(`from-c-${to}`, `127.0.0.1:${ports[to]!}`);
          // What C is provided with comes to it down its own dials.
          await link.addToxic("thin", "downstream", {
            kind: "bandwidth",
            kilobytesPerSecond: SLOW_KILOBYTES_PER_SECOND,
          });
          return link.address;
        }),
      );
      const nodes = await startMesh(program, directory, ports, ([from, to]) => {
        if (from === 2) return fromSlow[to]!;
        return to === 2 ? toSlow.get(from)! : `127.0.0.1:${ports[to]!}`;
      });
      try {
        await settle(nodes);
        const driven = await sets(nodes[0]!, 50, writes, 1024);
        const ackedMs = performance.now();
        await settle(nodes.slice(0, 2));
        return { driven, quickPeerMs: performance.now() - ackedMs };
      } finally {
        await Promise.all(nodes.map((node) => node.program.kill()));
        await links.close();
      }
    });
  const [without, withSlow, quickPeerMs]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    without.push((await run(false)).driven.perSecond);
    const slow = await run(true);
    withSlow.push(slow.driven.perSecond);
    quickPeerMs.push(slow.quickPeerMs);
  }
  return {
    kilobytesPerSecond: SLOW_KILOBYTES_PER_SECOND,
    without: median(without),
    withSlow: median(withSlow),
    quickPeerMs: median(quickPeerMs),
  };
}

function sets({ port }: BenchNode, clients: number, count: number, valueBytes: number): Promise<Driven> {
  return drive(port, clients, count, (index) => ["SET", `key:${index}`, valueOf(index, valueBytes)]);
}

/** Letters without a pattern, the same in every run: xorshift32. */
function valueOf(index: number, bytes: number): string {
  let state = (index + 1) * 2_654_435_761;
  let text = "";
  while (text.length < bytes) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    text += (state >>> 0).toString(36);
  }
  return text.slice(0, bytes);
}
