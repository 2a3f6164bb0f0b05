import { unreachable } from "../../../base/assert.ts";
import type { Context } from "../../../crdt/context.ts";
import type { OneKeyOperation, ValueOperation } from "../../../crdt/operation.ts";
import type { LimitOperation } from "../../../crdt/operations/limit-operations.ts";
import { OP } from "../../../crdt/operations/operation-kind.ts";
import type { OriginTable } from "../../../crdt/origin.ts";
import { Register } from "../../../crdt/register.ts";
import type { FacetKind } from "../facet.ts";
import { RegisterMapFacet } from "../register-map-facet.ts";
import { decodeDeadlines } from "../register-rows.ts";

/** A limit: elements that one region each writes, registers with increments (`crdt/limit/limit-fields.ts`; rows B1–B8). */
export class LimitFacet extends RegisterMapFacet {
  readonly type = "limit";

  apply(operation: ValueOperation, context: Context, origins: OriginTable, changed: (field: string) => void): void {
    const own = operation as LimitOperation;
    switch (own.op) {
      case OP.limitPut:
        this.putElements(context, own.pairs, origins, changed);
        return;
      case OP.limitAdd:
        this.addToElement(context, own.field, own.delta);
        changed(own.field);
        return;
      case OP.limitRemove:
        this.removeElements(context, own.fields, origins, changed);
        return;
      default:
        unreachable(own);
    }
  }

  /** Every element with its value. */
  fields(): Map<string, string> {
    return new Map([...this.entries()].map(([field, register]) => [field, register.text()!]));
  }

  protected create(): Register {
    return new Register();
  }

  /** Never: rights would exist twice. The transaction refuses to copy a limit. */
  protected copyElements(): OneKeyOperation[] {
    return [];
  }
}

export const LIMIT_KIND: FacetKind = {
  create: () => new LimitFacet(),
  decodeHead(reader) {
    const facet = new LimitFacet();
    facet.restoreDeadlines(decodeDeadlines(reader));
    return facet;
  },
};
