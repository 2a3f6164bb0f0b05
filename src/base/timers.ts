/** Timers as an argument. */
export interface Timers {
  /** Calls `action` once after `ms`; returns how to cancel. */
  after(ms: number, action: () => void): () => void;
}

/** A timer of Node ends here: longer waits are cut to it (24.8 days). */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The process' own. What only waits does not keep a program running. */
export const systemTimers: Timers = {
  after(ms, action) {
    const timer = setTimeout(action, Math.min(ms, TIMER_MS_MAX)).unref();
    return () => clearTimeout(timer);
  },
};
