import type { OneKeyOperation, ValueOperation } from "../../crdt/operation.ts";
import type { KeyType } from "../../crdt/operations/operation-kind.ts";
import type { RegionName } from "../../crdt/origin.ts";
import type { SequenceClass } from "../../crdt/stream-id.ts";
import type { Facet } from "./facet.ts";

/** What the ports of the types stand on: one transaction, on its current database, at its instant. */
export interface TypeHost {
  readonly nowMs: number;
  /** Values may have been purged here that other regions still keep. */
  readonly hasPurged: boolean;
  readonly db: number;
  readonly random: { below(bound: number): number };
  readonly region: RegionName;
  /** Which sequence parts of automatic stream ids are this region's. */
  readonly sequenceClass: SequenceClass;
  /** What is visible of the key, of whatever type. */
  visible(key: string): Facet | null;
  /** What is visible of the key; null when absent. Throws WrongTypeError when it is of another type. */
  read<F extends Facet>(key: string, kind: abstract new (...args: never[]) => F): F | null;
  /**
   * One write to a value that goes on, or begins: settles what was left over before, and the deadline afterwards (rows E5, E10,
   * K1). Throws BatchTooLargeError before anything happened.
   */
  write(key: string, type: KeyType, operations: readonly ValueOperation[]): void;
  /**
   * Whatever the key held, it now is what these operations make: STORE commands, SET. What was there is deleted first, but for
   * a plain value of type `over`, which the operations replace by themselves. Throws BatchTooLargeError before anything happened.
   */
  replace(key: string, over: KeyType | null, operations: readonly OneKeyOperation[]): void;
  /** Removes everything that is kept of the key; true when something visible went. */
  delete(key: string): boolean;
}
