import type { DayAction } from "./plan.ts";

/**
 * What one attempt at one action came to. `acked`: answered with success. `failed`: refused, or never sent. `unknown`: sent, and
 * no answer came; it may have happened, and never counts as acknowledged.
 */
export type AttemptOutcome = "acked" | "failed" | "unknown";

/** One line of the record. Times are milliseconds of the harness' monotonic clock since the day began. */
export interface Attempt {
  readonly action: DayAction;
  /** Region it was sent to; null when the router chose. */
  readonly region: string | null;
  /** Client library and door. */
  readonly via: string;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly outcome: AttemptOutcome;
  readonly error: string | null;
}

/** The end state of one session as every region shows it. */
export interface FinalSession {
  readonly fields: Readonly<Record<string, string>>;
  /** As PTTL: -1 without a deadline, -2 absent. */
  readonly ttlMs: number;
}

export interface FinalState {
  readonly readAtMs: number;
  readonly sessions: Readonly<Record<string, FinalSession>>;
  readonly counters: Readonly<Record<string, number>>;
  readonly digests: Readonly<Record<string, string>>;
  /** Milliseconds from the last heal until all digests were equal; null when they never were. */
  readonly convergedAfterMs: number | null;
}
