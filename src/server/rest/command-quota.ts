import type { Clock } from "../../base/clock.ts";
import { countExceeded, type RestError } from "./rest-error.ts";
import type { RestLimits } from "./rest-limits.ts";

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

/**
 * How many commands a token may send, in a second and in a day. Fixed windows: twice the limit can pass where two of them
 * meet, which costs nobody anything, and a window is two numbers.
 */
export class CommandQuota {
  readonly #clock: Clock;
  readonly #windows: readonly Window[];

  constructor(limits: RestLimits, clock: Clock) {
    this.#clock = clock;
    this.#windows = [
      { what: "commands per second", spanMs: SECOND_MS, limit: limits.commandsPerSecondMax },
      { what: "commands per day", spanMs: DAY_MS, limit: limits.commandsPerDayMax },
    ]
      .filter(({ limit }) => limit > 0)
      .map((window) => ({ ...window, startedMs: Number.NEGATIVE_INFINITY, used: 0 }));
  }

  /** Null when `count` more commands may run, and counts them; else why not, and counts nothing. */
  take(count: number): RestError | null {
    if (this.#windows.length === 0) return null;
    const nowMs = this.#clock.monotonicMs();
    for (const window of this.#windows) {
      if (nowMs - window.startedMs >= window.spanMs) {
        window.startedMs = nowMs;
        window.used = 0;
      }
      if (window.used + count > window.limit) return countExceeded(window.what, window.limit, window.used + count);
    }
    for (const window of this.#windows) window.used += count;
    return null;
  }
}

interface Window {
  readonly what: string;
  readonly spanMs: number;
  readonly limit: number;
  startedMs: number;
  used: number;
}
