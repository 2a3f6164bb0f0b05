import { assert, unreachable } from "../../../base/assert.ts";
import type { ByteWriter } from "../../../base/bytes.ts";
import type { Context } from "../../../crdt/context.ts";
import { NO_DEADLINE, type DeadlineMs } from "../../../crdt/deadline.ts";
import { ExpiringRegister } from "../../../crdt/expiring-register.ts";
import type { OneKeyOperation, ValueOperation } from "../../../crdt/operation.ts";
import { OP } from "../../../crdt/operations/operation-kind.ts";
import type { StringOperation } from "../../../crdt/operations/string-operations.ts";
import type { OriginTable } from "../../../crdt/origin.ts";
import type { Register } from "../../../crdt/register.ts";
import type { Facet, FacetKind, Stamped } from "../facet.ts";
import { decodeExpiringRegister, encodeExpiringRegister, writeCanonicalRegister } from "../register-rows.ts";

/** A string: a register whose deadline belongs to the value it was set on (row E4). */
export class StringFacet extends ExpiringRegister implements Facet {
  // Of the class, not of each string: two words a key.
  get type(): "string" {
    return "string";
  }

  get hasElements(): boolean {
    return false;
  }

  get bytes(): number {
    return 184 + (this.shownLength() ?? 0) + 160 * this.deadlineEntries;
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
