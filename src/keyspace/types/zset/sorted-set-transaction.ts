import { NO_DEADLINE } from "../../../crdt/deadline.ts";
import { OP } from "../../../crdt/operations/operation-kind.ts";
import type { SortedSetPut } from "../../../crdt/operations/sorted-set-operations.ts";
import { scoreDelta, type Scored } from "../../../crdt/score.ts";
import type { TypeHost } from "../type-host.ts";
import { SortedSetFacet } from "./sorted-set-facet.ts";
import type { SortedSetTransaction, SortedSetView } from "./sorted-set-port.ts";
import { SortedSetFacetView } from "./sorted-set-view.ts";

/** Reads and writes of sorted sets as operations. */
export class SortedSetWrites implements SortedSetTransaction {
  readonly #host: TypeHost;

  constructor(host: TypeHost) {
    this.#host = host;
  }

  get(key: string): SortedSetView | null {
    const facet = this.#host.read(key, SortedSetFacet);
    return facet === null ? null : new SortedSetFacetView(facet);
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
      members: scored.map(memberOf),
      scores: scored.map(scoreOfOne),
    };
  }
}

const memberOf = ({ member }: Scored): string => member;
const scoreOfOne = ({ score }: Scored): number => score;
