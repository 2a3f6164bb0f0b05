import type { BinaryString } from "../../../base/bytes.ts";
import type { Probe } from "../../../base/counted-pages.ts";
import type { Scored } from "../../../crdt/score.ts";

/** Sorted sets in a transaction. Reads throw WrongTypeError; writers have checked the type. */
export interface SortedSetTransaction {
  /** Null when absent. The view is valid until the next mutator. */
  get(key: BinaryString): SortedSetView | null;
  /** ZADD: each member, there or not, gets its score. Creates the key when absent. */
  put(key: BinaryString, scored: readonly Scored[]): void;
  /** ZINCRBY: the caller has checked that the sum is a number. Creates key and member when absent. */
  add(key: BinaryString, member: BinaryString, increment: number): void;
  /** ZREM and its like: members that are there; the key goes with its last one. */
  remove(key: BinaryString, members: readonly BinaryString[]): void;
  /** The STORE commands: whatever the key held, it now is these members, each once; of none, it is absent. */
  store(key: BinaryString, scored: readonly Scored[]): void;
}

/** What is asked by rank costs the logarithm of the size, and what is answered. */
export interface SortedSetView {
  readonly size: number;
  /** Null when there is no such member. */
  score(member: BinaryString): number | null;
  /** The score the member would have with this much more; an absent one counts as 0. NaN where infinities cancel out. */
  increased(member: BinaryString, increment: number): number;
  /** The rank from the lowest score on; -1 when there is no such member. */
  rankOf(member: BinaryString): number;
  /** How many members lie before what the probe looks for. */
  countBefore(probe: Probe<Scored>): number;
  at(rank: number): Scored | undefined;
  /** Members of ranks `from` (included) to `to` (excluded), in order. */
  slice(from: number, to: number): readonly Scored[];
  /** All members, in no promised order. */
  all(): Iterable<Scored>;
  /** ZSCAN, with SCAN's guarantee. A small sorted set is visited whole, in order. */
  scan(cursor: number, count: number, visit: (scored: Scored) => void): number;
}
