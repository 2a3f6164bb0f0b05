import type { Executor } from "../../commands/executor.ts";
import type { Reply } from "../../resp/reply.ts";

/** Something that waits until the log is durable up to `lsn`, which may rise while it waits. */
export interface Held {
  readonly lsn: number;
  /** Called once: with null when durable, with the reply to give instead when that will never be known. */
  settle(unknown: Reply | null): void;
}

/** Holds replies until the log is durable that far, or the log fails and the outcome is unknown. One for the whole door. */
export class ReplyGate {
  readonly #executor: Executor;
  #held: Held[] = [];
  readonly #stops: readonly (() => void)[];

  constructor(executor: Executor) {
    this.#executor = executor;
    this.#stops = [
      executor.onDurable(() => this.#release()),
      executor.onOutcomeUnknown((reply) => {
        for (const held of this.#takeAll()) held.settle(reply);
      }),
    ];
  }

  get durableLsn(): number {
    return this.#executor.durableLsn;
  }

  hold(held: Held): void {
    this.#held.push(held);
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  #takeAll(): readonly Held[] {
    const all = this.#held;
    this.#held = [];
    return all;
  }

  #release(): void {
    if (this.#held.length === 0) return;
    const { durableLsn } = this.#executor;
    for (const held of this.#takeAll()) {
      if (held.lsn <= durableLsn) held.settle(null);
      else this.#held.push(held);
    }
  }
}
