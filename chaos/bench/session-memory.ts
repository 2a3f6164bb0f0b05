import { Redis } from "ioredis";
import { startBenchNode, withScratch, type BenchNode } from "./bench-node.ts";
import type { BenchTools } from "./comparison.ts";
import { fill } from "./drive.ts";
import { RedisPeer, SYNCED } from "./redis-peer.ts";
import { residentOf, type Resident } from "./resident.ts";

/** What one program needs for the sessions, bytes. */
export interface MemoryOf extends Resident {
  /** Own bytes as they were when the last session had just been written, garbage included. */
  readonly justWrittenBytes: number;
  /** Own bytes for a key besides its name and value, what the process has without any key taken off. */
  readonly metadataBytesPerKey: number;
}

export interface MemoryPoint {
  readonly sessions: number;
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly antipode: MemoryOf;
  readonly redis: MemoryOf;
  readonly ratio: number;
}

/** A data set larger than `--maxmemory`. */
export interface OverLimit {
  readonly keys: number;
  readonly valueBytes: number;
  readonly payloadBytes: number;
  readonly maxmemoryBytes: number;
  /** Keys that answered with what was written; the others. */
  readonly served: number;
  readonly wrong: number;
  readonly readsPerSecond: number;
  readonly memory: Resident;
}

export interface MemoryResult {
  readonly points: readonly MemoryPoint[];
  readonly overLimit: OverLimit;
}

const VALUE_BYTES = [300, 1024];
const TIMES_OVER = 4;
const READ_BATCH = 1_000;
/** Names as session stores make them. */
const keyOf = (index: number): string => `session:${index.toString(16).padStart(32, "0")}`;
const KEY_BYTES = keyOf(0).length;

/** W7: memory for so many sessions that end in a day, of 300 bytes and of 1 KB; then four times `--maxmemory`, all of it read. */
export async function measureSessionMemory(
  tools: BenchTools,
  sessions: number,
  quietSeconds: number,
): Promise<MemoryResult> {
  const points: MemoryPoint[] = [];
  for (const valueBytes of VALUE_BYTES) {
    const antipode = await ours(tools, sessions, valueBytes, quietSeconds);
    const redis = await theirs(tools, sessions, valueBytes, quietSeconds);
    const point = {
      sessions,
      keyBytes: KEY_BYTES,
      valueBytes,
      antipode,
      redis,
      ratio: antipode.ownBytes / redis.ownBytes,
    };
    points.push(point);
    tools.say(
      `  W7   ${sessions} sessions of ${valueBytes} bytes: ${mebibytes(antipode.ownBytes)} own, ${mebibytes(antipode.mappedBytes)} mapped, ${Math.round(antipode.metadataBytesPerKey)} a key besides its bytes   Redis ${mebibytes(redis.ownBytes)}, ${Math.round(redis.metadataBytesPerKey)}   ratio ${point.ratio.toFixed(2)}`,
    );
  }
  const overLimit = await measureOverLimit(tools, sessions);
  tools.say(
    `  W7   ${mebibytes(overLimit.payloadBytes)} of keys and values with --maxmemory ${mebibytes(overLimit.maxmemoryBytes)}: ${overLimit.served} of ${overLimit.keys} keys answer, ${overLimit.wrong} wrong, ${Math.round(overLimit.readsPerSecond)} reads/s; ${mebibytes(overLimit.memory.ownBytes)} own`,
  );
  return { points, overLimit };
}

function ours({ program }: BenchTools, sessions: number, valueBytes: number, quietSeconds: number): Promise<MemoryOf> {
  return withScratch(async (directory) => {
    const node = await startBenchNode(program, { region: "bench", data: directory });
    try {
      return await filled(node.program.pid, node.port, directory, sessions, valueBytes, quietSeconds);
    } finally {
      await node.program.kill();
    }
  });
}

function theirs(
  { redisServer }: BenchTools,
  sessions: number,
  valueBytes: number,
  quietSeconds: number,
): Promise<MemoryOf> {
  return RedisPeer.with(redisServer, SYNCED, ({ pid, port, directory }) =>
    filled(pid, port, directory, sessions, valueBytes, quietSeconds),
  );
}

async function filled(
  pid: number,
  port: number,
  directory: string,
  sessions: number,
  valueBytes: number,
  quietSeconds: number,
): Promise<MemoryOf> {
  const emptyBytes = residentOf(pid, directory).ownBytes;
  await fill(port, sessions, (index) => ["SET", keyOf(index), valueOf(index, valueBytes), "EX", "86400"]);
  const justWrittenBytes = residentOf(pid, directory).ownBytes;
  // Checkpoints, rewrites of a file and the collector's last turns end in here.
  await new Promise((resolve) => setTimeout(resolve, quietSeconds * 1000));
  const resident = residentOf(pid, directory);
  const metadataBytesPerKey = (resident.ownBytes - emptyBytes) / sessions - KEY_BYTES - valueBytes;
  return { ...resident, justWrittenBytes, metadataBytesPerKey };
}

function measureOverLimit({ program }: BenchTools, keys: number): Promise<OverLimit> {
  const valueBytes = VALUE_BYTES[1]!;
  const payloadBytes = keys * (KEY_BYTES + valueBytes);
  const maxmemoryBytes = Math.round(payloadBytes / TIMES_OVER);
  return withScratch(async (directory) => {
    const args = ["--maxmemory", String(maxmemoryBytes)];
    const node = await startBenchNode(program, { region: "bench", data: directory, args });
    try {
      await fill(node.port, keys, (index) => ["SET", keyOf(index), valueOf(index, valueBytes), "EX", "86400"]);
      const startedMs = performance.now();
      const served = await countServed(node, keys, valueBytes);
      const readsPerSecond = keys / ((performance.now() - startedMs) / 1000);
      const memory = residentOf(node.program.pid, directory);
      return { keys, valueBytes, payloadBytes, maxmemoryBytes, served, wrong: keys - served, readsPerSecond, memory };
    } finally {
      await node.program.kill();
    }
  });
}

async function countServed({ port }: BenchNode, keys: number, valueBytes: number): Promise<number> {
  const client = new Redis(port, "127.0.0.1");
  let served = 0;
  for (let from = 0; from < keys; from += READ_BATCH) {
    const batch = Array.from({ length: Math.min(READ_BATCH, keys - from) }, (_, offset) => from + offset);
    const pipeline = client.pipeline();
    for (const index of batch) pipeline.get(keyOf(index));
    const answers = (await pipeline.exec()) ?? [];
    served += batch.filter((index, at) => answers[at]?.[1] === valueOf(index, valueBytes)).length;
  }
  client.disconnect();
  return served;
}

/** Digits and letters without a pattern, another for every index. */
function valueOf(index: number, bytes: number): string {
  const word = (Math.imul(index + 1, 2_654_435_761) >>> 0).toString(36).padStart(7, "0");
  return word.repeat(Math.ceil(bytes / word.length)).slice(0, bytes);
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
