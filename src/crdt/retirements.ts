/**
 * What a *retirement* says: "who has the batch that says so has everything of `origin` up to `floor`". True because that batch
 * depends on it, so it is true of every vector that follows the batch, and such vectors need not name the origin any more.
 */
export interface Retirement {
  readonly origin: number;
  readonly floor: number;
  /** Dot of the batch that says so. */
  readonly byOrigin: number;
  readonly bySequence: number;
}

/**
 * The retirements known here, in the order in which they were applied. Append-only, like the table of origins whose indexes it uses:
 * a vector that knows the first `n` of them knows them for ever.
 *
 * Nothing is lost should the origin go on all the same (two nodes under one name): what it issues beyond its floor is named in
 * vectors again, and may be retired again.
 */
export class Retirements {
  readonly #all: Retirement[] = [];
  readonly #ranks = new Map<number, number[]>();
  /** By origin, dots of retiring batches that no later one implies: who has these knows all retirements. */
  readonly #tips = new Map<number, number>();
  /** By origin, the last batch of it that retires anything. */
  readonly #latest = new Map<number, number>();

  constructor(retirements: Iterable<Retirement> = []) {
    for (const retirement of retirements) this.add(retirement);
  }

  get count(): number {
    return this.#all.length;
  }

  all(): readonly Retirement[] {
    return this.#all;
  }

  at(rank: number): Retirement {
    return this.#all[rank]!;
  }

  add(retirement: Retirement): void {
    const { origin, floor, byOrigin, bySequence } = retirement;
    const ranks = this.#ranks.get(origin);
    if (ranks === undefined) this.#ranks.set(origin, [this.#all.length]);
    else ranks.push(this.#all.length);
    this.#all.push(retirement);
    this.#tips.set(byOrigin, Math.max(bySequence, this.#tips.get(byOrigin) ?? 0));
    this.#latest.set(byOrigin, Math.max(bySequence, this.latestBy(byOrigin)));
    if (origin !== byOrigin && (this.#tips.get(origin) ?? Number.POSITIVE_INFINITY) <= floor) this.#tips.delete(origin);
  }

  /** Sequence of an origin's last batch that retires anything; 0 when none does. */
  latestBy(origin: number): number {
    return this.#latest.get(origin) ?? 0;
  }

  /** Up to where the first `known` retirements imply an origin; 0 when they say nothing of it. */
  floor(origin: number, known: number): number {
    const ranks = known === 0 ? undefined : this.#ranks.get(origin);
    if (ranks === undefined) return 0;
    let floor = 0;
    for (const rank of ranks) if (rank < known) floor = Math.max(floor, this.#all[rank]!.floor);
    return floor;
  }

  /** True when something that `covers` these dots knows every retirement: no more dots than there are origins that are named. */
  areAllKnown(covers: (origin: number, sequence: number) => boolean): boolean {
    for (const [origin, sequence] of this.#tips) if (!covers(origin, sequence)) return false;
    return true;
  }

  /**
   * By rank, which retirements are known to something that names `covers` and was closed under causality. Later ones first: a
   * retiring batch may be implied by a later retirement alone.
   */
  knownTo(covers: (origin: number, sequence: number) => boolean): boolean[] {
    const known: boolean[] = Array.from({ length: this.#all.length }, () => false);
    for (let rank = this.#all.length - 1; rank >= 0; rank--) {
      const { byOrigin, bySequence } = this.#all[rank]!;
      const implied = (later: number): boolean =>
        later > rank && known[later]! && this.#all[later]!.floor >= bySequence;
      known[rank] = covers(byOrigin, bySequence) || (this.#ranks.get(byOrigin)?.some(implied) ?? false);
    }
    return known;
  }
}
