import { unreachable } from "../../../base/assert.ts";
import type { Context } from "../../../crdt/context.ts";
import type { OneKeyOperation, ValueOperation } from "../../../crdt/operation.ts";
import type { KeyOwn } from "../../../crdt/operations/class-operations.ts";
import type { HashOperation } from "../../../crdt/operations/hash-operations.ts";
import { OP } from "../../../crdt/operations/operation-kind.ts";
import type { OriginTable } from "../../../crdt/origin.ts";
import type { FacetKind } from "../facet.ts";
import { RegisterMapFacet } from "../register-map-facet.ts";
import { decodeDeadlines } from "../register-rows.ts";

/** A hash: fields are observed-remove, each a register with increments (rows H1–H6). */
export class HashFacet extends RegisterMapFacet {
  readonly type = "hash";

  apply(operation: ValueOperation, context: Context, origins: OriginTable, changed: (field: string) => void): void {
    const own = operation as HashOperation | KeyOwn;
    switch (own.op) {
      case OP.hashPut:
        for (let index = 0; index < own.pairs.length; index += 2) {
          const field = own.pairs[index]!;
          this.putElement(context, field, own.pairs[index + 1]!, origins);
          changed(field);
        }
        return;
      case OP.hashRemove:
        for (const field of own.fields) {
          this.removeElement(context, field, origins);
          changed(field);
        }
        return;
      case OP.hashAdd:
        this.addToElement(context, own.field, own.delta);
        changed(own.field);
        return;
      case OP.keyOwn: {
        const session = sessionField(own.sessionDb, own.session);
        this.putElement(context, session, "", origins);
        changed(session);
        return;
      }
      default:
        unreachable(own);
    }
  }

  protected copyElements(db: number, key: string): OneKeyOperation[] {
    const pairs: string[] = [];
    for (const [field, register] of this.entries()) pairs.push(field, register.text()!);
    return [{ op: OP.hashPut, db, key, pairs }];
  }
}

/** A user's list of sessions is a hash of these (row R6). */
export function sessionField(db: number, session: string): string {
  return `${db}:${session}`;
}

export function parseSessionField(field: string): { readonly db: number; readonly session: string } {
  const colon = field.indexOf(":");
  return { db: Number(field.slice(0, colon)), session: field.slice(colon + 1) };
}

export const HASH_KIND: FacetKind = {
  create: () => new HashFacet(),
  decodeHead(reader) {
    const facet = new HashFacet();
    facet.restoreDeadlines(decodeDeadlines(reader));
    return facet;
  },
};
