import type { Done, Executor, Outcome } from "../../commands/executor.ts";
import type { Reply } from "../../resp/reply.ts";

/** Holds replies until the log is durable that far, or the log fails and the outcome is unknown. One for the whole door. */
export class ReplyGate {
  readonly #executor: Executor;
  #waiting: Waiter[] = [];
  readonly #stops: readonly (() => void)[];

  constructor(executor: Executor) {
    this.#executor = executor;
    this.#stops = [
      executor.onDurable(() => this.#release()),
      executor.onOutcomeUnknown((reply) => {
        const all = this.#waiting;
        this.#waiting = [];
        for (const { settle } of all) settle(reply);
      }),
    ];
  }

  /** The reply to show, once it may be shown. */
  async settle(outcome: Outcome): Promise<Reply> {
    const done: Done = outcome.kind === "done" ? outcome : await outcome.done;
    const unknown = await this.durable(done.lsn);
    return unknown ?? done.reply ?? null;
  }

  /** Null once `lsn` is durable; the reply to give instead when it never will be known. */
  durable(lsn: number): Promise<Reply | null> {
    if (lsn <= this.#executor.durableLsn) return Promise.resolve(null);
    return new Promise((settle) => this.#waiting.push({ lsn, settle }));
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  #release(): void {
    const { durableLsn } = this.#executor;
    const still: Waiter[] = [];
    const all = this.#waiting;
    this.#waiting = still;
    for (const waiter of all) {
      if (waiter.lsn <= durableLsn) waiter.settle(null);
      else still.push(waiter);
    }
  }
}

interface Waiter {
  readonly lsn: number;
  readonly settle: (unknown: Reply | null) => void;
}
