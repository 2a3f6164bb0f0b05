import { Context } from "./context.ts";
import { Deadlines, NO_DEADLINE, type DeadlineMode, type DeadlineMs } from "./deadline.ts";
import type { OriginTable } from "./origin.ts";
import { Register } from "./register.ts";
import { VersionVector } from "./version-vector.ts";

/**
 * A register whose deadline belongs to the value it was set on (rows E4, E8): a string, a field of a hash that expires.
 *
 * One base, nothing concurrent: the deadline is one number. As soon as an EXPIRE or a concurrent SET comes, the deadlines
 * become entries with their contexts; once stable they become the number again. Turning the number into an entry is exact:
 * it covers its own base, and everything else it had observed was removed with that base's arrival.
 */
export class ExpiringRegister extends Register {
  #deadlineMs: DeadlineMs = NO_DEADLINE;
  #deadlines: Deadlines | null = null;

  /** What a plain register holds, each of its values without a deadline. */
  static from(register: Register, origins: OriginTable): ExpiringRegister {
    const made = new ExpiringRegister();
    const bases = register.bases(origins);
    Register.restore(bases, register.increments(), made);
    if (bases.length > 1) {
      const entries = bases.map(({ origin, sequence, stamp }) => {
        const observed = new Context(origin, sequence, stamp, VersionVector.empty);
        return { origin, sequence, stamp, mode: "set", atMs: NO_DEADLINE, observed } as const;
      });
      made.#deadlines = new Deadlines(entries);
    }
    return made;
  }

  override get isUnfolded(): boolean {
    return super.isUnfolded || this.#deadlines !== null;
  }

  get hasDivergingDeadlines(): boolean {
    return this.#deadlines !== null && this.#deadlines.entries.length > 1;
  }

  /** Deadlines that have come with their contexts: for memory accounting. */
  get deadlineEntries(): number {
    return this.#deadlines?.entries.length ?? 0;
  }

  /** SET: the new value has this deadline and no other. */
  set(context: Context, value: string, deadlineMs: DeadlineMs, origins: OriginTable): void {
    // Anything else in here must have its own deadline spelled out before the new value stands beside it.
    if (!this.isEmpty && !this.onlyBaseCoveredBy(context)) this.spellOut();
    super.put(context, value, origins);
    if (this.#deadlines === null) this.#deadlineMs = deadlineMs;
    else this.#deadlines.put(context, "set", deadlineMs);
  }

  override put(context: Context, value: string, origins: OriginTable): void {
    this.set(context, value, NO_DEADLINE, origins);
  }

  putDeadline(context: Context, mode: DeadlineMode, atMs: DeadlineMs): void {
    this.spellOut();
    this.#deadlines!.put(context, mode, atMs);
  }

  override removeObserved(context: Context, origins: OriginTable): void {
    if (!this.onlyBaseCoveredBy(context)) this.spellOut();
    super.removeObserved(context, origins);
    this.#deadlines?.removeObserved(context);
  }

  deadline(): DeadlineMs {
    return this.#deadlines === null ? this.#deadlineMs : this.#resolved(this.#deadlines);
  }

  // Not in `deadline`, which every read asks: what a closure captures is made there from the first line on.
  #resolved(deadlines: Deadlines): DeadlineMs {
    return deadlines.resolve((observed) => this.shownIsCoveredBy(observed)) ?? NO_DEADLINE;
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

  private onlyBaseCoveredBy(context: Context): boolean {
    return (
      this.#deadlines === null && !this.isConflicted && this.increments().length === 0 && this.hasDotCoveredBy(context)
    );
  }

  private spellOut(): void {
    if (this.#deadlines !== null) return;
    this.#deadlines = new Deadlines();
    const base = this.shownBase();
    if (base === null) return;
    const own = new Context(base.origin, base.sequence, base.stamp, VersionVector.empty);
    this.#deadlines.put(own, "set", this.#deadlineMs);
  }
}
