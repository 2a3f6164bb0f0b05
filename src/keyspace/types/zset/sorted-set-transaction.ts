import { NO_DEADLINE } from "../../../crdt/deadline.ts";
import { OP } from "../../../crdt/operations/operation-kind.ts";
import type { SortedSetPut } from "../../../crdt/operations/sorted-set-operations.ts";
import { scoreDelta, scoreOf, scoreTotal, type Scored } from "../../../crdt/score.ts";
import type { TypeHost } from "../type-host.ts";
import { SortedSetFacet } from "./sorted-set-facet.ts";
import type { SortedSetTransaction, SortedSetView } from "./sorted-set-port.ts";

/** Sorted sets up to this size are answered whole by ZSCAN, as Redis does for its compact encoding. */
const ZSCAN_WHOLE_MEMBERS_MAX = 128;

/** Reads and writes of sorted sets as operations. */
export class SortedSetWrites implements SortedSetTransaction {
  readonly #host: TypeHost;

  constructor(host: TypeHost) {
    this.#host = host;
  }

  get(key: string): SortedSetView | null {
    const facet = this.#host.read(key, SortedSetFacet);
    return facet === null ? null : sortedSetView(facet);
  }

  put(key: string, scored: readonly Scored[]): void {
    this.#host.write(key, "zset", [this.#putOf(key, scored)]);
  }

  add(key: string, member: string, increment: number): void {
    const { db } = this.#host;
    const view = this.get(key);
    const before = view?.score(member) ?? 0;
    if (Number.isFinite(before) && Number.isFinite(increment)) {
      const delta = scoreDelta(increment);
      this.#host.write(key, "zset", [{ op: OP.sortedSetAdd, db, key, member, delta }]);
      return;
    }
    // Infinity plus anything is no sum that parts could be taken from: the outcome is written.
    this.put(key, [{ member, score: before + increment }]);
  }

  remove(key: string, members: readonly string[]): void {
    if (this.#host.visible(key) === null) return;
    this.#host.write(key, "zset", [{ op: OP.sortedSetRemove, db: this.#host.db, key, members }]);
  }

  store(key: string, scored: readonly Scored[]): void {
    if (scored.length === 0) {
      this.#host.delete(key);
      return;
    }
    const deadline = { op: OP.deadline, db: this.#host.db, key, type: "zset", mode: "set", atMs: NO_DEADLINE } as const;
    this.#host.replace(key, null, [this.#putOf(key, scored), deadline]);
  }

  #putOf(key: string, scored: readonly Scored[]): SortedSetPut {
    return {
      op: OP.sortedSetPut,
      db: this.#host.db,
      key,
      members: scored.map((one) => one.member),
      scores: scored.map((one) => one.score),
    };
  }
}

function sortedSetView(facet: SortedSetFacet): SortedSetView {
  return {
    size: facet.size,
    score: (member) => facet.get(member)?.score ?? null,
    increased(member, increment) {
      const before = facet.get(member);
      const score = before?.score ?? 0;
      if (!Number.isFinite(score) || !Number.isFinite(increment)) return score + increment;
      return scoreOf(scoreTotal(before?.text() ?? null, scoreDelta(increment)).text);
    },
    rankOf(member) {
      const scored = facet.get(member);
      return scored === undefined ? -1 : facet.order.rankOf(scored);
    },
    countBefore: (probe) => facet.order.lowerBound(probe),
    at: (rank) => facet.order.at(rank),
    slice: (from, to) => facet.order.slice(from, to),
    *all() {
      for (const [, scored] of facet.entries()) yield scored;
    },
    scan(cursor, count, visit) {
      if (facet.size > ZSCAN_WHOLE_MEMBERS_MAX) return facet.scan(cursor, count, (_, scored) => visit(scored));
      if (cursor === 0) for (const scored of facet.order) visit(scored);
      return 0;
    },
  };
}
