import { assert, unreachable } from "../../../base/assert.ts";
import type { BinaryString, ByteWriter } from "../../../base/bytes.ts";
import type { Context } from "../../../crdt/context.ts";
import { NO_DEADLINE, type DeadlineMs } from "../../../crdt/deadline.ts";
import { ExpiringRegister } from "../../../crdt/expiring-register.ts";
import type { OneKeyOperation, ValueOperation } from "../../../crdt/operation.ts";
import { OP } from "../../../crdt/operations/operation-kind.ts";
import type { StringOperation } from "../../../crdt/operations/string-operations.ts";
import type { OriginTable } from "../../../crdt/origin.ts";
import type { Register } from "../../../crdt/register.ts";
import {
  POOLED_BYTES_MAX,
  POOLED_BYTES_MIN,
  SLOT_HEADER_BYTES,
  type PoolPlace,
  type ValueBlock,
  type ValuePool,
} from "../../value-pool.ts";
import type { Facet, FacetKind, Stamped } from "../facet.ts";
import { decodeExpiringRegister, encodeExpiringRegister, writeCanonicalRegister } from "../register-rows.ts";

export interface UnpackedString {
  readonly facet: StringFacet;
  readonly usedAtS: number;
  /** The row of the expiry index says its deadline. */
  readonly isIndexed: boolean;
}

/** A string: a register whose deadline belongs to the value it was set on (row E4). */
export class StringFacet extends ExpiringRegister implements Facet {
  /** Where in its block its text is, if it is kept in one. */
  #slot = 0;

  // Of the class, not of each string: two words a key.
  get type(): "string" {
    return "string";
  }

  get hasElements(): boolean {
    return false;
  }

  get bytes(): number {
    // The same for a text in the pool, whose slot is a little larger than it, and for a string: reading moves one.
    const length = this.textLength();
    const header = length < POOLED_BYTES_MIN ? 0 : SLOT_HEADER_BYTES;
    return 96 + header + length + (length >>> 4) + 160 * this.deadlineEntries;
  }

  /**
   * `text`, for a client. One that is read twice between two writes becomes a string again: to make one for every read would cost
   * reads more.
   */
  readText(): BinaryString | null {
    if (this.block?.isReadAgain(this.#slot) === true) this.moveOut();
    return this.text();
  }

  /** Moves its text to the pool if it is one for it. For the string that a key shows, after each change. */
  settleIn(pool: ValuePool): void {
    const text = this.textHere;
    if (text === null || text.length < POOLED_BYTES_MIN || text.length > POOLED_BYTES_MAX) return;
    const block = pool.blockFor(text.length);
    this.#slot = block.take();
    block.write(this.#slot, text);
    this.keep(block);
  }

  /** Takes its text back from the pool: it goes out of sight, to stay hidden, or until nobody holds it any more. */
  moveOut(): void {
    const { block } = this;
    if (block === null) return;
    this.keep(block.read(this.#slot));
    block.giveBack(this.#slot);
  }

  /**
   * Leaves in its slot all that it is: one text, nothing concurrent, a deadline that is a number. Answers where; null when it is not
   * that, or its text is not one for the pool. From then on the place is the owner of the slot, and this facet nobody's.
   */
  pack(pool: ValuePool, usedAtS: number, isIndexed: boolean): PoolPlace | null {
    const deadlineMs = this.deadlineState();
    if (!this.isPlain || typeof deadlineMs !== "number") return null;
    this.settleIn(pool);
    const { block } = this;
    const place = block === null ? null : block.placeOf(this.#slot);
    if (place === null) return null;
    const origin = this.baseOrigin() * 2 + (isIndexed ? 1 : 0);
    block!.writeHeader(this.#slot, { usedAtS, deadlineMs, sequence: this.baseSequence, stamp: this.stamp, origin });
    return place;
  }

  /** What `pack` left, the slot's owner again; a copy does not touch the slot. */
  static unpack(block: ValueBlock, slot: number, isCopy: boolean): UnpackedString {
    const facet = new StringFacet();
    const { usedAtS, deadlineMs, sequence, stamp, origin } = block.header(slot);
    facet.setBase(isCopy ? block.read(slot) : "", Math.floor(origin / 2), sequence, stamp);
    facet.restoreDeadline(deadlineMs);
    if (!isCopy) {
      facet.#slot = slot;
      facet.keep(block);
    }
    return { facet, usedAtS, isIndexed: origin % 2 === 1 };
  }

  protected override keptText(block: ValueBlock): BinaryString {
    return block.read(this.#slot);
  }

  protected override keptLength(block: ValueBlock): number {
    return block.length(this.#slot);
  }

  protected override keptAnew(block: ValueBlock, text: BinaryString): BinaryString | ValueBlock {
    if (!block.fits(text.length)) {
      block.giveBack(this.#slot);
      return text;
    }
    block.write(this.#slot, text);
    return block;
  }

  protected override letGo(block: ValueBlock): void {
    block.giveBack(this.#slot);
  }

  private get block(): ValueBlock | null {
    return this.place as ValueBlock | null;
  }

  isVisible(nowMs: number): boolean {
    const deadlineMs = this.deadline();
    return deadlineMs === NO_DEADLINE || deadlineMs > nowMs;
  }

  nextDeadline(): DeadlineMs {
    return this.deadline();
  }

  newest(origins: OriginTable): Stamped {
    return { stamp: this.stamp, origin: this.originOfStamp(origins) };
  }

  apply(operation: ValueOperation, context: Context, origins: OriginTable): void {
    const own = operation as StringOperation;
    switch (own.op) {
      case OP.stringSet:
        this.set(context, own.value, own.deadlineMs, origins);
        return;
      case OP.stringAdd:
        this.add(context, own.delta);
        return;
      default:
        unreachable(own);
    }
  }

  encodeHead(writer: ByteWriter, origins: OriginTable): void {
    encodeExpiringRegister(writer, this, origins);
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

  *conflicted(): Iterable<readonly [null, Register]> {
    if (this.isConflicted) yield [null, this];
  }

  copyOperations(db: number, key: string, deadlineMs: DeadlineMs): OneKeyOperation[] {
    return [{ op: OP.stringSet, db, key, value: this.text()!, deadlineMs }];
  }
}

export const STRING_KIND: FacetKind = {
  create: () => new StringFacet(),
  decodeHead(reader) {
    const facet = new StringFacet();
    decodeExpiringRegister(reader, facet);
    return facet;
  },
};
