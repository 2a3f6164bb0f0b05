import type { Clock } from "../base/clock.ts";
import type { CommandInfo } from "./command-meta.ts";
import type { Timers } from "../base/timers.ts";

export type PauseMode = "write" | "all";

/** The longest a timer can wait, 24 days. */
const PAUSE_MS_MAX = 2 ** 31 - 1;

/**
 * CLIENT PAUSE: commands that come meanwhile wait, all of them or those that write. CLIENT UNPAUSE is never held (in Redis
 * only the end of the time helps after `ALL`; an operator who mistyped it should not have to wait).
 */
export class ClientPause {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #held = new Set<() => void>();
  #mode: PauseMode = "write";
  #untilMs = 0;
  #cancelTimer: (() => void) | null = null;

  constructor(clock: Clock, timers: Timers) {
    this.#clock = clock;
    this.#timers = timers;
  }

  get isActive(): boolean {
    return this.#untilMs !== 0;
  }

  /** A second pause only ever makes it longer and wider. */
  begin(timeoutMs: number, mode: PauseMode): void {
    const ms = Math.min(timeoutMs, PAUSE_MS_MAX);
    const untilMs = this.#clock.monotonicMs() + ms;
    this.#mode = this.isActive && this.#mode === "all" ? "all" : mode;
    this.#untilMs = Math.max(this.#untilMs, untilMs);
    this.#cancelTimer?.();
    this.#cancelTimer = this.#timers.after(this.#untilMs - this.#clock.monotonicMs(), () => this.end());
  }

  end(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#untilMs = 0;
    const held = [...this.#held];
    this.#held.clear();
    for (const release of held) release();
  }

  /** Whether this command waits; `writes`: it writes, or it is an EXEC of commands that do. */
  holds(command: CommandInfo, writes: boolean): boolean {
    return this.isActive && (writes || this.#mode === "all") && command.fullName !== "client|unpause";
  }

  /** Calls `release` once at the end; returns how to stop waiting. */
  hold(release: () => void): () => void {
    this.#held.add(release);
    return () => this.#held.delete(release);
  }
}
