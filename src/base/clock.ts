/**
 * Time as an argument. Nothing outside this room reads the machine's clocks, so that the simulator can run
 * a virtual day in seconds and a test can put one region an hour ahead.
 */
export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch. May jump in either direction. */
  wallMs(): number;
  /** Monotonic clock, milliseconds with fractions, arbitrary start. Never goes back. */
  monotonicMs(): number;
}

/** The machine's clocks. */
export function systemClock(): Clock {
  return { wallMs: () => Date.now(), monotonicMs: () => performance.now() };
}

/** A clock that moves only when told to. */
export class ManualClock implements Clock {
  #wallMs: number;
  #monotonicMs = 0;

  constructor(wallMs = 1_700_000_000_000) {
    this.#wallMs = wallMs;
  }

  wallMs(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** Both clocks advance, as in real life. */
  advance(ms: number): void {
    this.#wallMs += ms;
    this.#monotonicMs += ms;
  }

  /** The wall clock jumps; the monotonic one does not notice. */
  jump(ms: number): void {
    this.#wallMs += ms;
  }
}
