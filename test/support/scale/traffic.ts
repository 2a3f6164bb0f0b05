import { seededRandom, type Random } from "../../../src/base/random.ts";
import { FakeNetwork } from "../fake-links.ts";
import { SimulatedRegion } from "../simulated-region.ts";

/** `mesh`: every region has a link to every other. `hub`: all have one to the first alone, which passes on what it hears. */
export type Topology = "mesh" | "hub";

export interface TrafficOptions {
  readonly regions: number;
  readonly topology: Topology;
  readonly valueBytes: number;
  /** Of all regions together, spread over them evenly. */
  readonly writesPerMs: number;
  readonly milliseconds: number;
}

/** What replication cost, per write of any region. Bytes are of frames as they go into sockets, without TLS and TCP. */
export interface Traffic {
  readonly regions: number;
  readonly topology: Topology;
  readonly valueBytes: number;
  readonly writesPerSecond: number;
  /** Times that a write is applied, the first included. */
  readonly appliesPerWrite: number;
  /** Bytes of batches, and of everything else that links say (who has what, heartbeats), between all pairs. */
  readonly batchBytesPerWrite: number;
  readonly otherBytesPerWrite: number;
  readonly framesPerWrite: number;
  /** The part of all bytes that the first region sends. */
  readonly firstSendsShare: number;
}

const SETTLE_MS = 1_000;
const DISTANCE_MS = 40;
/** Groups of writes are synced, and so sent, this often: what a disk takes. */
const SYNC_EVERY_MS = 2;

/** Real replicators and keyspaces on a network in virtual time: what crosses it while regions write. */
export async function measureTraffic(options: TrafficOptions): Promise<Traffic> {
  const { regions: count, topology, valueBytes, writesPerMs, milliseconds } = options;
  const names = Array.from({ length: count }, (_, index) => `r${String(index).padStart(2, "0")}`);
  const network = new FakeNetwork(count);
  const random = seededRandom(count);
  for (const from of names) for (const to of names) network.delayMs.set(`${from}>${to}`, DISTANCE_MS);
  const regions = names.map((name) => new SimulatedRegion(name, names, network.clock, random));
  for (const region of regions) await region.start();
  for (const region of regions) network.join(region, peersOf(names, region.name, topology));
  const settle = async (): Promise<void> => {
    await run(network, regions, SETTLE_MS);
    if (new Set(regions.map((region) => region.digest(network.clock.wallMs()))).size > 1) throw new Error("not equal");
  };
  await settle();
  const before = network.crossed();
  const writes = writesPerMs * milliseconds;
  for (let write = 0; write < writes; write += writesPerMs * SYNC_EVERY_MS) {
    for (let one = write; one < Math.min(writes, write + writesPerMs * SYNC_EVERY_MS); one++) {
      const value = valueOf(random, valueBytes);
      regions[one % count]!.keyspace.transact(0, (tx) => tx.strings.set(`key:${one}`, value, 0));
    }
    await run(network, regions, SYNC_EVERY_MS);
  }
  const idle = network.crossed();
  await settle();
  const after = network.crossed();
  const bytes = after.bytes - before.bytes;
  const batchBytes = after.batchBytes - before.batchBytes;
  // What links say while nothing is written goes on for ever: of the settling only the batches are counted.
  const otherBytes = idle.bytes - before.bytes - (idle.batchBytes - before.batchBytes);
  const first = (after.sentBy.get(names[0]!) ?? 0) - (before.sentBy.get(names[0]!) ?? 0);
  return {
    regions: count,
    topology,
    valueBytes,
    writesPerSecond: writesPerMs * 1_000,
    appliesPerWrite: count,
    batchBytesPerWrite: batchBytes / writes,
    otherBytesPerWrite: otherBytes / writes,
    framesPerWrite: (idle.frames - before.frames) / writes,
    firstSendsShare: first / bytes,
  };
}

function peersOf(names: readonly string[], own: string, topology: Topology): readonly string[] {
  const others = names.filter((name) => name !== own);
  return topology === "mesh" || own === names[0] ? others : [names[0]!];
}

async function run(network: FakeNetwork, regions: readonly SimulatedRegion[], ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= SYNC_EVERY_MS) {
    for (const region of regions) region.sync();
    await network.run(Math.min(left, SYNC_EVERY_MS), SYNC_EVERY_MS);
  }
}

/** Letters and digits without a pattern: nothing that compression lives on. */
function valueOf(random: Random, bytes: number): string {
  let text = "";
  while (text.length < bytes) text += random.below(2 ** 32).toString(36);
  return text.slice(0, bytes);
}
