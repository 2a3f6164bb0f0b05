import type { Logger } from "../base/logger.ts";
import type { ReplyError } from "../resp/reply-error.ts";
import { clockFarAhead } from "../commands/refusals.ts";
import type { ClockComparison } from "../replication/clock-comparison.ts";

/** A comparison counts for so long after it was made: a link that is mended within it changes nothing. */
const REMEMBERED_MS = 60_000;

/**
 * Whether this region's wall clock is one that others should not have to live with. A clock far ahead wins over writes that others make
 * later, and ends deadlines early; one that is behind does neither.
 *
 * [CW1] Far ahead: more than half of the other regions are behind ours by more than what is allowed, for certain: half the round trip is
 *       given to us. Of two regions it is the one that is ahead: nobody can know which of them is right.
 * [CW2] Who cannot be asked says nothing: a region that is alone, or cut off from most, is not refused.
 * [CW3] It is over when that can no longer be said of half of what is allowed: at its edge writes are not refused and taken in turn.
 */
export class ClockWatch {
  readonly #allowedMs: number;
  readonly #others: () => readonly string[];
  readonly #logger: Logger;
  readonly #known = new Map<string, ClockComparison & { readonly atMs: number }>();
  #refusal: ReplyError | null = null;
  #aheadMs = 0;

  /** `others`: the regions besides ours, as of now. */
  constructor(allowedMs: number, others: () => readonly string[], logger: Logger) {
    this.#allowedMs = allowedMs;
    this.#others = others;
    this.#logger = logger;
  }

  /** Why client writes are refused; null while they are not. */
  get refusal(): ReplyError | null {
    return this.#refusal;
  }

  /** How far ours is ahead of the middle one of the others, milliseconds; negative: behind; 0 while nothing is known. */
  get aheadMs(): number {
    return this.#aheadMs;
  }

  /** How far ours is ahead of each other one that was asked lately. */
  get byPeer(): ReadonlyMap<string, ClockComparison> {
    return this.#known;
  }

  /** `nowMs`: the monotonic clock, here and below. */
  compared(peer: string, comparison: ClockComparison, nowMs: number): void {
    this.#known.set(peer, { ...comparison, atMs: nowMs });
    this.#judge();
  }

  /** Called every so often. */
  look(nowMs: number): void {
    const others = this.#others();
    for (const [peer, { atMs }] of this.#known) {
      if (nowMs - atMs > REMEMBERED_MS || !others.includes(peer)) this.#known.delete(peer);
    }
    this.#judge();
  }

  #judge(): void {
    const others = this.#others();
    const known = others.flatMap((peer) => this.#known.get(peer) ?? []);
    const ahead = known.map(({ aheadMs }) => aheadMs).toSorted((left, right) => left - right);
    this.#aheadMs = ahead[Math.floor((ahead.length - 1) / 2)] ?? 0;
    const wasFar = this.#refusal !== null;
    const limitMs = wasFar ? this.#allowedMs / 2 : this.#allowedMs;
    const behindUs = known.filter(({ aheadMs, uncertaintyMs }) => aheadMs - uncertaintyMs > limitMs).length;
    const isFar = behindUs * 2 > others.length;
    this.#refusal = isFar ? clockFarAhead(this.#aheadMs, this.#allowedMs) : null;
    if (isFar === wasFar) return;
    const fields = { aheadMs: Math.round(this.#aheadMs), allowedMs: this.#allowedMs };
    if (isFar) this.#logger.error("this region's clock is far ahead of the others': client writes are refused", fields);
    else this.#logger.info("this region's clock agrees with the others' again: client writes are taken", fields);
  }
}
