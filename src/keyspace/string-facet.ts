import { Context } from "../crdt/context.ts";
import { Deadlines, NO_DEADLINE, type DeadlineMs } from "../crdt/deadline.ts";
import type { OriginTable } from "../crdt/origin.ts";
import { Register } from "../crdt/register.ts";
import type { VersionVector } from "../crdt/version-vector.ts";
import type { Facet, Stamped } from "./facet.ts";

/**
 * A string: a register whose deadline belongs to the value it was set on (row E4).
 *
 * One base, nothing concurrent: the deadline is one number. As soon as an EXPIRE or a concurrent SET comes, the deadlines
 * become entries with their contexts; once stable they become the number again. Turning the number into an entry is exact:
 * it covers its own base, and everything else it had observed was removed with that base's arrival.
 */
export class StringFacet extends Register implements Facet {
  readonly type = "string";
  #deadlineMs: DeadlineMs = NO_DEADLINE;
  #deadlines: Deadlines | null = null;

  get bytes(): number {
    const base = 184 + (this.shownLength() ?? 0);
    return this.#deadlines === null ? base : base + 160 * this.#deadlines.entries.length;
  }

  override get isUnfolded(): boolean {
    return super.isUnfolded || this.#deadlines !== null;
  }

  get hasDivergingDeadlines(): boolean {
    return this.#deadlines !== null && this.#deadlines.entries.length > 1;
  }

  newest(origins: OriginTable): Stamped {
    return { stamp: this.stamp, origin: this.originOfStamp(origins) };
  }

  set(context: Context, value: string, deadlineMs: DeadlineMs, origins: OriginTable): void {
    // Anything else in here must have its own deadline spelled out before the new value stands beside it.
    if (!this.isEmpty && !this.#onlyBaseCoveredBy(context)) this.#spellOut();
    this.put(context, value, origins);
    if (this.#deadlines === null) {
      this.#deadlineMs = deadlineMs;
      return;
    }
    this.#deadlines.put(context, "set", deadlineMs);
  }

  putDeadline(context: Context, mode: "set" | "reassert", atMs: DeadlineMs): void {
    this.#spellOut();
    this.#deadlines!.put(context, mode, atMs);
  }

  override removeObserved(context: Context, origins: OriginTable): void {
    if (!this.#onlyBaseCoveredBy(context)) this.#spellOut();
    super.removeObserved(context, origins);
    this.#deadlines?.removeObserved(context);
  }

  deadline(): DeadlineMs {
    if (this.#deadlines === null) return this.#deadlineMs;
    return this.#deadlines.resolve((observed) => this.shownIsCoveredBy(observed)) ?? NO_DEADLINE;
  }

  override isWithin(frontier: VersionVector): boolean {
    return super.isWithin(frontier) && (this.#deadlines?.isWithin(frontier) ?? true);
  }

  override fold(frontier: VersionVector, origins: OriginTable): void {
    if (!this.isWithin(frontier)) return;
    // Deadlines first: they know the base by the dot it has before increments become part of it.
    this.#deadlines?.fold(frontier, (observed) => this.shownIsCoveredBy(observed));
    super.fold(frontier, origins);
    if (this.#deadlines === null) return;
    const plain = !this.isConflicted && this.increments().length === 0;
    if (plain && this.#deadlines.entries.length <= 1) {
      this.#deadlineMs = this.#deadlines.entries[0]?.atMs ?? NO_DEADLINE;
      this.#deadlines = null;
    }
  }

  /** For rows: the number, or the entries when there are any. */
  deadlineState(): DeadlineMs | Deadlines {
    return this.#deadlines ?? this.#deadlineMs;
  }

  restoreDeadline(state: DeadlineMs | Deadlines): void {
    if (typeof state === "number") this.#deadlineMs = state;
    else this.#deadlines = state;
  }

  #onlyBaseCoveredBy(context: Context): boolean {
    return (
      this.#deadlines === null && !this.isConflicted && this.increments().length === 0 && this.hasDotCoveredBy(context)
    );
  }

  #spellOut(): void {
    if (this.#deadlines !== null) return;
    this.#deadlines = new Deadlines();
    const base = this.shownBase();
    if (base === null) return;
    const own = new Context(base.origin, base.sequence, base.stamp, []);
    this.#deadlines.put(own, "set", this.#deadlineMs);
  }
}
