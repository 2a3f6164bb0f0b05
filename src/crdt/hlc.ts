import type { Clock } from "../base/clock.ts";

/**
 * Hybrid logical clock (Kulkarni, Demirbas et al., "Logical Physical Clocks", 2014): a timestamp that follows the wall
 * clock where it can and causality always. One float64 integer: milliseconds since 2020-01-01 in the upper 41 bits, a
 * counter in the lower 12. 2^41 ms reach until 2089; a region that issues more than 4,096 stamps in one millisecond
 * runs into the next one, which is harmless. Arithmetic only, no bit operators: the value passes 2^32 at once.
 */
export type HlcStamp = number;

export const HLC_EPOCH_MS = Date.UTC(2020, 0, 1);
export const HLC_COUNTER_SPAN = 4096;

/** The lowest stamp of a wall-clock millisecond. Before 2020 it is 0. */
export function stampOfWallMs(wallMs: number): HlcStamp {
  return Math.max(0, Math.floor(wallMs) - HLC_EPOCH_MS) * HLC_COUNTER_SPAN;
}

/** The wall-clock millisecond a stamp was (at least nominally) issued in. */
export function wallMsOfStamp(stamp: HlcStamp): number {
  return Math.floor(stamp / HLC_COUNTER_SPAN) + HLC_EPOCH_MS;
}

export class HybridClock {
  readonly #clock: Clock;
  #last: HlcStamp;

  constructor(clock: Clock, last: HlcStamp = 0) {
    this.#clock = clock;
    this.#last = last;
  }

  /** The highest stamp issued or observed. */
  get last(): HlcStamp {
    return this.#last;
  }

  /** A stamp above every stamp issued or observed before. */
  tick(): HlcStamp {
    this.#last = Math.max(this.#last + 1, stampOfWallMs(this.#clock.wallMs()));
    return this.#last;
  }

  /** What was received has been seen: later stamps are above it. */
  observe(stamp: HlcStamp): void {
    if (stamp > this.#last) this.#last = stamp;
  }
}
