import { hash32 } from "../../base/hash32.ts";

/**
 * What a rate limit is: so many in each window, by one of three ways to count.
 *
 * `fixed`: at most `capacity` in each window. `sliding`: the last window counts by the part of it that the sliding window still
 * covers. `bucket`: a bucket of `capacity` tokens into which `refill` fall at the beginning of each window.
 */
export const LIMIT_ALGORITHMS = ["fixed", "sliding", "bucket"] as const;
export type LimitAlgorithm = (typeof LIMIT_ALGORITHMS)[number];

/**
 * `strict`: each region has a share, and never more than the capacity is let through in all regions together. `approximate`: each
 * region counts what it has heard of the others too; what is let through within the lag between regions may come on top.
 */
export const LIMIT_MODES = ["strict", "approximate"] as const;
export type LimitMode = (typeof LIMIT_MODES)[number];

/** Why something was not granted: the rights are in other regions, or there are none any more. */
export type LimitAnswer = "granted" | "elsewhere" | "gone";

export interface LimitPolicy {
  readonly mode: LimitMode;
  readonly algorithm: LimitAlgorithm;
  readonly capacity: number;
  readonly windowMs: number;
  /** Tokens a window; of a bucket alone. */
  readonly refill: number;
  /** Each region's part of the capacity, and of the refill; together the whole. A region that is not here has none of its own. */
  readonly shares: ReadonlyMap<string, number>;
  /** Tells definitions apart: what was counted under one does not count under another. */
  readonly version: string;
}

/** The definition as it is stored and replicated: equal definitions are equal texts, so that defining one twice changes nothing. */
export function formatPolicy(policy: Omit<LimitPolicy, "version">): string {
  const { mode, algorithm, capacity, windowMs, refill } = policy;
  const shares = [...policy.shares].toSorted(([left], [right]) => (left < right ? -1 : 1));
  return [mode, algorithm, capacity, windowMs, refill, ...shares.flat()].join(" ");
}

/** Null when this is no definition. */
export function parsePolicy(text: string): LimitPolicy | null {
  const [mode, algorithm, capacity, windowMs, refill, ...words] = text.split(" ");
  const known = {
    mode: LIMIT_MODES.find((one) => one === mode),
    algorithm: LIMIT_ALGORITHMS.find((one) => one === algorithm),
  };
  if (known.mode === undefined || known.algorithm === undefined || words.length % 2 !== 0) return null;
  const shares = new Map<string, number>();
  for (let index = 0; index < words.length; index += 2) shares.set(words[index]!, Number(words[index + 1]));
  const numbers = [capacity, windowMs, refill].map(Number);
  if (![...numbers, ...shares.values()].every((one) => Number.isSafeInteger(one) && one >= 0)) return null;
  return {
    mode: known.mode,
    algorithm: known.algorithm,
    capacity: numbers[0]!,
    windowMs: numbers[1]!,
    refill: numbers[2]!,
    shares,
    version: hash32(text).toString(36),
  };
}

/** Splits a whole over regions as evenly as whole numbers go; who comes first by name gets what is left over. */
export function evenShares(capacity: number, regions: readonly string[]): Map<string, number> {
  const sorted = [...regions].toSorted();
  const each = Math.floor(capacity / sorted.length);
  const rest = capacity - each * sorted.length;
  return new Map(sorted.map((region, index) => [region, each + (index < rest ? 1 : 0)]));
}

/** What falls into a region's part of the bucket at each window: its share of the capacity, in whole tokens that add up to `refill`. */
export function refillOf(policy: LimitPolicy, region: string): number {
  let before = 0;
  for (const [one, share] of [...policy.shares].toSorted(([left], [right]) => (left < right ? -1 : 1))) {
    const from = Math.floor((before * policy.refill) / policy.capacity);
    before += share;
    if (one === region) return Math.floor((before * policy.refill) / policy.capacity) - from;
  }
  return 0;
}
