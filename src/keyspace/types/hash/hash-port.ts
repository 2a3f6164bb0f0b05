import type { BinaryString } from "../../../base/bytes.ts";
import type { DeadlineMs } from "../../../crdt/deadline.ts";
import type { Delta } from "../../../crdt/delta.ts";

/** Hashes in a transaction. Reads throw WrongTypeError; writers have checked the type. */
export interface HashTransaction {
  /** Null when absent. The view is valid until the next mutator. */
  get(key: BinaryString): HashView | null;
  /** HSET: `pairs` alternates field, value. Creates the key when absent. */
  put(key: BinaryString, pairs: readonly BinaryString[]): void;
  /** RESTORE: whatever the key held, it now is this hash, without deadlines. `pairs` is not empty. */
  store(key: BinaryString, pairs: readonly BinaryString[]): void;
  /** HDEL: fields that are there; the key goes with its last field. */
  remove(key: BinaryString, fields: readonly BinaryString[]): void;
  /**
   * HEXPIRE, HPERSIST (NO_DEADLINE) of fields that are there; a deadline at or before now removes them. A later `put` of a field
   * clears its deadline, as Redis 7.4 has it.
   */
  setDeadline(key: BinaryString, fields: readonly BinaryString[], atMs: DeadlineMs): void;
  /** HINCRBY, HINCRBYFLOAT: the caller has checked number and range. */
  add(key: BinaryString, field: BinaryString, delta: Delta): void;
}

export interface HashView {
  readonly size: number;
  get(field: BinaryString): BinaryString | null;
  has(field: BinaryString): boolean;
  /** NO_DEADLINE when the field lives as long as its hash; undefined when it is not there. */
  deadlineOf(field: BinaryString): DeadlineMs | undefined;
  /** In no promised order; the same while the hash does not change. */
  fields(): Iterable<BinaryString>;
  entries(): Iterable<readonly [BinaryString, BinaryString]>;
  /** HSCAN, with SCAN's guarantee. A small hash is visited whole. */
  scan(cursor: number, count: number, visit: (field: BinaryString, value: BinaryString) => void): number;
}
