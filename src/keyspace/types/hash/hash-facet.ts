import { unreachable } from "../../../base/assert.ts";
import type { ByteWriter } from "../../../base/bytes.ts";
import type { Context } from "../../../crdt/context.ts";
import { NO_DEADLINE, type DeadlineMs } from "../../../crdt/deadline.ts";
import { ExpiringRegister } from "../../../crdt/expiring-register.ts";
import type { OneKeyOperation, ValueOperation } from "../../../crdt/operation.ts";
import type { KeyOwn } from "../../../crdt/operations/class-operations.ts";
import type { HashDeadline, HashOperation } from "../../../crdt/operations/hash-operations.ts";
import { OP } from "../../../crdt/operations/operation-kind.ts";
import type { OriginTable } from "../../../crdt/origin.ts";
import type { VersionVector } from "../../../crdt/version-vector.ts";
import { Register } from "../../../crdt/register.ts";
import type { FacetKind } from "../facet.ts";
import { RegisterMapFacet } from "../register-map-facet.ts";
import {
  decodeDeadlines,
  decodeExpiringRegister,
  decodeRegister,
  encodeExpiringRegister,
  encodeRegister,
} from "../register-rows.ts";
import type { RowReader } from "../row-reader.ts";
import { SharedNames } from "../shared-names.ts";
import { without } from "../without.ts";

/** Of all hashes. */
const FIELD_NAMES = new SharedNames();

/** Estimated bytes that a field which may expire takes more than another: its deadlines, its place among those. */
const EXPIRING_BYTES = 120;

/**
 * A hash: fields are observed-remove, each a register with increments (rows H1–H6). A field that was ever given a deadline is a
 * register that expires (row E8); the others pay nothing for that.
 */
export class HashFacet extends RegisterMapFacet {
  /** Fields that may expire; most hashes have none, and pay for no Map. */
  #expiring: Map<string, ExpiringRegister> | null = null;

  get type(): "hash" {
    return "hash";
  }

  apply(operation: ValueOperation, context: Context, origins: OriginTable, changed: (field: string) => void): void {
    const own = operation as HashOperation | KeyOwn;
    switch (own.op) {
      case OP.hashPut:
        this.putElements(context, own.pairs, origins, changed);
        return;
      case OP.hashRemove:
        this.removeElements(context, own.fields, origins, changed);
        return;
      case OP.hashAdd:
        this.addToElement(context, own.field, own.delta);
        changed(own.field);
        return;
      case OP.hashDeadline:
        this.putFieldDeadlines(own, context, origins, changed);
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

  /** NO_DEADLINE when it has none, or is not there. */
  fieldDeadline(field: string): DeadlineMs {
    return this.#expiring?.get(field)?.deadline() ?? NO_DEADLINE;
  }

  hasDivergingFieldDeadlines(field: string): boolean {
    return this.#expiring?.get(field)?.hasDivergingDeadlines ?? false;
  }

  /** It is there, and has not expired. */
  visibleField(field: string, nowMs: number): Register | undefined {
    return this.hasExpired(field, nowMs) ? undefined : this.get(field);
  }

  hasExpired(field: string, nowMs: number): boolean {
    if (this.#expiring === null) return false;
    const deadlineMs = this.fieldDeadline(field);
    return deadlineMs !== NO_DEADLINE && deadlineMs <= nowMs;
  }

  /** Fields that have expired and are kept. */
  expiredCount(nowMs: number): number {
    let count = 0;
    for (const field of this.#expiring?.keys() ?? []) if (this.hasExpired(field, nowMs)) count++;
    return count;
  }

  override *visibleEntries(nowMs: number): Generator<[string, Register]> {
    for (const entry of this.entries()) if (!this.hasExpired(entry[0], nowMs)) yield entry;
  }

  override isVisible(nowMs: number): boolean {
    if (!super.isVisible(nowMs)) return false;
    if (this.#expiring === null || this.#expiring.size < this.size) return true;
    for (const field of this.#expiring.keys()) if (!this.hasExpired(field, nowMs)) return true;
    return false;
  }

  override nextDeadline(): DeadlineMs {
    let next = super.nextDeadline();
    for (const register of this.#expiring?.values() ?? []) {
      const deadlineMs = register.deadline();
      if (deadlineMs !== NO_DEADLINE && (next === NO_DEADLINE || deadlineMs < next)) next = deadlineMs;
    }
    return next;
  }

  purgeElements(safeMs: DeadlineMs, frontier: VersionVector, changed: (field: string) => void): void {
    for (const [field, register] of this.#expiring ?? []) {
      if (!this.hasExpired(field, safeMs) || !register.isWithin(frontier)) continue;
      this.forgetElement(field);
      changed(field);
    }
  }

  override encodeElement(writer: ByteWriter, field: string, origins: OriginTable): boolean {
    const register = this.get(field);
    if (register === undefined) return false;
    const expires = register instanceof ExpiringRegister;
    writer.u8(expires ? 1 : 0);
    if (expires) encodeExpiringRegister(writer, register, origins);
    else encodeRegister(writer, register, origins);
    return true;
  }

  override restoreElement(field: string, reader: RowReader): void {
    if (reader.u8() === 0) {
      this.insertElement(field, decodeRegister(reader));
      return;
    }
    const register = new ExpiringRegister();
    decodeExpiringRegister(reader, register);
    (this.#expiring ??= new Map()).set(field, register);
    this.insertElement(field, register);
  }

  protected override dropped(field: string): void {
    this.#expiring = without(this.#expiring, field);
  }

  protected override writeCanonicalElements(writer: ByteWriter, origins: OriginTable, atMs: number): void {
    super.writeCanonicalElements(writer, origins, atMs);
    const deadlines = [...(this.#expiring?.keys() ?? [])]
      .filter((field) => this.fieldDeadline(field) !== NO_DEADLINE && !this.hasExpired(field, atMs))
      .toSorted((left, right) => (left < right ? -1 : 1));
    for (const field of deadlines) {
      writer.binary(field);
      writer.varint(this.fieldDeadline(field));
    }
  }

  protected override get elementBytes(): number {
    return super.elementBytes + (this.#expiring === null ? 0 : EXPIRING_BYTES * this.#expiring.size);
  }

  protected override nameToKeep(field: string): string {
    return FIELD_NAMES.share(field);
  }

  protected create(): Register {
    return new Register();
  }

  protected copyElements(db: number, key: string, nowMs: number): OneKeyOperation[] {
    const pairs: string[] = [];
    const operations: OneKeyOperation[] = [{ op: OP.hashPut, db, key, pairs }];
    for (const [field, register] of this.visibleEntries(nowMs)) {
      pairs.push(field, register.text()!);
      const atMs = this.fieldDeadline(field);
      if (atMs !== NO_DEADLINE) operations.push({ op: OP.hashDeadline, db, key, fields: [field], mode: "set", atMs });
    }
    return operations;
  }

  private putFieldDeadlines(
    operation: HashDeadline,
    context: Context,
    origins: OriginTable,
    changed: (field: string) => void,
  ): void {
    for (const field of operation.fields) {
      const register = this.get(field);
      // Gone since its writer saw it: a deadline never reaches out for values its writer did not know (row E9).
      if (register === undefined) continue;
      let expiring = this.#expiring?.get(field);
      if (expiring === undefined) {
        expiring = ExpiringRegister.from(register, origins);
        (this.#expiring ??= new Map()).set(field, expiring);
        this.replaceElement(field, expiring);
      }
      expiring.putDeadline(context, operation.mode, operation.atMs);
      this.queueElement(field, expiring);
      changed(field);
    }
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
