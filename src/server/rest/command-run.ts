import type { BinaryString } from "../../base/bytes.ts";
import type { ClientSession } from "../../commands/client-session.ts";
import type { Done, Executor, Outcome, Recheck, Suspended } from "../../commands/executor.ts";
import type { Reply } from "../../resp/reply.ts";
import type { Held, ReplyGate } from "./reply-gate.ts";
import type { UnderWay } from "./rest-door.ts";

/** What a run is made of. */
export interface RunParts {
  readonly executor: Executor;
  readonly gate: ReplyGate;
  readonly session: ClientSession;
  readonly commands: readonly (readonly BinaryString[])[];
  /** All commands as one transaction; then there is one reply. */
  readonly atomic: boolean;
  readonly commandsPerTurnMax: number;
  /** Called once, with a reply a command, all of them durable. Not called when cancelled. */
  readonly onReplies: (replies: readonly Reply[]) => void;
  /** A defect of the program's own. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * The commands of one request: in order, each after the one before it has answered, with one wait for the disk at the end
 * instead of one each. A long pipeline gives way to other clients now and then. When the log fails, the replies it still owes
 * become "unknown"; the earlier ones stand.
 */
export class CommandRun implements Held, UnderWay {
  place = -1;
  readonly #parts: RunParts;
  readonly #replies: Reply[] = [];
  readonly #lsns: number[] = [];
  /** By index of the reply; made for the first: few runs have any. */
  #rechecks: Map<number, Recheck> | null = null;
  #lsn = 0;
  #next = 0;
  #isHeld = false;
  #isOver = false;
  #isUnknown = false;
  #suspended: Suspended | null = null;

  constructor(parts: RunParts) {
    this.#parts = parts;
  }

  /** The highest position a reply waits for. */
  get lsn(): number {
    return this.#lsn;
  }

  /** The log failed under it, or a home was lost: some of its replies say that nobody knows. */
  get isUnknown(): boolean {
    return this.#isUnknown;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  start(): void {
    this.#guard(() => {
      const { executor, session, commands, atomic } = this.#parts;
      if (!atomic) {
        this.#advance();
        return;
      }
      this.#next = commands.length;
      this.#take(executor.executeAtomic(session, commands));
    });
  }

  /** The client went away: what waits stops, what has not begun does not begin. */
  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#suspended?.cancel();
  }

  /** The server drains: a command that waits answers what it has. */
  hurry(): void {
    this.#suspended?.cancel();
  }

  settle(unknown: Reply | null): void {
    this.#isHeld = false;
    this.#lsn = 0;
    if (unknown !== null) {
      this.#isUnknown = true;
      const { durableLsn } = this.#parts.gate;
      for (const [index, lsn] of this.#lsns.entries()) if (lsn > durableLsn) this.#replies[index] = unknown;
    }
    this.#checkAgain();
    // What is answered so far is decided: positions of a log that failed mean nothing to the next.
    this.#lsns.fill(0);
    this.#guard(() => this.#finish());
  }

  #advance(): void {
    const { executor, session, commands, commandsPerTurnMax } = this.#parts;
    const stop = Math.min(commands.length, this.#next + commandsPerTurnMax);
    while (this.#next < stop) {
      if (!this.#take(executor.execute(session, commands[this.#next++]!))) return;
    }
    if (this.#next < commands.length) setImmediate(() => this.#guard(() => !this.#isOver && this.#advance()));
    else this.#finish();
  }

  /** False when what follows has to wait for it. */
  #take(outcome: Outcome): boolean {
    if (outcome.kind === "done") {
      this.#answer(outcome);
      if (this.#parts.atomic) this.#finish();
      return true;
    }
    this.#suspended = outcome;
    void outcome.done.then((done) => {
      this.#suspended = null;
      if (this.#isOver) return;
      this.#guard(() => {
        this.#answer(done);
        if (this.#parts.atomic) this.#finish();
        else this.#advance();
      });
    });
    return false;
  }

  #checkAgain(): void {
    if (this.#rechecks === null) return;
    for (const [index, recheck] of this.#rechecks) {
      const instead = recheck();
      if (instead === null) continue;
      this.#isUnknown = true;
      this.#replies[index] = instead;
    }
    this.#rechecks = null;
  }

  #answer({ reply, lsn, recheck }: Done): void {
    const isDurable = lsn <= this.#parts.gate.durableLsn;
    this.#replies.push(reply ?? null);
    this.#lsns.push(isDurable ? 0 : lsn);
    if (isDurable) return;
    if (recheck !== undefined) (this.#rechecks ??= new Map()).set(this.#replies.length - 1, recheck);
    this.#lsn = Math.max(this.#lsn, lsn);
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.#parts.gate.hold(this);
  }

  #finish(): void {
    const { commands, onReplies } = this.#parts;
    const hasRun = this.#next === commands.length && this.#suspended === null;
    if (this.#isOver || this.#isHeld || !hasRun) return;
    this.#isOver = true;
    onReplies(this.#replies);
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.cancel();
      this.#parts.onFailure(error);
    }
  }
}
