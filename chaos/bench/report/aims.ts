import type { BenchRow } from "../comparison.ts";

/** What a ratio to a peer should be at least; undefined where none was set. */
export function aimOf({ work, what, peerName = "Redis" }: BenchRow): number | undefined {
  switch (work) {
    case "W1":
    case "W2":
      return 1;
    case "W3":
      return what.includes("pipeline") ? 0.5 : 0.6;
    case "W4":
      return peerName.startsWith("KeyDB") ? 2 : 0.8;
    case "W5":
      if (peerName === "SRH") return 10;
      return what.includes("pipeline") ? undefined : 0.8;
    case "W13":
      return 0.3;
    default:
      return undefined;
  }
}

/** Of W7: memory beside Redis', at most. */
export const MEMORY_RATIO_MAX = 1.5;
/** Of W6, on top of the distance. */
export const LAG_P50_MAX_MS = 1.5;
export const LAG_P99_MAX_MS = 10;
/** Of W9, after healing. */
export const EQUAL_AFTER_MAX_MS = 2_000;
