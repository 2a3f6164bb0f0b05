/**
 * Hybrid logical clock (Kulkarni, Demirbas et al., "Logical Physical Clocks", 2014): a timestamp that follows the wall
 * clock where it can and causality always. One float64 integer: milliseconds since 2020-01-01 in the upper 41 bits, a
 * counter in the lower 12. 2^41 ms would reach until 2089 (see HLC_WALL_MAX); a region that issues more than 4,096 stamps in one millisecond
 * runs into the next one, which is harmless. Arithmetic only, no bit operators: the value passes 2^32 at once.
 */
export type HlcStamp = number;

export const HLC_EPOCH_MS = Date.UTC(2020, 0, 1);
export const HLC_COUNTER_SPAN = 4096;
/**
 * No wall clock reaches beyond this (mid-2087): what is above is left to counting, 2.8 × 10^14 stamps. So a clock that is set to
 * the end of days once does not take from anybody the stamps that come after it.
 */
export const HLC_WALL_MAX: HlcStamp = 2 ** 53 - 2 ** 48;

/** The lowest stamp of a wall-clock millisecond. Before 2020 it is 0. */
export function stampOfWallMs(wallMs: number): HlcStamp {
  return Math.min(HLC_WALL_MAX, Math.max(0, Math.floor(wallMs) - HLC_EPOCH_MS) * HLC_COUNTER_SPAN);
}

/** The wall-clock millisecond a stamp was (at least nominally) issued in. */
export function wallMsOfStamp(stamp: HlcStamp): number {
  return Math.floor(stamp / HLC_COUNTER_SPAN) + HLC_EPOCH_MS;
}

export class HybridClock {
  #last: HlcStamp;
  /** The wall clock at the latest tick; `last` has reached it. */
  #wallMs = Number.NaN;

  constructor(last: HlcStamp = 0) {
    this.#last = last;
  }

  /** The highest stamp issued or observed. */
  get last(): HlcStamp {
    return this.#last;
  }

  /**
   * A stamp above every stamp issued or observed before; at the very last one it stays, and causality alone decides. `wallMs`: the
   * clock, as the caller has just read it.
   */
  tick(wallMs: number): HlcStamp {
    const next = Math.min(this.#last + 1, Number.MAX_SAFE_INTEGER);
    // Many a millisecond has more ticks than one: `next` is above what the clock says then.
    this.#last = wallMs === this.#wallMs ? next : Math.max(next, stampOfWallMs(wallMs));
    this.#wallMs = wallMs;
    return this.#last;
  }

  /** What was received has been seen: later stamps are above it. */
  observe(stamp: HlcStamp): void {
    if (stamp > this.#last) this.#last = stamp;
  }
}
