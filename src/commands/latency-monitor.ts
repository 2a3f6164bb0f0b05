import type { Clock } from "../base/clock.ts";

/** Samples kept of one event, and events: Redis' own limit of the first; the names are ours, and few. */
const SAMPLES_MAX = 160;

export interface LatencySample {
  /** Wall clock, seconds. */
  readonly atS: number;
  readonly ms: number;
}

export interface LatencyEvent {
  readonly name: string;
  /** Oldest first, at most one a second: the slowest of it. */
  readonly samples: readonly LatencySample[];
  readonly maxMs: number;
}

/** LATENCY: what took longer than `latency-monitor-threshold`, by kind of event. Off while that is 0. */
export class LatencyMonitor {
  readonly #clock: Clock;
  readonly #events = new Map<string, { samples: LatencySample[]; maxMs: number }>();
  /** Milliseconds; 0: off. */
  thresholdMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  record(name: string, ms: number): void {
    if (this.thresholdMs === 0 || ms < this.thresholdMs) return;
    const whole = Math.round(ms);
    const atS = Math.floor(this.#clock.wallMs() / 1000);
    let event = this.#events.get(name);
    if (event === undefined) this.#events.set(name, (event = { samples: [], maxMs: 0 }));
    event.maxMs = Math.max(event.maxMs, whole);
    const last = event.samples.at(-1);
    if (last?.atS === atS) {
      event.samples[event.samples.length - 1] = { atS, ms: Math.max(last.ms, whole) };
      return;
    }
    event.samples.push({ atS, ms: whole });
    if (event.samples.length > SAMPLES_MAX) event.samples.shift();
  }

  find(name: string): LatencyEvent | null {
    const event = this.#events.get(name);
    return event === undefined ? null : { name, ...event };
  }

  events(): readonly LatencyEvent[] {
    return Array.from(this.#events, ([name, event]) => ({ name, ...event }));
  }

  /** Forgets the events named, or all; answers how many there were. */
  reset(names: readonly string[]): number {
    const wanted = names.length === 0 ? [...this.#events.keys()] : names;
    return wanted.filter((name) => this.#events.delete(name)).length;
  }
}
