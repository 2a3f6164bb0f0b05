import type { Program } from "../world/child-program.ts";
import { areEqual, startBenchNode, type BenchNode } from "./bench-node.ts";

const GIVE_UP_MS = 60_000;

/** Regions `a`, `b`, … that all know each other; `addressOf` says what one dials to reach another, by their places in the list. */
export async function startMesh(
  program: Program,
  directory: string,
  ports: readonly number[],
  addressOf: (road: readonly [from: number, to: number]) => string,
): Promise<readonly BenchNode[]> {
  const names = ports.map((_, index) => String.fromCodePoint(97 + index));
  return Promise.all(
    names.map((region, from) =>
      startBenchNode(program, {
        region,
        data: `${directory}/${region}`,
        gossip: `127.0.0.1:${ports[from]!}`,
        peers: names.flatMap((peer, to) => (to === from ? [] : [`${peer}=${addressOf([from, to])}`])),
      }),
    ),
  );
}

/** Waits until all have the same batches and the same state. Throws after a minute. */
export async function settle(nodes: readonly BenchNode[]): Promise<void> {
  const giveUp = performance.now() + GIVE_UP_MS;
  while (!(await areEqual(nodes))) {
    if (performance.now() > giveUp) throw new Error(`regions are not equal after ${GIVE_UP_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function stopAll(nodes: readonly BenchNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.program.stop(20_000)));
}
