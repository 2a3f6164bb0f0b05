import type { Random } from "./random.ts";

export interface BackoffLimits {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * Exponential backoff with full jitter: uniform in (0, min(maxMs, firstMs * 2^attempt)], so that regions
 * which lost a peer together do not come back together.
 */
export function backoffMs(attempt: number, limits: BackoffLimits, random: Random): number {
  const ceiling = Math.min(limits.maxMs, limits.firstMs * 2 ** Math.min(attempt, 30));
  return Math.max(1, Math.ceil(ceiling * random.next()));
}
