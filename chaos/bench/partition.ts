import { Redis } from "ioredis";
import { seededRandom } from "../../src/base/random.ts";
import { BuiltInLinks } from "../links/built-in-links.ts";
import type { Link } from "../links/link.ts";
import { findPorts } from "../world/ports.ts";
import type { Program } from "../world/child-program.ts";
import { areEqual, startBenchNode, withScratch, type BenchNode } from "./bench-node.ts";

export interface PartitionResult {
  readonly partitionSeconds: number;
  /** Acknowledged on both sides while they were apart. */
  readonly writes: number;
  /** From when the links were whole again to when every region had the same state. */
  readonly equalAfterMs: number;
  /** Acknowledged and not there, or counted wrong. */
  readonly lost: number;
  /** Keys that the regions show differently. */
  readonly diverged: number;
}

export interface PartitionOptions {
  readonly program: Program;
  readonly seconds: number;
  /** Writes a second in each region. */
  readonly rate: number;
}

const CONFLICTING_KEYS = 500;
const COUNTERS = 20;
const SETS = 20;
const TURN_MS = 5;
const GIVE_UP_MS = 60_000;

/** W9: two regions apart, both written to: distinct keys, the same keys, counters, sets. Then they are joined again. */
export function measurePartition({ program, seconds, rate }: PartitionOptions): Promise<PartitionResult> {
  return withScratch(async (directory) => {
    const links = new BuiltInLinks(1);
    const [gossipA, gossipB] = (await findPorts(0, 2)) as [number, number];
    const toA = await links.open("b-to-a", `127.0.0.1:${gossipA}`);
    const toB = await links.open("a-to-b", `127.0.0.1:${gossipB}`);
    const nodes = await Promise.all([
      startBenchNode(program, {
        region: "a",
        data: `${directory}/a`,
        gossip: `127.0.0.1:${gossipA}`,
        peers: [`b=${toB.address}`],
      }),
      startBenchNode(program, {
        region: "b",
        data: `${directory}/b`,
        gossip: `127.0.0.1:${gossipB}`,
        peers: [`a=${toA.address}`],
      }),
    ]);
    try {
      return await apart(nodes, [toA, toB], seconds, rate);
    } finally {
      await Promise.all(nodes.map(({ program: node }) => node.stop(20_000)));
      await links.close();
    }
  });
}

async function apart(
  nodes: readonly BenchNode[],
  links: readonly Link[],
  seconds: number,
  rate: number,
): Promise<PartitionResult> {
  const clients = nodes.map(({ port }) => new Redis(port, "127.0.0.1", { enableAutoPipelining: true }));
  await clients[0]!.set("before", "1");
  await until(async () => (await clients[1]!.get("before")) === "1" && areEqual(nodes));
  await black(links, true);
  const records = await Promise.all(clients.map((client, side) => write(client, side, seconds, rate)));
  await black(links, false);
  const healedMs = performance.now();
  await until(() => areEqual(nodes));
  const equalAfterMs = performance.now() - healedMs;
  const result = {
    partitionSeconds: seconds,
    writes: records.reduce((sum, record) => sum + record.acknowledged, 0),
    equalAfterMs,
    lost: await countLost(clients, records),
    diverged: await countDiverged(clients),
  };
  for (const client of clients) client.disconnect();
  return result;
}

/** Both ways of both links: nothing passes, and connections stay open. */
async function black(links: readonly Link[], isBlack: boolean): Promise<void> {
  for (const link of links) {
    for (const stream of ["upstream", "downstream"] as const) {
      if (isBlack) await link.addToxic(`apart-${stream}`, stream, { kind: "black-hole" });
      else await link.removeToxic(`apart-${stream}`);
    }
  }
}

interface SideRecord {
  acknowledged: number;
  readonly distinct: string[];
  readonly counters: number[];
  readonly members: string[][];
}

/** Open loop: writes are due at absolute times. A quarter of each kind. */
async function write(client: Redis, side: number, seconds: number, rate: number): Promise<SideRecord> {
  const random = seededRandom(side + 1);
  const record: SideRecord = {
    acknowledged: 0,
    distinct: [],
    counters: Array.from({ length: COUNTERS }, () => 0),
    members: Array.from({ length: SETS }, () => []),
  };
  const pending: Promise<unknown>[] = [];
  const done = (note: () => void) => (): void => {
    record.acknowledged++;
    note();
  };
  const startedMs = performance.now();
  for (let sent = 0; sent < seconds * rate;) {
    const due = Math.min(seconds * rate, Math.floor(((performance.now() - startedMs) / 1000) * rate) + 1);
    for (; sent < due; sent++) {
      const id = `${side}:${sent}`;
      if (sent % 4 === 0) pending.push(client.set(`distinct:${id}`, id).then(done(() => record.distinct.push(id))));
      else if (sent % 4 === 1) {
        pending.push(client.set(`conflict:${random.below(CONFLICTING_KEYS)}`, id).then(done(() => {})));
      } else if (sent % 4 === 2) {
        const counter = random.below(COUNTERS);
        pending.push(client.incr(`counter:${counter}`).then(done(() => record.counters[counter]!++)));
      } else {
        const set = random.below(SETS);
        pending.push(client.sadd(`set:${set}`, id).then(done(() => record.members[set]!.push(id))));
      }
    }
    await new Promise((resolve) => setTimeout(resolve, TURN_MS));
  }
  await Promise.all(pending);
  return record;
}

async function countLost(clients: readonly Redis[], records: readonly SideRecord[]): Promise<number> {
  let lost = 0;
  for (const client of clients) {
    for (const { distinct } of records) {
      for (const id of distinct) if ((await client.get(`distinct:${id}`)) !== id) lost++;
    }
    for (let counter = 0; counter < COUNTERS; counter++) {
      const sum = records.reduce((total, { counters }) => total + counters[counter]!, 0);
      lost += Math.abs(sum - Number((await client.get(`counter:${counter}`)) ?? 0));
    }
    for (let set = 0; set < SETS; set++) {
      const members = new Set(await client.smembers(`set:${set}`));
      for (const record of records) lost += record.members[set]!.filter((id) => !members.has(id)).length;
    }
  }
  return lost;
}

async function countDiverged([a, b]: readonly Redis[]): Promise<number> {
  let diverged = 0;
  for (let key = 0; key < CONFLICTING_KEYS; key++) {
    const [left, right] = await Promise.all([a!.get(`conflict:${key}`), b!.get(`conflict:${key}`)]);
    if (left !== right) diverged++;
  }
  return diverged;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const giveUp = performance.now() + GIVE_UP_MS;
  while (!(await holds())) {
    if (performance.now() > giveUp) throw new Error(`regions are not equal after ${GIVE_UP_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
