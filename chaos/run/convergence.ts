import type { World } from "../world/start-world.ts";
import { pause, type RunClock } from "./run-clock.ts";
import type { DigestAnswer } from "./sampler.ts";

const ASK_EVERY_MS = 50;
const ASK_TIMEOUT_MS = 5_000;

export interface Convergence {
  /** When all digests were first found equal; null: never within the time. */
  readonly equalMs: number | null;
  /** Each region's, for one instant. */
  readonly digests: Readonly<Record<string, string>>;
}

/** Asks every region for its digest of one instant until they are all alike, or the time is up. */
export async function awaitEqual(world: World, clock: RunClock, withinMs: number): Promise<Convergence> {
  const giveUp = clock.now() + withinMs;
  for (;;) {
    const digests = await readDigests(world);
    const values = new Set(Object.values(digests));
    if (values.size === 1 && !values.has(NO_ANSWER)) return { equalMs: clock.now(), digests };
    if (clock.now() > giveUp) return { equalMs: null, digests };
    await pause(ASK_EVERY_MS);
  }
}

const NO_ANSWER = "no answer";

/** What each region has of whom, without its digest: the digest also changes when keys expire. */
export function vectorsOf(digests: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(digests).map(([region, text]) => [region, text.slice(text.indexOf(" "))]));
}

export async function readDigests(world: World): Promise<Record<string, string>> {
  const at = Date.now();
  const entries = await Promise.all(
    world.regions.map(async (region) => {
      try {
        const url = `http://${world.node(region).ready.admin}/digest?at=${at}`;
        const response = await fetch(url, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
        if (!response.ok) return [region, NO_ANSWER] as const;
        const { digest, vector } = (await response.json()) as DigestAnswer;
        const sorted = Object.entries(vector).toSorted(([left], [right]) => (left < right ? -1 : 1));
        return [region, `${digest} ${JSON.stringify(sorted)}`] as const;
      } catch {
        return [region, NO_ANSWER] as const;
      }
    }),
  );
  return Object.fromEntries(entries);
}
