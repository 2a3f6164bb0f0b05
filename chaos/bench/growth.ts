import { findPorts } from "../world/ports.ts";
import type { Program } from "../world/child-program.ts";
import { cpuMsOf, startBenchNode, withScratch, type BenchNode } from "./bench-node.ts";
import { drive, fill } from "./drive.ts";

/** What a write costs at one size of something. */
export interface GrowthPoint {
  readonly size: number;
  readonly perSecond: number;
  /** Processor time of the region that was written to. */
  readonly cpuMicrosPerWrite: number;
  /** From the start of a process to its first answer, where that was measured. */
  readonly startMs?: number;
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
    options.say(
      `  W11  ${String(size).padStart(9)} ${what.padEnd(17)} ${Math.round(point.perSecond).toString().padStart(7)}/s  ${point.cpuMicrosPerWrite.toFixed(0).padStart(5)} µs of processor a write${start}`,
    );
    found.push(point);
  }
  return found;
}

function hashOf({ program, writes }: GrowthOptions, size: number): Promise<GrowthPoint> {
  return withScratch(async (directory) => {
    const node = await startBenchNode(program, { region: "a", data: directory });
    await fill(node.port, Math.ceil(size / FIELDS_PER_FILL), (index) => {
      const fields = Array.from({ length: Math.min(FIELDS_PER_FILL, size - index * FIELDS_PER_FILL) }, (_, field) => [
        `f${index * FIELDS_PER_FILL + field}`,
        VALUE,
      ]);
      return ["HSET", "hash", ...fields.flat()];
    });
    const point = await measured(node, size, writes, (index) => ["HSET", "hash", `f${index % size}`, VALUE]);
    await node.program.kill();
    return point;
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
    const point = await measured(nodes[0]!, size, writes, (index) => ["SET", `key:${index}`, VALUE]);
    await Promise.all(nodes.map((node) => node.program.kill()));
    return point;
  });
}

function keysOf({ program, writes }: GrowthOptions, size: number): Promise<GrowthPoint> {
  return withScratch(async (directory) => {
    const first = await startBenchNode(program, { region: "a", data: directory });
    await fill(first.port, size, (index) => ["SET", `key:${index}`, VALUE]);
    // Memory as after a start: a process that has just been filled is another one.
    await first.program.stop(120_000);
    const startedMs = performance.now();
    const node = await startBenchNode(program, { region: "a", data: directory });
    const startMs = performance.now() - startedMs;
    // Spread over all of them, in no order: a step that is prime to the size.
    const point = await measured(node, size, writes, (index) => ["SET", `key:${(index * 7_919) % size}`, VALUE]);
    await node.program.kill();
    return { ...point, startMs };
  });
}

async function measured(
  { port, program }: BenchNode,
  size: number,
  writes: number,
  command: (index: number) => readonly [string, ...string[]],
): Promise<GrowthPoint> {
  // Warm first: compiled code and loaded keys are not what grows.
  await drive(port, CLIENTS, Math.ceil(writes / 4), command);
  const beforeMs = cpuMsOf(program.pid);
  const { perSecond } = await drive(port, CLIENTS, writes, command);
  return { size, perSecond, cpuMicrosPerWrite: ((cpuMsOf(program.pid) - beforeMs) * 1000) / writes };
}
