import { findPorts } from "../world/ports.ts";
import type { Program } from "../world/child-program.ts";
import { cpuMsOf, startBenchNode, withScratch, type BenchNode } from "./bench-node.ts";
import { drive, fill } from "./drive.ts";
import { settle } from "./mesh.ts";

/** What a write costs at one size of something. */
export interface GrowthPoint {
  readonly size: number;
  readonly perSecond: number;
  /** Processor time of the region that was written to. */
  readonly cpuMicrosPerWrite: number;
  /** From the start of a process to its first answer, where that was measured. */
  readonly startMs?: number;
  /** Processor time of each other region that applied the write, where there were others. */
  readonly peerCpuMicrosPerWrite?: number;
}

export interface GrowthResult {
  /** HSET of one field of a hash that has so many. */
  readonly hashFields: readonly GrowthPoint[];
  /** SET in one of so many regions. */
  readonly regions: readonly GrowthPoint[];
  /** SET of a key in a database that has so many. */
  readonly keys: readonly GrowthPoint[];
}

export interface GrowthOptions {
  readonly program: Program;
  readonly writes: number;
  readonly hashFieldsMax: number;
  readonly regionsMax: number;
  readonly keysMax: number;
  readonly say: (line: string) => void;
}

const CLIENTS = 50;
const ON_ITS_WAY_MS = 1_000;
const VALUE = "v".repeat(100);
const HASH_FIELDS = [10, 10_000, 1_000_000];
const REGIONS = [1, 2, 4, 8];
const KEYS = [100_000, 1_000_000, 10_000_000];

/** W11: the same work as what is there grows. */
export async function measureGrowth(options: GrowthOptions): Promise<GrowthResult> {
  const { hashFieldsMax, regionsMax, keysMax } = options;
  return {
    hashFields: await points(options, "fields of a hash", HASH_FIELDS, hashFieldsMax, hashOf),
    regions: await points(options, "regions", REGIONS, regionsMax, regionsOf),
    keys: await points(options, "keys", KEYS, keysMax, keysOf),
  };
}

async function points(
  options: GrowthOptions,
  what: string,
  sizes: readonly number[],
  most: number,
  measure: (options: GrowthOptions, size: number) => Promise<GrowthPoint>,
): Promise<readonly GrowthPoint[]> {
  const found: GrowthPoint[] = [];
  for (const size of sizes.filter((one) => one <= most)) {
    const point = await measure(options, size);
    const start = point.startMs === undefined ? "" : `, starts in ${Math.round(point.startMs)} ms`;
    const applied = point.peerCpuMicrosPerWrite;
    const peer = applied === undefined ? "" : `, ${applied.toFixed(0)} µs in each other region`;
    options.say(
      `  W11  ${String(size).padStart(9)} ${what.padEnd(17)} ${Math.round(point.perSecond).toString().padStart(7)}/s  ${point.cpuMicrosPerWrite.toFixed(0).padStart(5)} µs of processor a write${peer}${start}`,
    );
    found.push(point);
  }
  return found;
}

function hashOf({ program, writes }: GrowthOptions, size: number): Promise<GrowthPoint> {
  return withScratch(async (directory) => {
    const node = await startBenchNode(program, { region: "a", data: directory });
    try {
      await fill(node.port, Math.ceil(size / FIELDS_PER_FILL), (index) => {
        const fields = Array.from({ length: Math.min(FIELDS_PER_FILL, size - index * FIELDS_PER_FILL) }, (_, field) => [
          `f${index * FIELDS_PER_FILL + field}`,
          VALUE,
        ]);
        return ["HSET", "hash", ...fields.flat()];
      });
      return await measured(node, size, writes, (index) => ["HSET", "hash", `f${index % size}`, VALUE]);
    } finally {
      await node.program.kill();
    }
  });
}
const FIELDS_PER_FILL = 100;

function regionsOf({ program, writes }: GrowthOptions, size: number): Promise<GrowthPoint> {
  return withScratch(async (directory) => {
    const ports = await findPorts(0, size);
    const names = ports.map((_, index) => `r${index}`);
    const nodes = await Promise.all(
      names.map((region, own) =>
        startBenchNode(program, {
          region,
          data: `${directory}/${region}`,
          gossip: `127.0.0.1:${ports[own]!}`,
          peers: names.flatMap((peer, at) => (at === own ? [] : [`${peer}=127.0.0.1:${ports[at]!}`])),
        }),
      ),
    );
    const command = (index: number): readonly [string, ...string[]] => ["SET", `key:${index}`, VALUE];
    try {
      await drive(nodes[0]!.port, CLIENTS, Math.ceil(writes / 4), command);
      await settle(nodes);
      const peers = nodes.slice(1);
      const peersMs = (): number => peers.reduce((sum, { program: one }) => sum + cpuMsOf(one.pid), 0);
      const beforeMs = peersMs();
      const written = await measuredWarm(nodes[0]!, size, writes, command);
      // What is still on its way is their work too; they are a few frames behind at most.
      await new Promise((resolve) => setTimeout(resolve, ON_ITS_WAY_MS));
      const peerCpuMicrosPerWrite = ((peersMs() - beforeMs) * 1000) / writes / peers.length;
      return peers.length === 0 ? written : { ...written, peerCpuMicrosPerWrite };
    } finally {
      await Promise.all(nodes.map((node) => node.program.kill()));
    }
  });
}

function keysOf({ program, writes }: GrowthOptions, size: number): Promise<GrowthPoint> {
  return withScratch(async (directory) => {
    const first = await startBenchNode(program, { region: "a", data: directory });
    try {
      await fill(first.port, size, (index) => ["SET", `key:${index}`, VALUE]);
    } finally {
      // Memory as after a start: a process that has just been filled is another one.
      await first.program.stop(120_000);
    }
    const startedMs = performance.now();
    const node = await startBenchNode(program, { region: "a", data: directory });
    const startMs = performance.now() - startedMs;
    // Spread over all of them, in no order: a step that is prime to the size.
    try {
      const point = await measured(node, size, writes, (index) => ["SET", `key:${(index * 7_919) % size}`, VALUE]);
      return { ...point, startMs };
    } finally {
      await node.program.kill();
    }
  });
}

/** Warm first: compiled code and loaded keys are not what grows. */
async function measured(
  node: BenchNode,
  size: number,
  writes: number,
  command: (index: number) => readonly [string, ...string[]],
): Promise<GrowthPoint> {
  await drive(node.port, CLIENTS, Math.ceil(writes / 4), command);
  return measuredWarm(node, size, writes, command);
}

async function measuredWarm(
  { port, program }: BenchNode,
  size: number,
  writes: number,
  command: (index: number) => readonly [string, ...string[]],
): Promise<GrowthPoint> {
  const beforeMs = cpuMsOf(program.pid);
  const { perSecond } = await drive(port, CLIENTS, writes, command);
  return { size, perSecond, cpuMicrosPerWrite: ((cpuMsOf(program.pid) - beforeMs) * 1000) / writes };
}
