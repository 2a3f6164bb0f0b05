import { Context } from "./context.ts";
import { Deadlines, NO_DEADLINE, type DeadlineMode, type DeadlineMs } from "./deadline.ts";
import type { OriginTable } from "./origin.ts";
import { Register } from "./register.ts";
import { VersionVector } from "./version-vector.ts";

/** As a register's stamp, a deadline is kept in two words. */
const WORD = 2 ** 32;

/**
 * A register whose deadline belongs to the value it was set on (rows E4, E8): a string, a field of a hash that expires.
 *
 * One base, nothing concurrent: the deadline is one number. As soon as an EXPIRE or a concurrent SET comes, the deadlines
 * become entries with their contexts; once stable they become the number again. Turning the number into an entry is exact:
 * it covers its own base, and everything else it had observed was removed with that base's arrival.
 */
export class ExpiringRegister extends Register {
  /** The upper word of the number, or the entries. */
  #upperOrEntries: number | Deadlines = 0;
  #lower = 0;

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
      made.#upperOrEntries = new Deadlines(entries);
    }
    return made;
  }

  override get isUnfolded(): boolean {
    return super.isUnfolded || typeof this.#upperOrEntries !== "number";
  }

  get hasDivergingDeadlines(): boolean {
    return this.deadlineEntries > 1;
  }

  /** Deadlines that have come with their contexts: for memory accounting. */
  get deadlineEntries(): number {
    return typeof this.#upperOrEntries === "number" ? 0 : this.#upperOrEntries.entries.length;
  }

  /** SET: the new value has this deadline and no other. */
  set(context: Context, value: string, deadlineMs: DeadlineMs, origins: OriginTable): void {
    // Anything else in here must have its own deadline spelled out before the new value stands beside it.
    if (!this.isEmpty && !this.onlyBaseCoveredBy(context)) this.spellOut();
    super.put(context, value, origins);
    if (typeof this.#upperOrEntries === "number") this.setDeadline(deadlineMs);
    else this.#upperOrEntries.put(context, "set", deadlineMs);
  }

  override put(context: Context, value: string, origins: OriginTable): void {
    this.set(context, value, NO_DEADLINE, origins);
  }

  putDeadline(context: Context, mode: DeadlineMode, atMs: DeadlineMs): void {
    this.spellOut();
    (this.#upperOrEntries as Deadlines).put(context, mode, atMs);
  }

  override removeObserved(context: Context, origins: OriginTable): void {
    if (!this.onlyBaseCoveredBy(context)) this.spellOut();
    super.removeObserved(context, origins);
    if (typeof this.#upperOrEntries !== "number") this.#upperOrEntries.removeObserved(context);
  }

  deadline(): DeadlineMs {
    const state = this.deadlineState();
    return typeof state === "number" ? state : this.resolved(state);
  }

  // Not in `deadline`, which every read asks: what a closure captures is made there from the first line on.
  private resolved(deadlines: Deadlines): DeadlineMs {
    return deadlines.resolve((observed) => this.shownIsCoveredBy(observed)) ?? NO_DEADLINE;
  }

  override isWithin(frontier: VersionVector): boolean {
    const state = this.#upperOrEntries;
    return super.isWithin(frontier) && (typeof state === "number" || state.isWithin(frontier));
  }

  override fold(frontier: VersionVector, origins: OriginTable): void {
    if (!this.isWithin(frontier)) return;
    // Deadlines first: they know the base by the dot it has before increments become part of it.
    const state = this.#upperOrEntries;
    if (typeof state !== "number") state.fold(frontier, (observed) => this.shownIsCoveredBy(observed));
    super.fold(frontier, origins);
    if (typeof state === "number") return;
    const plain = !this.isConflicted && this.increments().length === 0;
    if (plain && state.entries.length <= 1) this.setDeadline(state.entries[0]?.atMs ?? NO_DEADLINE);
  }

  /** For rows: the number, or the entries when there are any. */
  deadlineState(): DeadlineMs | Deadlines {
    const state = this.#upperOrEntries;
    return typeof state === "number" ? state * WORD + (this.#lower >>> 0) : state;
  }

  restoreDeadline(state: DeadlineMs | Deadlines): void {
    if (typeof state === "number") this.setDeadline(state);
    else this.#upperOrEntries = state;
  }

  private setDeadline(atMs: DeadlineMs): void {
    this.#upperOrEntries = Math.floor(atMs / WORD);
    this.#lower = atMs | 0;
  }

  private onlyBaseCoveredBy(context: Context): boolean {
    return (
      typeof this.#upperOrEntries === "number" &&
      !this.isConflicted &&
      this.increments().length === 0 &&
      this.hasDotCoveredBy(context)
    );
  }

  private spellOut(): void {
    const deadlineMs = this.deadlineState();
    if (typeof deadlineMs !== "number") return;
    const entries = new Deadlines();
    this.#upperOrEntries = entries;
    const base = this.shownBase();
    if (base === null) return;
    const own = new Context(base.origin, base.sequence, base.stamp, VersionVector.empty);
    entries.put(own, "set", deadlineMs);
  }
}
