import type { Clock, ManualClock } from "../../../src/base/clock.ts";
import type { Timers } from "../../../src/base/timers.ts";

/** Wall clock at which histories begin, milliseconds since the Unix epoch. */
export const START_MS = 1_700_000_000_000;

/** A region's clocks: the world's, but its wall clock may be put wrong. */
export class RegionClock implements Clock {
  readonly #world: ManualClock;
  offsetMs = 0;

  constructor(world: ManualClock) {
    this.#world = world;
  }

  wallMs(): number {
    return this.#world.wallMs() + this.offsetMs;
  }

  monotonicMs(): number {
    return this.#world.monotonicMs();
  }
}

/** Timers in virtual time: `due` runs those whose time has come, in order. */
export class VirtualTimers implements Timers {
  readonly #clock: Clock;
  #waiting: { readonly atMs: number; readonly action: () => void }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  after(ms: number, action: () => void): () => void {
    const timer = { atMs: this.#clock.monotonicMs() + ms, action };
    this.#waiting.push(timer);
    return () => {
      this.#waiting = this.#waiting.filter((one) => one !== timer);
    };
  }

  due(): void {
    if (this.#waiting.length === 0) return;
    const nowMs = this.#clock.monotonicMs();
    const due = this.#waiting.filter(({ atMs }) => atMs <= nowMs).toSorted((left, right) => left.atMs - right.atMs);
    for (const timer of due) {
      // An earlier one may have cancelled it.
      if (!this.#waiting.includes(timer)) continue;
      this.#waiting = this.#waiting.filter((one) => one !== timer);
      timer.action();
    }
  }
}
