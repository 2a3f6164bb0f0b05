import type { Program } from "../world/child-program.ts";
import { median } from "./throughput.ts";

/** What works are measured with. Programs are paths; null where they were not found. */
export interface BenchTools {
  readonly program: Program;
  readonly redisServer: string;
  readonly redisBenchmark: string;
  readonly keydbServer: string | null;
  readonly webdis: string | null;
  readonly srh: { readonly url: string; readonly token: string } | null;
  readonly rounds: number;
  /** Of one run of redis-benchmark without a pipeline; four times as many with one. */
  readonly requests: number;
  readonly say: (line: string) => void;
}

/** Somebody who does a work. `run`: how many a second, once. */
export interface Contender {
  readonly name: string;
  readonly run: () => Promise<number>;
}

/** A work beside one peer: how many a second, medians of interleaved rounds. */
export interface BenchRow {
  readonly work: string;
  readonly what: string;
  readonly antipode: number;
  /** Redis where a file of results does not say. */
  readonly peerName?: string;
  /** Null, and so the ratio: no peer was found. */
  readonly peer: number | null;
  readonly ratio: number | null;
  readonly runs: { readonly antipode: readonly number[]; readonly peer: readonly number[] };
}

/** Simultaneous connections of every work. */
export const CLIENTS = 50;

/**
 * One row a peer, or one without. They run one at a time, turn by turn: what else the machine does meanwhile hits all of them.
 */
export async function compare(
  { rounds, say }: Pick<BenchTools, "rounds" | "say">,
  work: string,
  what: string,
  ours: () => Promise<number>,
  peers: readonly Contender[],
): Promise<readonly BenchRow[]> {
  const antipode: number[] = [];
  const theirs = peers.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    antipode.push(await ours());
    for (const [index, { run }] of peers.entries()) theirs[index]!.push(await run());
  }
  const rows = peers.map(({ name }, index) => rowOf(work, what, antipode, name, theirs[index]!));
  if (rows.length === 0) rows.push(rowOf(work, what, antipode, "no peer found", []));
  for (const row of rows) say(lineOf(row));
  return rows;
}

function rowOf(
  work: string,
  what: string,
  antipode: readonly number[],
  peerName: string,
  peer: readonly number[],
): BenchRow {
  const ours = median(antipode);
  const theirs = peer.length === 0 ? null : median(peer);
  return {
    work,
    what,
    antipode: ours,
    peerName,
    peer: theirs,
    ratio: theirs === null ? null : ours / theirs,
    runs: { antipode, peer },
  };
}

function lineOf({ work, what, antipode, peerName, peer, ratio }: BenchRow): string {
  const rate = (perSecond: number): string => `${Math.round(perSecond).toString().padStart(8)}/s`;
  const beside =
    peer === null || ratio === null ? `(${peerName})` : `${peerName} ${rate(peer)}  ratio ${ratio.toFixed(2)}`;
  return `  ${work.padEnd(3)}  ${what.padEnd(44)} ${rate(antipode)}  ${beside}`;
}
