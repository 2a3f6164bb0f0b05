import type { Probe } from "../../../base/counted-pages.ts";
import { scoreDelta, scoreOf, scoreTotal, type Scored } from "../../../crdt/score.ts";
import type { SortedSetFacet } from "./sorted-set-facet.ts";
import type { SortedSetView } from "./sorted-set-port.ts";

/** Sorted sets up to this size are answered whole by ZSCAN, as Redis does for its compact encoding. */
const ZSCAN_WHOLE_MEMBERS_MAX = 128;

/** A sorted set as commands see it. Made at every look, so it is one small object. */
export class SortedSetFacetView implements SortedSetView {
  readonly #facet: SortedSetFacet;

  constructor(facet: SortedSetFacet) {
    this.#facet = facet;
  }

  get size(): number {
    return this.#facet.size;
  }

  score(member: string): number | null {
    return this.#facet.get(member)?.score ?? null;
  }

  increased(member: string, increment: number): number {
    const before = this.#facet.get(member);
    const score = before?.score ?? 0;
    if (!Number.isFinite(score) || !Number.isFinite(increment)) return score + increment;
    return scoreOf(scoreTotal(before?.text() ?? null, scoreDelta(increment)).text);
  }

  rankOf(member: string): number {
    const scored = this.#facet.get(member);
    return scored === undefined ? -1 : this.#facet.order.rankOf(scored);
  }

  countBefore(probe: Probe<Scored>): number {
    return this.#facet.countBefore(probe);
  }

  at(rank: number): Scored | undefined {
    return this.#facet.order.at(rank);
  }

  slice(from: number, to: number): readonly Scored[] {
    return from < to ? this.#facet.order.slice(from, to) : [];
  }

  *all(): Generator<Scored> {
    for (const [, scored] of this.#facet.entries()) yield scored;
  }

  scan(cursor: number, count: number, visit: (scored: Scored) => void): number {
    const facet = this.#facet;
    if (facet.size > ZSCAN_WHOLE_MEMBERS_MAX) return facet.scan(cursor, count, (_, scored) => visit(scored));
    if (cursor === 0) for (const scored of facet.order) visit(scored);
    return 0;
  }
}
