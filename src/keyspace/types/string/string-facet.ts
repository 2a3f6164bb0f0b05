import { assert, unreachable } from "../../../base/assert.ts";
import type { ByteWriter } from "../../../base/bytes.ts";
import { Context } from "../../../crdt/context.ts";
import { Deadlines, NO_DEADLINE, type DeadlineMs } from "../../../crdt/deadline.ts";
import type { OneKeyOperation, ValueOperation } from "../../../crdt/operation.ts";
import { OP } from "../../../crdt/operations/operation-kind.ts";
import type { StringOperation } from "../../../crdt/operations/string-operations.ts";
import type { OriginTable } from "../../../crdt/origin.ts";
import { Register } from "../../../crdt/register.ts";
import type { VersionVector } from "../../../crdt/version-vector.ts";
import type { Facet, FacetKind, Stamped } from "../facet.ts";
import {
  decodeDeadlines,
  decodeRegister,
  encodeDeadlines,
  encodeRegister,
  writeCanonicalRegister,
} from "../register-rows.ts";

/**
 * A string: a register whose deadline belongs to the value it was set on (row E4).
 *
 * One base, nothing concurrent: the deadline is one number. As soon as an EXPIRE or a concurrent SET comes, the deadlines
 * become entries with their contexts; once stable they become the number again. Turning the number into an entry is exact:
 * it covers its own base, and everything else it had observed was removed with that base's arrival.
 */
export class StringFacet extends Register implements Facet {
  readonly type = "string";
  readonly hasElements = false;
  #deadlineMs: DeadlineMs = NO_DEADLINE;
  #deadlines: Deadlines | null = null;

  get bytes(): number {
    const base = 184 + (this.shownLength() ?? 0);
    return this.#deadlines === null ? base : base + 160 * this.#deadlines.entries.length;
  }

  override get isUnfolded(): boolean {
    return super.isUnfolded || this.#deadlines !== null;
  }

  get hasDivergingDeadlines(): boolean {
    return this.#deadlines !== null && this.#deadlines.entries.length > 1;
  }

  newest(origins: OriginTable): Stamped {
    return { stamp: this.stamp, origin: this.originOfStamp(origins) };
  }

  apply(operation: ValueOperation, context: Context, origins: OriginTable): void {
    const own = operation as StringOperation;
    switch (own.op) {
      case OP.stringSet:
        this.#set(context, own.value, own.deadlineMs, origins);
        return;
      case OP.stringAdd:
        this.add(context, own.delta);
        return;
      default:
        unreachable(own);
    }
  }

  #set(context: Context, value: string, deadlineMs: DeadlineMs, origins: OriginTable): void {
    // Anything else in here must have its own deadline spelled out before the new value stands beside it.
    if (!this.isEmpty && !this.#onlyBaseCoveredBy(context)) this.#spellOut();
    this.put(context, value, origins);
    if (this.#deadlines === null) {
      this.#deadlineMs = deadlineMs;
      return;
    }
    this.#deadlines.put(context, "set", deadlineMs);
  }

  putDeadline(context: Context, mode: "set" | "reassert", atMs: DeadlineMs): void {
    this.#spellOut();
    this.#deadlines!.put(context, mode, atMs);
  }

  override removeObserved(context: Context, origins: OriginTable): void {
    if (!this.#onlyBaseCoveredBy(context)) this.#spellOut();
    super.removeObserved(context, origins);
    this.#deadlines?.removeObserved(context);
  }

  deadline(): DeadlineMs {
    if (this.#deadlines === null) return this.#deadlineMs;
    return this.#deadlines.resolve((observed) => this.shownIsCoveredBy(observed)) ?? NO_DEADLINE;
  }

  override isWithin(frontier: VersionVector): boolean {
    return super.isWithin(frontier) && (this.#deadlines?.isWithin(frontier) ?? true);
  }

  override fold(frontier: VersionVector, origins: OriginTable): void {
    if (!this.isWithin(frontier)) return;
    // Deadlines first: they know the base by the dot it has before increments become part of it.
    this.#deadlines?.fold(frontier, (observed) => this.shownIsCoveredBy(observed));
    super.fold(frontier, origins);
    if (this.#deadlines === null) return;
    const plain = !this.isConflicted && this.increments().length === 0;
    if (plain && this.#deadlines.entries.length <= 1) {
      this.#deadlineMs = this.#deadlines.entries[0]?.atMs ?? NO_DEADLINE;
      this.#deadlines = null;
    }
  }

  encodeHead(writer: ByteWriter, origins: OriginTable): void {
    encodeRegister(writer, this, origins);
    writer.u8(this.#deadlines === null ? 0 : 1);
    if (this.#deadlines === null) writer.varint(this.#deadlineMs);
    else encodeDeadlines(writer, this.#deadlines);
  }

  restoreDeadline(state: DeadlineMs | Deadlines): void {
    if (typeof state === "number") this.#deadlineMs = state;
    else this.#deadlines = state;
  }

  elementNames(): Iterable<string> {
    return [];
  }

  encodeElement(): boolean {
    return false;
  }

  restoreElement(name: string): void {
    assert(false, `a string has no elements, and a row calls one ${name}`);
  }

  writeCanonical(writer: ByteWriter, origins: OriginTable): void {
    writer.varint(this.deadline());
    writeCanonicalRegister(writer, this, origins);
  }

  copyOperations(db: number, key: string, deadlineMs: DeadlineMs): OneKeyOperation[] {
    return [{ op: OP.stringSet, db, key, value: this.text()!, deadlineMs }];
  }

  #onlyBaseCoveredBy(context: Context): boolean {
    return (
      this.#deadlines === null && !this.isConflicted && this.increments().length === 0 && this.hasDotCoveredBy(context)
    );
  }

  #spellOut(): void {
    if (this.#deadlines !== null) return;
    this.#deadlines = new Deadlines();
    const base = this.shownBase();
    if (base === null) return;
    const own = new Context(base.origin, base.sequence, base.stamp, []);
    this.#deadlines.put(own, "set", this.#deadlineMs);
  }
}

export const STRING_KIND: FacetKind = {
  create: () => new StringFacet(),
  decodeHead(reader) {
    const facet = new StringFacet();
    decodeRegister(reader, facet);
    facet.restoreDeadline(reader.u8() === 0 ? reader.varint() : decodeDeadlines(reader));
    return facet;
  },
};
