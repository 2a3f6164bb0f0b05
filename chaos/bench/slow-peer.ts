import { BuiltInLinks } from "../links/built-in-links.ts";
import { findPorts } from "../world/ports.ts";
import type { Program } from "../world/child-program.ts";
import { cpuMsOf, withScratch } from "./bench-node.ts";
import { settle, startMesh } from "./mesh.ts";
import { driveSets } from "./patternless-sets.ts";
import { median } from "./throughput.ts";

/** What SETs in region a cost beside a third region. */
export interface BesidePeer {
  readonly perSecond: number;
  /** Processor time of a write in the region that is written to. */
  readonly writerCpuMicros: number;
  /** The same in region b, which takes all of it. */
  readonly quickPeerCpuMicros: number;
}

/** What one slow peer costs the others, who share this machine's processors with it: beside a quick one in its place, and none. */
export interface SlowPeer {
  readonly kilobytesPerSecond: number;
  /** No third region. */
  readonly without: BesidePeer;
  readonly withQuick: BesidePeer;
  readonly withSlow: BesidePeer;
  /** From the last acknowledgement to when region b had all of it, beside the slow one. */
  readonly quickPeerMs: number;
}

const SLOW_KILOBYTES_PER_SECOND = 64;
const CLIENTS = 50;
const VALUE_BYTES = 1024;

type Third = "none" | "quick" | "slow";

/** Region a is written to; b is near, and so is c where it is quick. A slow one is behind links that are thin. */
export async function measureSlowPeer(program: Program, writes: number, rounds: number): Promise<SlowPeer> {
  const taken: Record<Third, Run[]> = { none: [], quick: [], slow: [] };
  for (let round = 0; round < rounds; round++) {
    for (const third of ["none", "quick", "slow"] as const) taken[third].push(await beside(program, writes, third));
  }
  const medians = (runs: readonly Run[]): BesidePeer => ({
    perSecond: median(runs.map(({ perSecond }) => perSecond)),
    writerCpuMicros: median(runs.map(({ writerCpuMicros }) => writerCpuMicros)),
    quickPeerCpuMicros: median(runs.map(({ quickPeerCpuMicros }) => quickPeerCpuMicros)),
  });
  return {
    kilobytesPerSecond: SLOW_KILOBYTES_PER_SECOND,
    without: medians(taken.none),
    withQuick: medians(taken.quick),
    withSlow: medians(taken.slow),
    quickPeerMs: median(taken.slow.map(({ quickPeerMs }) => quickPeerMs)),
  };
}

type Run = BesidePeer & { readonly quickPeerMs: number };

function beside(program: Program, writes: number, third: Third): Promise<Run> {
  return withScratch(async (directory) => {
    const links = new BuiltInLinks(1);
    const ports = await findPorts(0, third === "none" ? 2 : 3);
    const near = ports.map((port) => `127.0.0.1:${port}`);
    const thin = { kind: "bandwidth", kilobytesPerSecond: SLOW_KILOBYTES_PER_SECOND } as const;
    // What it is provided with comes to it down its own dials.
    const ofThird = await Promise.all(
      (third === "slow" ? near.slice(0, 2) : []).map(async (address, to) => {
        const link = await links.open(`from-c-${to}`, address);
        await link.addToxic("thin", "downstream", thin);
        return link.address;
      }),
    );
    const nodes = await startMesh(program, directory, ports, ([from, to]) => (from === 2 && ofThird[to]) || near[to]!);
    try {
      await settle(nodes);
      const used = (): readonly number[] => nodes.map((node) => cpuMsOf(node.program.pid));
      const before = used();
      const { perSecond } = await driveSets(nodes[0]!, CLIENTS, writes, VALUE_BYTES);
      const ackedMs = performance.now();
      await settle(nodes.slice(0, 2));
      const quickPeerMs = performance.now() - ackedMs;
      const [writer, quickPeer] = used().map((ms, node) => ((ms - before[node]!) * 1000) / writes);
      return { perSecond, writerCpuMicros: writer!, quickPeerCpuMicros: quickPeer!, quickPeerMs };
    } finally {
      await Promise.all(nodes.map((node) => node.program.kill()));
      await links.close();
    }
  });
}
