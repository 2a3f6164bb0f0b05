/** What happened in histories, counted by kind: a run that did nothing cannot look good. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(kind: string, by = 1): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + by);
  }

  of(kind: string): number {
    return this.#counts.get(kind) ?? 0;
  }

  addAll(other: Tally): void {
    for (const [kind, count] of other.#counts) this.add(kind, count);
  }

  /** Those whose names begin with `prefix`, without it, the most frequent first. */
  under(prefix: string): (readonly [string, number])[] {
    return [...this.#counts]
      .filter(([kind]) => kind.startsWith(prefix))
      .map(([kind, count]) => [kind.slice(prefix.length), count] as const)
      .toSorted(([, left], [, right]) => right - left);
  }
}
