import type { BinaryString } from "../../../base/bytes.ts";

/** Sets in a transaction. Reads throw WrongTypeError; writers have checked the type. */
export interface SetTransaction {
  /** Null when absent. The view is valid until the next mutator. */
  get(key: BinaryString): SetView | null;
  /** SADD: members, there or not, each once. Creates the key when absent. */
  add(key: BinaryString, members: readonly BinaryString[]): void;
  /** SREM, SPOP: members that are there; the key goes with its last one. */
  remove(key: BinaryString, members: readonly BinaryString[]): void;
  /** The STORE commands: whatever the key held, it now is the set of these members, each once; of none, it is absent. */
  store(key: BinaryString, members: readonly BinaryString[]): void;
}

export interface SetView {
  readonly size: number;
  has(member: BinaryString): boolean;
  /** In no promised order; the same while the set does not change. */
  readonly members: readonly BinaryString[];
  /** SSCAN, with SCAN's guarantee. A small set is visited whole. */
  scan(cursor: number, count: number, visit: (member: BinaryString) => void): number;
}
