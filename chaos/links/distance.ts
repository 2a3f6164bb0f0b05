import type { Link } from "./link.ts";

/** Jitter as a share of the delay: enough that messages of different links change places, as they do outside. */
const JITTER_SHARE = 1 / 20;
/** One-way delays between neighbours in the list of regions, and what each further step adds: roughly real continents. */
const FIRST_HOP_MS = 30;
const FURTHER_HOP_MS = 45;
const ONE_WAY_MAX_MS = 75;

/** Milliseconds one way between the regions at two positions of the list. */
export function oneWayMs(from: number, to: number): number {
  return Math.min(ONE_WAY_MAX_MS, FIRST_HOP_MS + (Math.abs(from - to) - 1) * FURTHER_HOP_MS);
}

/** Puts so many milliseconds on each way of a link. */
export async function setDistance(link: Link, delayMs: number): Promise<void> {
  for (const stream of ["upstream", "downstream"] as const) {
    const jitterMs = Math.round(delayMs * JITTER_SHARE);
    await link.addToxic(`distance_${stream}`, stream, { kind: "latency", latencyMs: delayMs, jitterMs });
  }
}
