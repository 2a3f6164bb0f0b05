import type { ByteWriter } from "../../base/bytes.ts";
import type { Context } from "../../crdt/context.ts";
import type { DeadlineMode, DeadlineMs } from "../../crdt/deadline.ts";
import type { HlcStamp } from "../../crdt/hlc.ts";
import type { OneKeyOperation, ValueOperation } from "../../crdt/operation.ts";
import type { KeyType } from "../../crdt/operations/operation-kind.ts";
import type { OriginTable } from "../../crdt/origin.ts";
import type { Register } from "../../crdt/register.ts";
import type { VersionVector } from "../../crdt/version-vector.ts";
import type { RowReader } from "./row-reader.ts";

/**
 * The part of a key that has one type. A key nearly always has one facet; concurrent writes of two types give it two until
 * the next write that has seen both (row K1). A facet without elements is dropped at once: everything its deadlines had
 * observed is gone for good, so they can never be live again.
 *
 * A type of value is: its operations (`crdt/operations`), a facet with its rows, a port by which transactions read and write
 * it, and one line each in `facet-kinds.ts` and `transaction.ts`.
 */
export interface Facet {
  readonly type: KeyType;
  readonly isEmpty: boolean;
  /** Estimated bytes in memory. */
  readonly bytes: number;
  /** Waits for stability to forget something. */
  readonly isUnfolded: boolean;

  /** Newest live write: decides which of two types is shown. */
  newest(origins: OriginTable): Stamped;
  /** The deadline that holds; NO_DEADLINE when none does. */
  deadline(): DeadlineMs;
  /** Something of it is there for clients: its deadline has not passed, nor those of all its elements. */
  isVisible(nowMs: number): boolean;
  /** The earliest moment at which something of it expires; NO_DEADLINE when nothing does. */
  nextDeadline(): DeadlineMs;
  /**
   * Forgets elements that had expired by `safeMs` and are within the frontier: nobody can still extend them. Not for a value that
   * has one deadline as a whole.
   */
  purgeElements?(safeMs: DeadlineMs, frontier: VersionVector, changed: (element: string) => void): void;
  /** Concurrent deadlines are still side by side: the next write settles them. */
  readonly hasDivergingDeadlines: boolean;
  /**
   * Applies an operation of this facet's type. Equal sets of batches, in any causal order, give equal facets. `changed` is told
   * each element whose row is no longer what it was.
   */
  apply(operation: ValueOperation, context: Context, origins: OriginTable, changed: (element: string) => void): void;
  removeObserved(context: Context, origins: OriginTable): void;
  putDeadline(context: Context, mode: DeadlineMode, atMs: DeadlineMs): void;
  fold(frontier: VersionVector, origins: OriginTable): void;
  /** True when nothing in here is newer than `frontier`. */
  isWithin(frontier: VersionVector): boolean;

  // Rows: one head, and one row an element for what has elements. Origins are their indexes in this directory's table.
  /** What is not an element: deadlines, a string's value. */
  encodeHead(writer: ByteWriter, origins: OriginTable): void;
  /** False for types whose head is all there is. */
  readonly hasElements: boolean;
  elementNames(): Iterable<string>;
  /** The element without its name; false, and nothing written, when there is no such element. */
  encodeElement(writer: ByteWriter, name: string, origins: OriginTable): boolean;
  restoreElement(name: string, reader: RowReader): void;

  /**
   * The canonical form of what is visible, the same in every region with the same batches: no indexes, nothing that regions
   * may forget at different moments. `atMs`: elements that have expired by then are not visible.
   */
  writeCanonical(writer: ByteWriter, origins: OriginTable, atMs: number): void;

  /** There are such registers, expired ones among them. */
  readonly isConflicted?: boolean;
  /** Registers in here that have values beside the one shown, by element; null for a value that is one register. */
  conflicted?(nowMs: number): Iterable<readonly [element: string | null, register: Register]>;

  /** Operations that make the absent `key` a copy of what is visible here, with this deadline: RENAME, COPY, SWAPDB. */
  copyOperations(db: number, key: string, deadlineMs: DeadlineMs, nowMs: number): OneKeyOperation[];
}

/** How facets of one type come into being. */
export interface FacetKind {
  create(): Facet;
  /** What `encodeHead` wrote; elements follow by `restoreElement`. */
  decodeHead(reader: RowReader): Facet;
}

export interface Stamped {
  readonly stamp: HlcStamp;
  readonly origin: number;
}
