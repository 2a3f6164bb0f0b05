/** Tokens carried at most: older ones are given up. */
const OWED_MAX = 8;

interface Owed {
  readonly token: string;
  /** Regions that did not get there in the time they were given. They are not waited for again: perhaps nobody ever gets there. */
  readonly unmetAt: ReadonlySet<string>;
}

/**
 * What a client has seen, as tokens: the latest of the region in use, and those of earlier regions that no later one is known to cover.
 * A token is opaque, so two cannot be made one: a region is asked for each.
 */
export class SeenTokens {
  #latest: string | null = null;
  /** A region that has all that the latest names. */
  #coveredAt: string | null = null;
  #owed: readonly Owed[] = [];

  get latest(): string | null {
    return this.#latest;
  }

  /** A region named all that was to be seen there. */
  hold(token: string, region: string): void {
    if (this.#latest !== null && this.#coveredAt !== region) this.#owe(this.#latest, []);
    this.#latest = token;
    this.#coveredAt = region;
  }

  /** What a region has to have before it shows all that was seen; the newest first. */
  owedBy(region: string): readonly string[] {
    const latest = this.#latest === null || this.#coveredAt === region ? [] : [this.#latest];
    const older = this.#owed.filter(({ unmetAt }) => !unmetAt.has(region)).map(({ token }) => token);
    return [...latest, ...older.toReversed()];
  }

  /** The region has what this token names. */
  covered(token: string, region: string): void {
    this.#owed = this.#owed.filter((one) => one.token !== token);
    if (token === this.#latest) this.#coveredAt = region;
  }

  /** The region did not get all that it owed in time, and is used all the same. */
  unmet(region: string): void {
    this.#owed = this.#owed.map(({ token, unmetAt }) => ({ token, unmetAt: new Set([...unmetAt, region]) }));
    if (this.#latest === null || this.#coveredAt === region) return;
    this.#owe(this.#latest, [region]);
    this.#latest = null;
  }

  #owe(token: string, unmetAt: readonly string[]): void {
    const others = this.#owed.filter((one) => one.token !== token);
    this.#owed = [...others, { token, unmetAt: new Set(unmetAt) }].slice(-OWED_MAX);
  }
}
