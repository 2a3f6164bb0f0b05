import { unreachable } from "../../../base/assert.ts";
import type { Probe } from "../../../base/counted-pages.ts";
import { CountedTree } from "../../../base/counted-tree.ts";
import type { Context } from "../../../crdt/context.ts";
import type { Delta } from "../../../crdt/delta.ts";
import type { OneKeyOperation, ValueOperation } from "../../../crdt/operation.ts";
import { OP } from "../../../crdt/operations/operation-kind.ts";
import type { SortedSetOperation } from "../../../crdt/operations/sorted-set-operations.ts";
import type { OriginTable } from "../../../crdt/origin.ts";
import { compareScored, ScoredMember, scoreText } from "../../../crdt/score.ts";
import type { FacetKind } from "../facet.ts";
import { RegisterMapFacet } from "../register-map-facet.ts";
import { decodeDeadlines } from "../register-rows.ts";
import type { RowReader } from "../row-reader.ts";

/** Estimated bytes of a member besides its register: the score and its place in the order. */
const ORDER_BYTES = 32;
/** Up to this many members are counted one by one where there is no order yet: quicker than making one, and nothing to keep. */
const COUNTED_SINGLY_MAX = 16;

/**
 * A sorted set: members are observed-remove, their scores registers with increments (rows Z1–Z5). The order is an index over
 * what is shown: built when somebody first asks for a rank or a range, kept from then on, never written to disk.
 */
export class SortedSetFacet extends RegisterMapFacet<ScoredMember> {
  #order: CountedTree<ScoredMember> | null = null;

  get type(): "zset" {
    return "zset";
  }

  apply(operation: ValueOperation, context: Context, origins: OriginTable, changed: (member: string) => void): void {
    const own = operation as SortedSetOperation;
    switch (own.op) {
      case OP.sortedSetPut:
        for (let index = 0; index < own.members.length; index++) {
          const member = own.members[index]!;
          this.putElement(context, member, scoreText(own.scores[index]!), origins);
          changed(member);
        }
        return;
      case OP.sortedSetRemove:
        for (const member of own.members) {
          this.removeElement(context, member, origins);
          changed(member);
        }
        return;
      case OP.sortedSetAdd:
        this.addToElement(context, own.member, own.delta);
        changed(own.member);
        return;
      default:
        unreachable(own);
    }
  }

  /** The members by score. Valid until the next change. */
  get order(): CountedTree<ScoredMember> {
    if (this.#order === null) {
      const members = Array.from(this.entries(), ([, member]) => member);
      this.#order = CountedTree.fromSorted(members.toSorted(compareScored), compareScored);
    }
    return this.#order;
  }

  /** How many members lie before what the probe looks for. */
  countBefore(probe: Probe<ScoredMember>): number {
    if (this.#order !== null || this.size > COUNTED_SINGLY_MAX) return this.order.lowerBound(probe);
    let count = 0;
    for (const member of this.elements()) if (probe(member) < 0) count++;
    return count;
  }

  override restoreElement(name: string, reader: RowReader): void {
    super.restoreElement(name, reader);
    this.#order = null;
    this.place(name);
  }

  protected override create(name: string): ScoredMember {
    return new ScoredMember(name);
  }

  protected override get elementBytes(): number {
    return super.elementBytes + ORDER_BYTES * this.size;
  }

  protected override putElement(context: Context, name: string, value: string, origins: OriginTable): void {
    super.putElement(context, name, value, origins);
    this.place(name);
  }

  protected override addToElement(context: Context, name: string, delta: Delta): void {
    super.addToElement(context, name, delta);
    this.place(name);
  }

  protected override removeElement(context: Context, name: string, origins: OriginTable): void {
    const member = this.get(name);
    if (member === undefined) return;
    super.removeElement(context, name, origins);
    if (member.isEmpty) this.#order?.remove(member);
    else this.place(name);
  }

  protected copyElements(db: number, key: string): OneKeyOperation[] {
    const members: string[] = [];
    const scores: number[] = [];
    for (const [member, { score }] of this.entries()) {
      members.push(member);
      scores.push(score);
    }
    return [{ op: OP.sortedSetPut, db, key, members, scores }];
  }

  /** Puts a member where its score now belongs. */
  private place(name: string): void {
    const member = this.get(name)!;
    const score = member.shownScore();
    if (this.#order === null) {
      member.score = score;
      return;
    }
    // In the order it is found by the score it had; a new one has none yet and is not in there.
    if (!Object.is(score, member.score)) {
      this.#order.remove(member);
      member.score = score;
    }
    this.#order.insert(member);
  }
}

export const SORTED_SET_KIND: FacetKind = {
  create: () => new SortedSetFacet(),
  decodeHead(reader) {
    const facet = new SortedSetFacet();
    facet.restoreDeadlines(decodeDeadlines(reader));
    return facet;
  },
};
