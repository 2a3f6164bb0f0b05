import type { Context } from "../crdt/context.ts";
import { Deadlines, NO_DEADLINE, type DeadlineMs } from "../crdt/deadline.ts";
import type { Delta } from "../crdt/delta.ts";
import type { OriginTable } from "../crdt/origin.ts";
import { Register, type Coverage } from "../crdt/register.ts";
import type { VersionVector } from "../crdt/version-vector.ts";
import type { Facet, Stamped } from "./facet.ts";
import { ScanOrder } from "./scan-order.ts";

/** Estimated bytes of one field besides its name and value: Map slot, register, string headers. */
const FIELD_OVERHEAD_BYTES = 176;

/**
 * A hash: fields are observed-remove, each a register with increments (rows H1–H6); one deadline for the whole collection
 * (row E4b), live while any field it observed lives.
 */
export class HashFacet implements Facet {
  readonly type = "hash";
  readonly #fields = new Map<string, Register>();
  #deadlines: Deadlines = new Deadlines();
  #bytes = 240;
  #scanOrder: ScanOrder | null = null;

  get isEmpty(): boolean {
    return this.#fields.size === 0;
  }

  get size(): number {
    return this.#fields.size;
  }

  get bytes(): number {
    return this.#bytes + 160 * this.#deadlines.entries.length;
  }

  get isUnfolded(): boolean {
    if (this.#deadlines.isUnfolded) return true;
    // Asked after a write, of a hash that may be large: any field with increments would have queued it before.
    return this.#unfoldedFields.size > 0;
  }

  readonly #unfoldedFields = new Set<string>();

  get hasDivergingDeadlines(): boolean {
    return this.#deadlines.entries.length > 1;
  }

  newest(origins: OriginTable): Stamped {
    let best: Stamped = { stamp: -1, origin: 0 };
    for (const register of this.#fields.values()) {
      const stamp = register.stamp;
      if (stamp < best.stamp) continue;
      const origin = register.originOfStamp(origins);
      if (stamp > best.stamp || origins.compare(origin, best.origin) > 0) best = { stamp, origin };
    }
    return best;
  }

  get(field: string): Register | undefined {
    return this.#fields.get(field);
  }

  entries(): IterableIterator<[string, Register]> {
    return this.#fields.entries();
  }

  put(context: Context, field: string, value: string, origins: OriginTable): void {
    const register = this.#register(field);
    this.#bytes -= register.shownLength() ?? 0;
    register.put(context, value, origins);
    this.#bytes += register.shownLength() ?? 0;
  }

  add(context: Context, field: string, delta: Delta): void {
    this.#register(field).add(context, delta);
    this.#unfoldedFields.add(field);
  }

  remove(context: Context, field: string, origins: OriginTable): void {
    const register = this.#fields.get(field);
    if (register === undefined) return;
    this.#bytes -= register.shownLength() ?? 0;
    register.removeObserved(context, origins);
    if (register.isEmpty) this.#drop(field);
    else this.#bytes += register.shownLength() ?? 0;
  }

  removeObserved(context: Context, origins: OriginTable): void {
    for (const field of this.#fields.keys()) this.remove(context, field, origins);
    this.#deadlines.removeObserved(context);
  }

  putDeadline(context: Context, mode: "set" | "reassert", atMs: DeadlineMs): void {
    this.#deadlines.put(context, mode, atMs);
  }

  deadline(): DeadlineMs {
    if (this.#deadlines.isEmpty) return NO_DEADLINE;
    return this.#deadlines.resolve((observed) => this.#observes(observed)) ?? NO_DEADLINE;
  }

  fold(frontier: VersionVector, origins: OriginTable): void {
    // Deadlines first: they know a field by the dot it has before increments become part of it.
    this.#deadlines.fold(frontier, (observed) => this.#observes(observed));
    if (this.#deadlines.isUnfolded) return;
    for (const field of this.#unfoldedFields) {
      const register = this.#fields.get(field)!;
      register.fold(frontier, origins);
      if (!register.isUnfolded) this.#unfoldedFields.delete(field);
    }
  }

  isWithin(frontier: VersionVector): boolean {
    if (!this.#deadlines.isWithin(frontier)) return false;
    for (const register of this.#fields.values()) if (!register.isWithin(frontier)) return false;
    return true;
  }

  get deadlines(): Deadlines {
    return this.#deadlines;
  }

  /** Rebuilds from rows. */
  restoreDeadlines(deadlines: Deadlines): void {
    this.#deadlines = deadlines;
  }

  restoreField(field: string, register: Register): void {
    this.#fields.set(field, register);
    this.#bytes += FIELD_OVERHEAD_BYTES + field.length + (register.shownLength() ?? 0);
    if (register.isUnfolded) this.#unfoldedFields.add(field);
  }

  /** HSCAN over this hash; see ScanOrder. */
  scan(cursor: number, count: number, visit: (field: string, register: Register) => void): number {
    if (this.#scanOrder === null || cursor === 0) this.#scanOrder = new ScanOrder(this.#fields.keys());
    return this.#scanOrder.visit(cursor, count, (field) => {
      const register = this.#fields.get(field);
      if (register !== undefined) visit(field, register);
    });
  }

  #register(field: string): Register {
    let register = this.#fields.get(field);
    if (register === undefined) {
      register = new Register();
      this.#fields.set(field, register);
      this.#bytes += FIELD_OVERHEAD_BYTES + field.length;
    }
    return register;
  }

  #drop(field: string): void {
    this.#fields.delete(field);
    this.#unfoldedFields.delete(field);
    this.#bytes -= FIELD_OVERHEAD_BYTES + field.length;
  }

  #observes(observed: Coverage): boolean {
    for (const register of this.#fields.values()) if (register.hasDotCoveredBy(observed)) return true;
    return false;
  }
}
