/** Who spoke last on a connection, and since when both are silent. Traffic itself costs no look at the clock: that is looked at when somebody asks. */
export class Silence {
  #isOwed = false;
  #stirred = false;
  #sinceMs: number;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  clientSpoke(): void {
    this.#isOwed = true;
    this.#stirred = true;
  }

  regionSpoke(): void {
    this.#isOwed = false;
    this.#stirred = true;
  }

  /** For how long, the region having spoken last; null: the client did, and is owed an answer. */
  lastsMs(nowMs: number): number | null {
    if (this.#stirred) this.#sinceMs = nowMs;
    this.#stirred = false;
    return this.#isOwed ? null : nowMs - this.#sinceMs;
  }
}
