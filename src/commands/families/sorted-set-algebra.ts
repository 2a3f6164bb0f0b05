import type { BinaryString } from "../../base/bytes.ts";
import { compareScored, type Scored } from "../../crdt/score.ts";
import { WrongTypeError, type Transaction } from "../../keyspace/transaction-port.ts";

/** Unions, intersections and differences of sorted sets; a plain set counts as one whose scores are all 1. */

export interface ScoredSource {
  readonly size: number;
  score(member: BinaryString): number | null;
  all(): Iterable<Scored>;
}

export type Aggregate = (left: number, right: number) => number;

export const AGGREGATES: Readonly<Record<string, Aggregate>> = {
  SUM: (left, right) => numberOrZero(left + right),
  MIN: (left, right) => Math.min(left, right),
  MAX: (left, right) => Math.max(left, right),
};

export interface Combination {
  readonly sources: readonly (ScoredSource | null)[];
  /** One for each source. */
  readonly weights: readonly number[];
  readonly aggregate: Aggregate;
}

/** What is at each key; null where nothing is. Throws WrongTypeError for any that is neither. */
export function sourcesOf(tx: Transaction, keys: readonly BinaryString[]): (ScoredSource | null)[] {
  return keys.map((key) => {
    const type = tx.typeOf(key);
    if (type === null) return null;
    if (type === "zset") return tx.sortedSets.get(key);
    if (type !== "set") throw new WrongTypeError();
    const set = tx.sets.get(key)!;
    return {
      size: set.size,
      score: (member) => (set.has(member) ? 1 : null),
      all: () => set.members.map((member) => ({ member, score: 1 })),
    };
  });
}

export function unionOf({ sources, weights, aggregate }: Combination): readonly Scored[] {
  const scores = new Map<BinaryString, number>();
  for (const { source, weight } of smallestFirst(sources, weights)) {
    for (const { member, score } of source?.all() ?? []) {
      const weighted = numberOrZero(weight * score);
      const before = scores.get(member);
      scores.set(member, before === undefined ? weighted : aggregate(before, weighted));
    }
  }
  return inOrder(scores);
}

export function intersectionOf({ sources, weights, aggregate }: Combination): readonly Scored[] {
  const scores = new Map<BinaryString, number>();
  const [smallest, ...others] = smallestFirst(sources, weights);
  for (const { member, score } of smallest!.source?.all() ?? []) {
    let total: number | null = numberOrZero(smallest!.weight * score);
    for (const { source, weight } of others) {
      const other: number | null = source?.score(member) ?? null;
      total = other === null ? null : aggregate(total, numberOrZero(weight * other));
      if (total === null) break;
    }
    if (total !== null) scores.set(member, total);
  }
  return inOrder(scores);
}

/** How many members are in each of the sources; counting stops at the limit. */
export function intersectionSize(sources: readonly (ScoredSource | null)[], limit: number): number {
  const [smallest, ...others] = sources.toSorted((left, right) => sizeOf(left) - sizeOf(right));
  let count = 0;
  for (const { member } of smallest?.all() ?? []) {
    if (others.every((source) => (source?.score(member) ?? null) !== null)) count++;
    if (count >= limit) break;
  }
  return count;
}

/** The members of the first source that are in none of the others, with the scores they have there. */
export function differenceOf({ sources }: Combination): readonly Scored[] {
  const [first, ...others] = sources;
  const scores = new Map<BinaryString, number>();
  for (const { member, score } of first?.all() ?? []) {
    if (others.every((source) => (source?.score(member) ?? null) === null)) scores.set(member, score);
  }
  return inOrder(scores);
}

interface Weighted {
  readonly source: ScoredSource | null;
  readonly weight: number;
}

/** Sums of fractions depend on their order: this is Redis'. */
function smallestFirst(sources: readonly (ScoredSource | null)[], weights: readonly number[]): Weighted[] {
  return sources
    .map((source, index) => ({ source, weight: weights[index]! }))
    .toSorted((left, right) => sizeOf(left.source) - sizeOf(right.source));
}

function sizeOf(source: ScoredSource | null): number {
  return source?.size ?? 0;
}

/** Infinities that cancel out, or are weighed with 0, count as 0. */
function numberOrZero(score: number): number {
  return Number.isNaN(score) ? 0 : score + 0;
}

function inOrder(scores: ReadonlyMap<BinaryString, number>): readonly Scored[] {
  return Array.from(scores, ([member, score]) => ({ member, score })).toSorted(compareScored);
}
