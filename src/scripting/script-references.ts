/** Compiled scripts kept; the one that was used least lately goes first. */
const COMPILED_MAX = 4096;

/** Where a Lua state keeps its compiled scripts: references into its registry, by the scripts' hashes. */
export class ScriptReferences {
  /** In the order of their last use. */
  readonly #bySha = new Map<string, number>();
  /** The last of them: mostly the next call is of the same script. */
  #latest = "";

  /** Undefined when it is not compiled. It counts as used. */
  use(sha: string): number | undefined {
    const reference = this.#bySha.get(sha);
    if (reference === undefined || sha === this.#latest) return reference;
    this.#bySha.delete(sha);
    this.#keep(sha, reference);
    return reference;
  }

  /** A script has been compiled. Answers the reference that has to be let go for it, if any. */
  add(sha: string, reference: number): number | null {
    let surplus: number | null = null;
    if (this.#bySha.size >= COMPILED_MAX) {
      const [oldest, itsReference] = this.#bySha.entries().next().value!;
      this.#bySha.delete(oldest);
      surplus = itsReference;
    }
    this.#keep(sha, reference);
    return surplus;
  }

  #keep(sha: string, reference: number): void {
    this.#bySha.set(sha, reference);
    this.#latest = sha;
  }
}
