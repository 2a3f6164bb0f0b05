import type { Random } from "../base/random.ts";

/** What was not used is kept for this long. */
const SAVED_MS = 100;

/**
 * So many a second and no more, at times that are not regular: what many routers do at the same moment they do not do in step. Pure: the time
 * comes with the question.
 */
export class Pace {
  readonly #everyMs: number;
  readonly #random: Random;
  #nextMs = Number.NEGATIVE_INFINITY;

  /** `perSecond`: 0 for never. */
  constructor(perSecond: number, random: Random) {
    this.#everyMs = 1000 / perSecond;
    this.#random = random;
  }

  take(nowMs: number): boolean {
    if (this.#everyMs === Number.POSITIVE_INFINITY || nowMs < this.#nextMs) return false;
    this.#nextMs = Math.max(this.#nextMs, nowMs - SAVED_MS) + this.#everyMs * (0.5 + this.#random.next());
    return true;
  }
}
