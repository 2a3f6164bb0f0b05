import type { BinaryString } from "../../../base/bytes.ts";

/** Lists in a transaction. Ranks count from 0 at the head. Reads throw WrongTypeError; writers have checked the type. */
export interface ListTransaction {
  /** Null when absent. The view is valid until the next mutator. */
  get(key: BinaryString): ListView | null;
  /** Puts `values`, in this order, before the element that has `rank` now; the size of the list: at its end. Creates the key. */
  insert(key: BinaryString, rank: number, values: readonly BinaryString[]): void;
  /** LSET; the rank exists. */
  set(key: BinaryString, rank: number, value: BinaryString): void;
  /** Removes elements, in spans of neighbouring ranks, in ascending order; the key goes with its last element. */
  remove(key: BinaryString, spans: readonly Span[]): void;
  /** LMOVE within one list: the element at `rank` becomes the first or the last. The key goes on, with its deadline. */
  rotate(key: BinaryString, rank: number, to: ListEnd): void;
  /** Whatever the key held, it now is this list, without a deadline (SORT … STORE); without values, it is gone. */
  store(key: BinaryString, values: readonly BinaryString[]): void;
}

export type ListEnd = "left" | "right";

/** Ranks `from` (included) to `to` (excluded); not empty. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface ListView {
  readonly size: number;
  /** Undefined outside. In logarithmic time. */
  at(rank: number): BinaryString | undefined;
  /** Values of ranks `from` (included) to `to` (excluded). */
  slice(from: number, to: number): BinaryString[];
  /** Visits values upwards from a rank on, until `visit` answers false. */
  walk(fromRank: number, visit: (value: BinaryString, rank: number) => boolean): void;
  /** The same downwards. */
  walkBack(fromRank: number, visit: (value: BinaryString, rank: number) => boolean): void;
}
