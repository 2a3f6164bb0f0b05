import type { RespLimits } from "./resp-limits.ts";

export type Verdict = "stays" | "idle" | "does not hang up" | "does not take its replies";

/**
 * How long one connection may keep us waiting. Pure: time comes with the questions, which are asked every so often, so that
 * traffic itself costs no look at the clock.
 */
export class Patience {
  readonly #limits: RespLimits;
  /** When the last sign of life was seen. */
  #quietSinceMs: number;
  #stirred = false;
  #takenBytes = 0;
  /** Since when the output is above its soft limit; null: it is not. */
  #aboveSinceMs: number | null = null;

  constructor(limits: RespLimits, nowMs: number) {
    this.#limits = limits;
    this.#quietSinceMs = nowMs;
  }

  /** A sign of life: the client sent something, or its waiting for us begins anew. */
  stirred(): void {
    this.#stirred = true;
  }

  /**
   * `takenBytes`: what the client's side has ever taken. `waitingBytes`: output not taken. `ended`: we have said all. `waits`: it
   * is us who make it wait. `listens`: it waits for messages, and may be silent for ever.
   */
  judge(
    nowMs: number,
    takenBytes: number,
    waitingBytes: number,
    { ended, waits, listens }: { readonly ended: boolean; readonly waits: boolean; readonly listens: boolean },
  ): Verdict {
    if (this.#stirred || waits || takenBytes !== this.#takenBytes) this.#quietSinceMs = nowMs;
    this.#stirred = false;
    this.#takenBytes = takenBytes;
    const { idleTimeoutMs, lingerMs, outputSoftMs } = this.#limits;
    const softBytes = listens ? this.#limits.listenerSoftBytes : this.#limits.outputSoftBytes;
    const quietMs = nowMs - this.#quietSinceMs;
    if (ended) return quietMs >= lingerMs ? "does not hang up" : "stays";
    if (softBytes === 0 || waitingBytes <= softBytes) this.#aboveSinceMs = null;
    else this.#aboveSinceMs ??= nowMs;
    if (this.#aboveSinceMs !== null && nowMs - this.#aboveSinceMs >= outputSoftMs) return "does not take its replies";
    return idleTimeoutMs > 0 && !listens && quietMs >= idleTimeoutMs ? "idle" : "stays";
  }
}
