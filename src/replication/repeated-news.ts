/** What is said over and over is news again after so long. */
const AGAIN_AFTER_MS = 60_000;
/** Of whom something is remembered; with more, all is news again. */
const NAMES_MAX = 256;

/** Keeps a log readable while the same happens again and again. */
export class RepeatedNews {
  readonly #last = new Map<string, { readonly what: string; readonly saidMs: number }>();

  /** False when it is what was said last of `name`, less than a minute ago. */
  isNews(name: string, what: string, nowMs: number): boolean {
    const last = this.#last.get(name);
    if (last !== undefined && last.what === what && nowMs - last.saidMs < AGAIN_AFTER_MS) return false;
    if (last === undefined && this.#last.size >= NAMES_MAX) this.#last.clear();
    this.#last.set(name, { what, saidMs: nowMs });
    return true;
  }
}
