import type { FinalLine } from "../record/lines.ts";
import type { World } from "../world/start-world.ts";
import { awaitEqual, readDigests, vectorsOf } from "./convergence.ts";
import { readFinals, type WrittenKeys } from "./finals.ts";
import type { RunClock } from "./run-clock.ts";

export interface LastLook {
  readonly equalMs: number | null;
  readonly digests: Readonly<Record<string, string>>;
  readonly finals: readonly FinalLine[];
}

/**
 * Waits until all regions are equal and reads every key in each, at one and the same state: a request whose client had given up may still be
 * carried out, and what was read across that is read again. After `withinMs` what there is has to do.
 */
export async function takeLastLook(
  world: World,
  keys: WrittenKeys,
  clock: RunClock,
  withinMs: number,
): Promise<LastLook> {
  const giveUp = clock.now() + withinMs;
  for (;;) {
    const { equalMs, digests } = await awaitEqual(world, clock, giveUp - clock.now());
    const finals: FinalLine[] = [];
    await readFinals(world, world.regions, keys, null, clock, (line) => finals.push(line));
    const isStill = vectorsOf(await readDigests(world)) === vectorsOf(digests);
    if (isStill || equalMs === null || clock.now() > giveUp) return { equalMs, digests, finals };
  }
}
