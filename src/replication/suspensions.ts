import type { RegionName } from "../crdt/origin.ts";

/** Least time a stream is left out: what was on its way when it was left out has to pass first. */
const LEAST_MS = 100;
/** Longest time, room or not: what is held may wait for just this stream. */
const MOST_MS = 2_000;

/**
 * Streams that are left out of our subscriptions for a while, because something of them did not fit into the hold buffer or
 * did not come. Taking one up again makes its provider begin at what we have then. Without the pause a full buffer would
 * have the same batches sent and refused for ever, as fast as the link can.
 */
export class Suspensions {
  readonly #sinceMs = new Map<RegionName, number>();

  /** False when it was left out already. */
  suspend(region: RegionName, nowMs: number): boolean {
    if (this.#sinceMs.has(region)) return false;
    this.#sinceMs.set(region, nowMs);
    return true;
  }

  has(region: RegionName): boolean {
    return this.#sinceMs.has(region);
  }

  /** Takes up what has waited long enough; `hasRoom` when the hold buffer could take more. True when anything was. */
  lift(nowMs: number, hasRoom: boolean): boolean {
    let lifted = false;
    for (const [region, sinceMs] of this.#sinceMs) {
      const waitedMs = nowMs - sinceMs;
      if (waitedMs < LEAST_MS || (!hasRoom && waitedMs < MOST_MS)) continue;
      this.#sinceMs.delete(region);
      lifted = true;
    }
    return lifted;
  }
}
