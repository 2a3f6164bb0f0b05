import { unreachable } from "../../../base/assert.ts";
import type { ByteWriter } from "../../../base/bytes.ts";
import type { Context } from "../../../crdt/context.ts";
import type { OneKeyOperation, ValueOperation } from "../../../crdt/operation.ts";
import { OP } from "../../../crdt/operations/operation-kind.ts";
import type { SetOperation } from "../../../crdt/operations/set-operations.ts";
import type { OriginTable } from "../../../crdt/origin.ts";
import type { Coverage } from "../../../crdt/register.ts";
import type { VersionVector } from "../../../crdt/version-vector.ts";
import { CollectionFacet } from "../collection-facet.ts";
import type { FacetKind, Stamped } from "../facet.ts";
import { decodeDeadlines } from "../register-rows.ts";
import type { RowReader } from "../row-reader.ts";
import { ScanOrder } from "../scan-order.ts";
import { Witnesses } from "../witnesses.ts";
import { additionsOf, MemberTable, type StampedDot } from "./member-table.ts";

/** Estimated bytes of one member besides its name: Map slot, places, string header, its share of a dot. */
const MEMBER_OVERHEAD_BYTES = 128;

/**
 * A set: members are observed-remove (rows M1–M5). A member has no value, so it is no register: it is there while one of its
 * additions is, and what one operation added shares that operation's dot.
 */
export class SetFacet extends CollectionFacet {
  readonly members = new MemberTable();
  #bytes = 240;
  #scanOrder: ScanOrder | null = null;
  #witnesses: Witnesses<string> | null = null;
  /** Rows of members that were added together are read one after the other. */
  #lastRestored: StampedDot | null = null;

  get type(): "set" {
    return "set";
  }

  get isEmpty(): boolean {
    return this.members.size === 0;
  }

  newest(origins: OriginTable): Stamped {
    let best: Stamped = { stamp: -1, origin: 0 };
    for (const additions of this.members.additions) {
      for (const one of additionsOf(additions)) {
        const order = one.stamp - best.stamp || origins.compare(one.origin, best.origin);
        if (order > 0) best = one;
      }
    }
    return best;
  }

  apply(operation: ValueOperation, context: Context, _origins: OriginTable, changed: (member: string) => void): void {
    const own = operation as SetOperation;
    switch (own.op) {
      case OP.setAdd: {
        const addition = { origin: context.origin, sequence: context.sequence, stamp: context.stamp };
        for (const member of own.members) {
          this.add(member, addition, context);
          changed(member);
        }
        this.#witnesses?.written(context);
        return;
      }
      case OP.setRemove:
        for (const member of own.members) {
          this.remove(member, context);
          changed(member);
        }
        return;
      default:
        unreachable(own);
    }
  }

  /** SCAN's order over the members; see ScanOrder. */
  scan(cursor: number, count: number, visit: (member: string) => void): number {
    if (this.#scanOrder === null || cursor === 0) this.#scanOrder = new ScanOrder(this.members.names);
    return this.#scanOrder.visit(cursor, count, (member) => {
      if (this.members.has(member)) visit(member);
    });
  }

  elementNames(): Iterable<string> {
    return this.members.names;
  }

  encodeElement(writer: ByteWriter, member: string): boolean {
    const additions = this.members.get(member);
    if (additions === undefined) return false;
    const all = additionsOf(additions);
    writer.varint(all.length);
    for (const { origin, sequence, stamp } of all) {
      writer.varint(origin);
      writer.varint(sequence);
      writer.varint(stamp);
    }
    return true;
  }

  restoreElement(member: string, reader: RowReader): void {
    const additions: StampedDot[] = [];
    for (let left = reader.varint(); left > 0; left--) {
      additions.push(this.shared({ origin: reader.origin(), sequence: reader.varint(), stamp: reader.varint() }));
    }
    this.members.set(member, additions.length === 1 ? additions[0]! : additions);
    this.#bytes += MEMBER_OVERHEAD_BYTES + member.length;
  }

  protected get elementBytes(): number {
    return this.#bytes;
  }

  protected readonly hasUnfoldedElements = false;

  protected foldElements(): void {
    // Nothing to forget: an addition stays until something has observed it.
  }

  protected observes(observed: Coverage): boolean {
    // Nearly always the oldest is one of them, and nothing needs to be remembered.
    const [oldest] = this.members.names;
    if (oldest !== undefined && this.isCovered(oldest, observed)) return true;
    this.#witnesses ??= new Witnesses<string>({
      begin: (wanted) => this.search(wanted),
      holds: (member, wanted) => this.isCovered(member, wanted),
    });
    return this.#witnesses.hasCovered(observed);
  }

  /** From the last place down: whatever goes, no member moves from a place not yet looked at to one that was. */
  private search(observed: Coverage): () => string | null {
    let place = this.members.size;
    return () => {
      while ((place = Math.min(place, this.members.size) - 1) >= 0) {
        const member = this.members.names[place]!;
        if (this.isCovered(member, observed)) return member;
      }
      return null;
    };
  }

  private isCovered(member: string, observed: Coverage): boolean {
    const additions = this.members.get(member);
    return additions !== undefined && additionsOf(additions).some((one) => observed.covers(one.origin, one.sequence));
  }

  protected removeObservedElements(context: Context): void {
    for (let place = this.members.size - 1; place >= 0; place--) this.remove(this.members.names[place]!, context);
  }

  protected elementsAreWithin(frontier: VersionVector): boolean {
    const within = (one: StampedDot): boolean => frontier.covers(one.origin, one.sequence);
    return this.members.additions.every((additions) => additionsOf(additions).every(within));
  }

  protected writeCanonicalElements(writer: ByteWriter, origins: OriginTable): void {
    const sorted = [...this.members.names].toSorted((left, right) => (left < right ? -1 : 1));
    writer.varint(sorted.length);
    for (const member of sorted) {
      const additions = additionsOf(this.members.get(member)!);
      writer.binary(member);
      writer.varint(additions.length);
      if (additions.length === 1) continue;
      const inOrder = additions.toSorted(
        (left, right) => left.stamp - right.stamp || origins.compare(left.origin, right.origin),
      );
      for (const { origin, sequence, stamp } of inOrder) {
        writer.binary(origins.id(origin));
        writer.varint(sequence);
        writer.varint(stamp);
      }
    }
  }

  protected copyElements(db: number, key: string): OneKeyOperation[] {
    return [{ op: OP.setAdd, db, key, members: [...this.members.names] }];
  }

  private add(member: string, addition: StampedDot, context: Context): void {
    const before = this.members.get(member);
    const concurrent = before === undefined ? [] : unobserved(additionsOf(before), context);
    const isNew = this.members.set(member, concurrent.length === 0 ? addition : [...concurrent, addition]);
    if (isNew) this.#bytes += MEMBER_OVERHEAD_BYTES + member.length;
  }

  private remove(member: string, context: Context): void {
    const before = this.members.get(member);
    if (before === undefined) return;
    const left = unobserved(additionsOf(before), context);
    if (left.length > 0) {
      this.members.set(member, left.length === 1 ? left[0]! : left);
      return;
    }
    this.members.delete(member);
    this.#bytes -= MEMBER_OVERHEAD_BYTES + member.length;
  }

  private shared(dot: StampedDot): StampedDot {
    const last = this.#lastRestored;
    if (last !== null && last.origin === dot.origin && last.sequence === dot.sequence) return last;
    this.#lastRestored = dot;
    return dot;
  }
}

function unobserved(additions: readonly StampedDot[], context: Context): StampedDot[] {
  return additions.filter((one) => !context.covers(one.origin, one.sequence));
}

export const SET_KIND: FacetKind = {
  create: () => new SetFacet(),
  decodeHead(reader) {
    const facet = new SetFacet();
    facet.restoreDeadlines(decodeDeadlines(reader));
    return facet;
  },
};
