/** How a limit counts: what LIMIT.POLICY SET is told. All times are whole milliseconds. */
export interface RateAlgorithm {
  /** So many in a window; of a bucket: tokens it holds. */
  readonly capacity: number;
  readonly windowMs: number;
  /** Words that say which algorithm it is. */
  readonly words: readonly string[];
}

/** At most `capacity` in each window of the clock: the cheapest, and up to twice as many may come around a window's edge. */
export function fixedWindow(capacity: number, windowMs: number): RateAlgorithm {
  return { capacity, windowMs, words: ["FIXED"] };
}

/** The last window counts by the part of it that a window ending now still covers: no burst at an edge. */
export function slidingWindow(capacity: number, windowMs: number): RateAlgorithm {
  return { capacity, windowMs, words: ["SLIDING"] };
}

/** A bucket of `capacity` tokens into which `refill` fall every `everyMs`: bursts are allowed, the average is held. */
export function tokenBucket(capacity: number, refill: number, everyMs: number): RateAlgorithm {
  return { capacity, windowMs: everyMs, words: ["BUCKET", "REFILL", String(refill)] };
}
