import type { ByteWriter } from "../../base/bytes.ts";
import type { Context } from "../../crdt/context.ts";
import { Deadlines, NO_DEADLINE, type DeadlineMode, type DeadlineMs } from "../../crdt/deadline.ts";
import type { OneKeyOperation, ValueOperation } from "../../crdt/operation.ts";
import { OP, type KeyType } from "../../crdt/operations/operation-kind.ts";
import type { OriginTable } from "../../crdt/origin.ts";
import type { Coverage } from "../../crdt/register.ts";
import type { VersionVector } from "../../crdt/version-vector.ts";
import type { Facet, Stamped } from "./facet.ts";
import { encodeDeadlines } from "./register-rows.ts";
import type { RowReader } from "./row-reader.ts";

/**
 * What every collection has: one deadline for all its elements (row E4b), live while any element it observed lives. Elements
 * and their rules are the subclass's.
 */
export abstract class CollectionFacet implements Facet {
  abstract readonly type: KeyType;
  abstract readonly isEmpty: boolean;
  #deadlines = new Deadlines();

  get hasElements(): boolean {
    return true;
  }

  /** Bytes of the elements and of the facet itself. */
  protected abstract readonly elementBytes: number;
  /** Elements wait for stability. */
  protected abstract readonly hasUnfoldedElements: boolean;
  /** True when some live element's dot is covered. */
  protected abstract observes(observed: Coverage): boolean;
  protected abstract removeObservedElements(context: Context, origins: OriginTable): void;
  protected abstract foldElements(frontier: VersionVector, origins: OriginTable): void;
  protected abstract elementsAreWithin(frontier: VersionVector): boolean;
  /** Operations that make the absent `key` a copy of the elements. */
  protected abstract copyElements(db: number, key: string, nowMs: number): OneKeyOperation[];

  abstract newest(origins: OriginTable): Stamped;
  abstract apply(
    operation: ValueOperation,
    context: Context,
    origins: OriginTable,
    changed: (element: string) => void,
  ): void;
  abstract elementNames(): Iterable<string>;
  abstract encodeElement(writer: ByteWriter, name: string, origins: OriginTable): boolean;
  abstract restoreElement(name: string, reader: RowReader): void;
  protected abstract writeCanonicalElements(writer: ByteWriter, origins: OriginTable, atMs: number): void;

  get bytes(): number {
    return this.elementBytes + 160 * this.#deadlines.entries.length;
  }

  get isUnfolded(): boolean {
    return this.#deadlines.isUnfolded || this.hasUnfoldedElements;
  }

  get hasDivergingDeadlines(): boolean {
    return this.#deadlines.entries.length > 1;
  }

  deadline(): DeadlineMs {
    const { entries } = this.#deadlines;
    if (entries.length === 0) return NO_DEADLINE;
    // Nearly always there is one. It is asked for a dozen times a command.
    if (entries.length === 1) {
      const { observed, atMs } = entries[0]!;
      return observed === null || this.observes(observed) ? atMs : NO_DEADLINE;
    }
    return this.longest();
  }

  private longest(): DeadlineMs {
    return this.#deadlines.resolve((observed) => this.observes(observed)) ?? NO_DEADLINE;
  }

  isVisible(nowMs: number): boolean {
    const deadlineMs = this.deadline();
    return deadlineMs === NO_DEADLINE || deadlineMs > nowMs;
  }

  nextDeadline(): DeadlineMs {
    return this.deadline();
  }

  putDeadline(context: Context, mode: DeadlineMode, atMs: DeadlineMs): void {
    this.#deadlines.put(context, mode, atMs);
  }

  removeObserved(context: Context, origins: OriginTable): void {
    this.removeObservedElements(context, origins);
    this.#deadlines.removeObserved(context);
  }

  fold(frontier: VersionVector, origins: OriginTable): void {
    // Deadlines first: they know an element by the dot it has before increments become part of it.
    this.#deadlines.fold(frontier, (observed) => this.observes(observed));
    if (!this.#deadlines.isUnfolded) this.foldElements(frontier, origins);
  }

  isWithin(frontier: VersionVector): boolean {
    return this.#deadlines.isWithin(frontier) && this.elementsAreWithin(frontier);
  }

  encodeHead(writer: ByteWriter, _origins: OriginTable): void {
    encodeDeadlines(writer, this.#deadlines);
  }

  /** Rebuilds from a head row. */
  restoreDeadlines(deadlines: Deadlines): void {
    this.#deadlines = deadlines;
  }

  writeCanonical(writer: ByteWriter, origins: OriginTable, atMs: number): void {
    writer.varint(this.deadline());
    this.writeCanonicalElements(writer, origins, atMs);
  }

  copyOperations(db: number, key: string, deadlineMs: DeadlineMs, nowMs: number): OneKeyOperation[] {
    return [
      ...this.copyElements(db, key, nowMs),
      { op: OP.deadline, db, key, type: this.type, mode: "set", atMs: deadlineMs },
    ];
  }
}
