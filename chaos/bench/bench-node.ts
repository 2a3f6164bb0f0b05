import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChildProgram, type Program } from "../world/child-program.ts";
import type { NodeReady } from "../world/region-process.ts";

const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 20_000;
const FREE = "127.0.0.1:0";
/** Of the REST door. */
export const BENCH_TOKEN = "bench";
/** Clock ticks of /proc in a second, on every Linux there is. */
const TICKS_PER_SECOND = 100;

/** One region of a measure: its process, and what it has used. */
export interface BenchNode {
  readonly program: ChildProgram<NodeReady>;
  readonly port: number;
}

export interface NodeStart {
  readonly region: string;
  readonly data: string;
  /** HOST:PORT each; picked by the system when left out. */
  readonly gossip?: string;
  readonly resp?: string;
  /** NAME=HOST:PORT of each peer. */
  readonly peers?: readonly string[];
  readonly args?: readonly string[];
}

export async function startBenchNode(program: Program, start: NodeStart): Promise<BenchNode> {
  const doors = ["--resp", start.resp ?? FREE, "--rest", FREE, "--admin", FREE, "--gossip", start.gossip ?? FREE];
  const peers = (start.peers ?? []).flatMap((peer) => ["--peer", peer.replace("=", "=ws://")]);
  const args = ["node", "--region", start.region, "--data", start.data, ...doors, ...peers, ...(start.args ?? [])];
  const started = await ChildProgram.start<NodeReady>(
    start.region,
    program,
    [...args, "--log-level", "warn"],
    { ANTIPODE_SECRET: "bench", ANTIPODE_TOKEN: BENCH_TOKEN },
    START_TIMEOUT_MS,
  );
  return { program: started, port: portOf(started.ready.resp) };
}

export function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

/** Runs `body` with one region that is stopped, and its data gone, afterwards. */
export function withBenchNode<T>(program: Program, body: (node: BenchNode) => Promise<T>): Promise<T> {
  return withScratch(async (data) => {
    const node = await startBenchNode(program, { region: "bench", data });
    try {
      return await body(node);
    } finally {
      await node.program.stop(STOP_TIMEOUT_MS);
    }
  });
}

/** Runs `body` with a directory that is gone afterwards. */
export async function withScratch<T>(body: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "antipode-bench-"));
  try {
    return await body(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * Processor time a process has used, milliseconds; 0 where /proc is missing. On a machine that does other work too this says what
 * a write costs, where its rate says what else was going on.
 */
export function cpuMsOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Behind the name, which may hold anything: state is field 3, user time 14, system time 15.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1000;
  } catch {
    return 0;
  }
}

export interface Digest {
  readonly vector: Readonly<Record<string, number>>;
  readonly digest: string;
  readonly keys: unknown;
}

/** Whether all regions have the same batches and the same state. A digest is asked for once none lacks anything. */
export async function areEqual(nodes: readonly BenchNode[]): Promise<boolean> {
  if (!(await lackNothing(nodes))) return false;
  const at = Date.now();
  const digests = await Promise.all(
    nodes.map(async ({ program }) => {
      const answer = await fetch(`http://${program.ready.admin}/digest?at=${at}`);
      const { vector, digest } = (await answer.json()) as Digest;
      return JSON.stringify([Object.entries(vector).toSorted(), digest]);
    }),
  );
  return new Set(digests).size === 1;
}

/**
 * Each is connected and has all that the others have. Asked first because a digest reads the whole database in one turn: asked for
 * all the time it would hold up what it waits for.
 */
async function lackNothing(nodes: readonly BenchNode[]): Promise<boolean> {
  const peers = await Promise.all(
    nodes.map(async ({ program }) => {
      const answer = await fetch(`http://${program.ready.admin}/status`);
      return ((await answer.json()) as { readonly peers: readonly Peer[] }).peers;
    }),
  );
  return peers.flat().every(({ connected, behindBatches }) => connected && behindBatches === 0);
}

interface Peer {
  readonly connected: boolean;
  readonly behindBatches: number;
}
