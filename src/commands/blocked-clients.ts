import type { BinaryString } from "../base/bytes.ts";
import { ReplyError } from "../resp/reply-error.ts";
import type { Reply } from "../resp/reply.ts";
import type { ClientSession } from "./client-session.ts";
import { Blocked, ranTo, type CommandRunner, type Ran } from "./command-runner.ts";
import type { Command } from "./define-command.ts";
import type { Done, Suspended } from "./executor.ts";
import type { Gates } from "./gates.ts";
import { KeyWaiters, WAITED_KEYS_MAX, type ChangedKey, type KeyWaiter } from "./key-waiters.ts";
import type { NodeState } from "./node-state.ts";
import { notOverRest, tooManyWaitedKeys, UNBLOCKED } from "./refusals.ts";
import { BLOCKS_AT_HOME } from "./pinned/refusals.ts";

/** The longest a timer can wait, 24 days. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** What dispatch does with an outcome: counts it and answers. `startedMs`: the monotonic clock when the command last ran. */
type Finish = (command: BlockedCommand, startedMs: number, ran: Ran) => Done;

interface BlockedCommand {
  readonly session: ClientSession;
  readonly argv: readonly BinaryString[];
  readonly command: Command;
}

interface Waiter extends KeyWaiter {
  readonly call: BlockedCommand;
  blocked: Blocked;
  answer(startedMs: number, ran: Ran): void;
}

/**
 * Clients whose command waits for keys. A key may be changed by a command here or by a peer's batch (row L7), and is taken note
 * of while that is applied. Afterwards, once the command, the transaction or the script is over, whoever waits for the key runs
 * again, first come first served, each in a transaction of its own; who finds nothing keeps its place.
 *
 * After a command of this region that happens before anything else runs, as in Redis; after a peer's batch, as soon as the
 * thread is free. Replies wait until they are durable, like any other.
 */
export class BlockedClients {
  readonly #server: NodeState;
  readonly #runner: CommandRunner;
  readonly #gates: Gates;
  readonly #finish: Finish;
  readonly #waiters = new KeyWaiters<Waiter>();
  #isServing = false;
  #isScheduled = false;
  #held: Map<string, ChangedKey> | null = null;
  #stopListening: () => void = () => {};

  constructor(server: NodeState, runner: CommandRunner, gates: Gates, finish: Finish) {
    this.#server = server;
    this.#runner = runner;
    this.#gates = gates;
    this.#finish = finish;
    this.listen();
  }

  /** Hears of changes in the database that is served now. Whatever is waited for may have changed with it. */
  listen(): void {
    this.#stopListening();
    this.#stopListening = this.#server.database.onKeyChanged((db, key) => {
      if (this.#waiters.changed(db, key)) this.#schedule();
    });
    this.#waiters.allChanged();
    if (this.#waiters.hasNews) this.#schedule();
  }

  get hasNews(): boolean {
    return this.#waiters.hasNews;
  }

  /** A command found nothing: it is answered later. */
  block(call: BlockedCommand, blocked: Blocked, startedMs: number): Done | Suspended {
    const { session, command } = call;
    const { wait } = blocked;
    const refuse = (reply: Reply): Done => this.#finish(call, startedMs, ranTo(reply, 0));
    if (session.isForwarded) return refuse(BLOCKS_AT_HOME);
    if (session.door === "rest") return refuse(notOverRest(command.fullName));
    if (!this.#waiters.hasRoomFor(wait.keys.length)) return refuse(tooManyWaitedKeys(WAITED_KEYS_MAX));
    let unblock = (_reply: Reply): void => {};
    const done = new Promise<Done>((resolve) => {
      let stopTimer = (): void => {};
      const waiter: Waiter = {
        db: session.db,
        keys: wait.keys,
        endsWithKey: wait.endsWithKey,
        call,
        blocked,
        answer: (ranMs, ran) => {
          unblock = () => {};
          stopTimer();
          this.#waiters.remove(waiter);
          this.#server.blockedClients--;
          session.blocked = null;
          resolve(this.#finish(call, ranMs, ran));
        },
      };
      unblock = (reply) => waiter.answer(this.#server.clock.monotonicMs(), ranTo(reply, waiter.blocked.lsn));
      this.#server.blockedClients++;
      session.blocked = { unblock: (how) => unblock(how === "error" ? UNBLOCKED : wait.timedOut) };
      this.#waiters.add(waiter);
      if (wait.timeoutMs > 0) stopTimer = this.#after(wait.timeoutMs, () => unblock(wait.timedOut));
    });
    return { kind: "suspended", done, cancel: () => unblock(wait.timedOut) };
  }

  /** Runs again who waits for what has changed. */
  serve(): void {
    if (this.#isServing) return;
    this.#isServing = true;
    try {
      while (this.#waiters.hasNews) {
        for (const { db, key } of this.#waiters.takeChanged()) this.#serveKey(db, key);
      }
    } finally {
      this.#isServing = false;
    }
  }

  #serveKey(db: number, key: BinaryString): void {
    for (const waiter of this.#waiters.waitingFor(db, key)) {
      const { session, argv, command } = waiter.call;
      const { pause } = this.#server;
      if (pause.isActive && pause.holds(command, command.isWrite)) {
        this.#holdUntilUnpaused(db, key);
        continue;
      }
      const startedMs = this.#server.clock.monotonicMs();
      const refusal = this.#gates.refusal(command, session, argv, command.isWrite, command.deniesOom);
      if (refusal !== null) {
        waiter.answer(startedMs, ranTo(refusal, 0));
        continue;
      }
      const place = this.#server.homes.elsewhere(key);
      if (place !== null) {
        const reply = place instanceof ReplyError ? place : BLOCKS_AT_HOME;
        waiter.answer(startedMs, ranTo(reply, 0));
        continue;
      }
      const ran = this.#runner.runAgain(db, key, command, waiter.blocked);
      if (ran === "gone" && !this.#waiters.anyEndsWithKey) return;
      if (ran === "other" || ran === "gone") continue;
      if (ran instanceof Blocked) waiter.blocked = ran;
      else {
        session.lastSequence = this.#server.database.lastSequence;
        waiter.answer(startedMs, ran);
      }
    }
  }

  /** CLIENT PAUSE: what changed meanwhile is looked at when it ends. */
  #holdUntilUnpaused(db: number, key: BinaryString): void {
    const held = this.#held ?? new Map<string, ChangedKey>();
    held.set(`${db}:${key}`, { db, key });
    if (this.#held !== null) return;
    this.#held = held;
    this.#server.pause.hold(() => {
      this.#held = null;
      for (const one of held.values()) this.#waiters.changed(one.db, one.key);
      this.serve();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isServing) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.serve();
    });
  }

  #after(ms: number, action: () => void): () => void {
    const { clock, timers } = this.#server;
    const untilMs = clock.monotonicMs() + ms;
    let stop = (): void => {};
    const arm = (): void => {
      const leftMs = untilMs - clock.monotonicMs();
      if (leftMs <= 0) action();
      else stop = timers.after(Math.min(leftMs, TIMER_MS_MAX), arm);
    };
    arm();
    return () => stop();
  }
}
