import type { RegionLine } from "../record/lines.ts";
import type { World } from "../world/start-world.ts";
import { repeat, type RunClock } from "./run-clock.ts";

const SAMPLE_EVERY_MS = 200;
const ASK_TIMEOUT_MS = 1_000;

/** Looks at every region all the time, past the links: does it serve, what has it durably, what is its digest. */
export function startSampler(
  world: World,
  clock: RunClock,
  write: (line: RegionLine) => void,
): { stop(): Promise<void> } {
  const busy = new Set<string>();
  return repeat(SAMPLE_EVERY_MS, async () => {
    const forMs = Date.now();
    for (const region of world.regions) {
      // A region that stands still holds up its own samples, nobody else's.
      if (busy.has(region)) continue;
      busy.add(region);
      void sample(world, region, forMs, clock)
        .then(write)
        .finally(() => busy.delete(region));
    }
    await Promise.resolve();
  });
}

async function sample(world: World, region: string, forMs: number, clock: RunClock): Promise<RegionLine> {
  const nothing = { line: "region", region, positions: null, digest: null, keys: null } as const;
  try {
    const { admin } = world.node(region).ready;
    const signal = AbortSignal.timeout(ASK_TIMEOUT_MS);
    const [ready, digest] = await Promise.all([
      fetch(`http://${admin}/readyz`, { signal }),
      fetch(`http://${admin}/digest?at=${forMs}`, { signal }),
    ]);
    await ready.arrayBuffer();
    const state = ready.ok ? "serving" : "up";
    if (!digest.ok) {
      await digest.arrayBuffer();
      return { ...nothing, atMs: clock.now(), state };
    }
    const shown = (await digest.json()) as DigestAnswer;
    return {
      line: "region",
      atMs: clock.now(),
      region,
      state,
      positions: shown.vector,
      digest: { value: shown.digest, forMs },
      keys: shown.keys,
    };
  } catch {
    return { ...nothing, atMs: clock.now(), state: "down" };
  }
}

export interface DigestAnswer {
  readonly vector: Readonly<Record<string, number>>;
  readonly digest: string;
  readonly keys: number;
}
