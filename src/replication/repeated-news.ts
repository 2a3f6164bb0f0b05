/** What is said over and over is news again after so long. */
const AGAIN_AFTER_MS = 60_000;

/** Keeps a log readable while the same happens again and again. */
export class RepeatedNews {
  #last: string | null = null;
  #saidMs = 0;

  /** False when it is what was said last, less than a minute ago. */
  isNews(what: string, nowMs: number): boolean {
    if (what === this.#last && nowMs - this.#saidMs < AGAIN_AFTER_MS) return false;
    this.#last = what;
    this.#saidMs = nowMs;
    return true;
  }
}
