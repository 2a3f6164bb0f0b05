/** The harness' one monotonic clock: milliseconds with fractions since the run began. */
export class RunClock {
  readonly #startMs = performance.now();

  now(): number {
    return performance.now() - this.#startMs;
  }

  /** Resolves at that moment, at once when it has passed. */
  async until(atMs: number): Promise<void> {
    const waitMs = atMs - this.now();
    if (waitMs > 0) await pause(waitMs);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Calls `step` again and again, `everyMs` after it began the last time, until stopped; a step that fails is a step without result. */
export function repeat(everyMs: number, step: () => Promise<void>): { stop(): Promise<void> } {
  let stopped = false;
  const running = (async () => {
    while (!stopped) {
      const began = performance.now();
      await step().catch(() => {});
      const waitMs = began + everyMs - performance.now();
      if (!stopped && waitMs > 0) await pause(waitMs);
    }
  })();
  return {
    async stop() {
      stopped = true;
      await running;
    },
  };
}
