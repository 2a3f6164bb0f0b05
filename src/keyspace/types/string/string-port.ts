import type { BinaryString } from "../../../base/bytes.ts";
import type { DeadlineMs } from "../../../crdt/deadline.ts";
import type { Delta } from "../../../crdt/delta.ts";

/** Strings and counters in a transaction. */
export interface StringTransaction {
  /** Null when absent. Throws WrongTypeError. */
  get(key: BinaryString): BinaryString | null;
  /** SET: whatever type the key had, it now is this string with this deadline (0: none; KEEP_DEADLINE: as it was). */
  set(key: BinaryString, value: BinaryString, deadline: DeadlineMs | typeof KEEP_DEADLINE): void;
  /** INCRBY, INCRBYFLOAT: the caller has checked type, number and range. Creates the key when absent. */
  add(key: BinaryString, delta: Delta): void;
}

export const KEEP_DEADLINE = "keep";
