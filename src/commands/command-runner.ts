import type { BinaryString } from "../base/bytes.ts";
import {
  BatchTooLargeError,
  FinalCopyError,
  LimitCopyError,
  FinalKeyError,
  WrongTypeError,
  type Transaction,
} from "../keyspace/transaction-port.ts";
import { ReplyError } from "../resp/reply-error.ts";
import type { Reply } from "../resp/reply.ts";
import { denialOf } from "./acl/access-check.ts";
import type { ClientSession } from "./client-session.ts";
import type { CommandCall } from "./command-call.ts";
import { findKeys } from "./command-keys.ts";
import type { CommandLookup } from "./command-lookup.ts";
import type { Command } from "./define-command.ts";
import type { Done } from "./executor.ts";
import { KeyWait, withoutWaiting, type RunAgain } from "./key-wait.ts";
import { withEvents } from "./messages/call-events.ts";
import type { NodeState } from "./node-state.ts";
import { redacted } from "./redaction.ts";
import {
  batchTooLarge,
  FINAL_COPY,
  finalKey,
  INTERNAL_ERROR,
  OUTCOME_UNKNOWN,
  rightsChanged,
  WRONG_TYPE,
} from "./refusals.ts";
import { LIMIT_NOT_COPIED } from "./limit-refusals.ts";
import type { CommandListener } from "./server-context.ts";
import { Settled, Waiting } from "./session-reply.ts";

/** What a command came to, before CLIENT REPLY. */
export interface Ran extends Done {
  readonly reply: Reply;
}

/** A command that found nothing and waits for keys. */
export class Blocked {
  readonly wait: KeyWait;
  /** What it read, that there is nothing, may be shown once this is durable. */
  readonly lsn: number;
  readonly again: RunAgain;

  constructor(wait: KeyWait, lsn: number, again: RunAgain) {
    this.wait = wait;
    this.lsn = lsn;
    this.again = again;
  }
}

/** A reply, once the log is durable up to `lsn`. */
export function ranTo(reply: Reply, lsn: number): Ran {
  return { kind: "done", reply, lsn, close: false };
}

/** A data command, its words parsed. */
interface DataRun {
  readonly command: Command;
  readonly argv: readonly BinaryString[];
  readonly request: unknown;
  readonly call: CommandCall;
}

const RUNS_SCRIPTS: ReadonlySet<string> = new Set(["eval", "evalsha", "eval_ro", "evalsha_ro", "fcall", "fcall_ro"]);

/**
 * Runs commands that have passed every gate, one in one transaction or a queue of them in one transaction, and turns what
 * they throw into replies. Nothing leaves here as an exception.
 */
export class CommandRunner {
  readonly #server: NodeState;
  readonly #lookup: CommandLookup;
  readonly #onCommand: CommandListener | null;

  constructor(server: NodeState, lookup: CommandLookup, onCommand: CommandListener | null) {
    this.#server = server;
    this.#lookup = lookup;
    this.#onCommand = onCommand;
  }

  run(session: ClientSession, argv: readonly BinaryString[], command: Command): Ran | Waiting | Blocked {
    return this.#server.monitors.isIdle ? this.#run(session, argv, command) : this.#runShown(session, argv, command);
  }

  /** What runs in the transaction of a data command: one function for all of them, since a closure for each costs as much as its run. */
  readonly #body = (tx: Transaction, { command, argv, request, call }: DataRun): Reply | KeyWait =>
    this.#runData(tx, command, argv, request, call);

  #again(given: DataRun): RunAgain {
    return (tx) => this.#body(tx, given);
  }

  // What a closure captures is an object of its own from the first line of the function on, whether or not the closure is made:
  // so on the road that every command takes there is none, and they have functions of their own.
  #runShown(session: ClientSession, argv: readonly BinaryString[], command: Command): Ran | Waiting | Blocked {
    return this.#shown(command, argv, session, () => this.#run(session, argv, command));
  }

  #run(session: ClientSession, argv: readonly BinaryString[], command: Command): Ran | Waiting | Blocked {
    const server = this.#server;
    const call: CommandCall = { session, server };
    if (command.runData === null) {
      const answer = this.#runSession(command, argv, call);
      server.announce();
      if (answer instanceof Waiting || answer instanceof Settled) return answer;
      return ranTo(answer, 0);
    }
    server.tracking.writer = session;
    try {
      const request = command.parse(argv.slice(command.nameWords));
      const given = { command, argv, request, call };
      const { value, lsn, sequence } = server.database.transact(session.db, this.#body, given);
      if (sequence > 0) session.lastSequence = sequence;
      if (value instanceof KeyWait) return new Blocked(value, lsn, value.again ?? this.#again(given));
      if (session.tracking !== null && command.isReadOnly) this.#hasRead(session, argv, command);
      return ranTo(value, lsn);
    } catch (error) {
      return ranTo(this.#replyTo(error, command), 0);
    } finally {
      server.tracking.writer = null;
      server.announce();
    }
  }

  /**
   * A key that a blocked command waits for has changed: runs it again. `other`: the key has another type
   * than it waits for; `gone`: there is no such key.
   */
  runAgain(db: number, key: BinaryString, command: Command, blocked: Blocked): Ran | Blocked | "other" | "gone" {
    const { wait, again } = blocked;
    try {
      const { value, lsn } = this.#server.database.transact(db, (tx) => {
        const type = tx.typeOf(key);
        if (type === null && !wait.endsWithKey) return "gone" as const;
        if (type !== null && type !== wait.type) return "other" as const;
        try {
          return { answer: again(tx) };
        } catch (error) {
          return { answer: this.#replyTo(error, command) };
        }
      });
      if (value === "gone" || value === "other") return value;
      const { answer } = value;
      if (answer instanceof KeyWait) return new Blocked(wait, lsn, answer.again ?? again);
      return ranTo(answer, lsn);
    } catch (error) {
      return ranTo(this.#replyTo(error, command), 0);
    } finally {
      this.#server.announce();
    }
  }

  /** All of it in one transaction, one batch (row K2). An error of one command is its reply, and the rest run. */
  runQueued(session: ClientSession, queued: readonly (readonly BinaryString[])[], exec: Command): Settled {
    const call: CommandCall = { session, server: this.#server, isAtomic: true };
    this.#server.tracking.writer = session;
    try {
      const done = this.#server.database.transact(session.db, (tx) =>
        queued.map((argv) => this.#runOne(tx, argv, call)),
      );
      if (done.sequence > 0) session.lastSequence = done.sequence;
      return new Settled(done.value, done.lsn, false);
    } catch (error) {
      return new Settled(this.#replyTo(error, exec), 0, false);
    } finally {
      this.#server.tracking.writer = null;
      this.#server.announce();
    }
  }

  /** `redis.call`: one command in a script's transaction, past the gates for scripts. */
  runInside(tx: Transaction, argv: readonly BinaryString[], command: Command, call: CommandCall): Reply {
    const { clock, monitors, tracking } = this.#server;
    const startedMs = clock.monotonicMs();
    const reply = this.#replyOf(tx, argv, command, call);
    if (!monitors.isIdle) monitors.show(command, argv, call.session.db, "lua");
    // A script's reads are those of the client that runs it.
    const caller = tracking.writer;
    if (caller?.tracking != null && command.isReadOnly) this.#hasRead(caller, argv, command, call.session.db);
    this.count(call.session, argv, command, startedMs, reply);
    return reply;
  }

  /** Counts a command that ran: INFO, metrics, SLOWLOG. `startedMs`: the monotonic clock before it. */
  count(
    session: ClientSession,
    argv: readonly BinaryString[],
    command: Command,
    startedMs: number,
    reply: Reply,
  ): void {
    const { statistics, clock, slowerThanMicros, latency } = this.#server;
    const micros = (clock.monotonicMs() - startedMs) * 1000;
    const failed = reply instanceof ReplyError;
    statistics.ran(command, micros, failed);
    if (failed) statistics.error(reply.code);
    if (latency.thresholdMs > 0)
      latency.record(command.flags.includes("fast") ? "fast-command" : "command", micros / 1000);
    this.#onCommand?.(command.fullName, micros, failed);
    if (slowerThanMicros >= 0 && micros >= slowerThanMicros) this.#countSlow(session, argv, command, micros);
  }

  #countSlow(session: ClientSession, argv: readonly BinaryString[], command: Command, micros: number): void {
    if (command.flags.includes("skip_slowlog")) return;
    const { slowLog, config, clock } = this.#server;
    const { address, name } = session;
    const atMs = clock.wallMs();
    slowLog.add(
      { atMs, micros, args: redacted(command, argv), address, clientName: name },
      config.number("slowlog-max-len"),
    );
  }

  #hasRead(session: ClientSession, argv: readonly BinaryString[], command: Command, db = session.db): void {
    if (RUNS_SCRIPTS.has(command.fullName)) return;
    const keys = findKeys(command, argv) ?? [];
    this.#server.hasRead(
      session,
      db,
      keys.map(({ index }) => argv[index]!),
    );
  }

  /** A command is shown to monitors once it has run, as in Redis; a script before the commands that it runs. */
  #shown<Answer>(command: Command, argv: readonly BinaryString[], session: ClientSession, run: () => Answer): Answer {
    const { monitors } = this.#server;
    const isScript = RUNS_SCRIPTS.has(command.fullName);
    if (isScript) monitors.show(command, argv, session.db, session.address);
    const answer = run();
    if (!isScript) monitors.show(command, argv, session.db, session.address);
    return answer;
  }

  #runOne(tx: Transaction, argv: readonly BinaryString[], call: CommandCall): Reply {
    const { session } = call;
    const command = this.#lookup.resolve(argv, session.door);
    if (command instanceof ReplyError) return command;
    session.lastCommand = command.fullName;
    // Since it was queued its user's rights may have changed, by an earlier command of this very transaction too.
    const denial = denialOf(this.#server, session, command, argv, "multi", tx);
    if (denial !== null) return rightsChanged(denial.reason);
    const startedMs = this.#server.clock.monotonicMs();
    const run = (): Reply => this.#replyOf(tx, argv, command, call);
    const reply = this.#server.monitors.isIdle ? run() : this.#shown(command, argv, session, run);
    if (session.tracking !== null && command.isReadOnly) this.#hasRead(session, argv, command);
    this.count(session, argv, command, startedMs, reply);
    return reply;
  }

  #replyOf(tx: Transaction, argv: readonly BinaryString[], command: Command, call: CommandCall): Reply {
    if (command.runData === null) {
      const answer = this.#runSession(command, argv, call);
      if (answer instanceof Waiting) return answer.immediate;
      return answer instanceof Settled ? answer.reply : answer;
    }
    // A SELECT before it may have moved the session on.
    tx.use(call.session.db);
    try {
      return withoutWaiting(this.#runData(tx, command, argv, command.parse(argv.slice(command.nameWords)), call));
    } catch (error) {
      return this.#replyTo(error, command);
    }
  }

  /** Never throws, so that what was written before an error is sealed with it. */
  #runData(
    tx: Transaction,
    command: Command,
    argv: readonly BinaryString[],
    request: unknown,
    call: CommandCall,
  ): Reply | KeyWait {
    try {
      return this.#server.events.isHeard
        ? this.#runHeard(tx, command, argv, request, call)
        : command.runData!(tx, request, call);
    } catch (error) {
      return this.#replyTo(error, command);
    }
  }

  #runHeard(
    tx: Transaction,
    command: Command,
    argv: readonly BinaryString[],
    request: unknown,
    call: CommandCall,
  ): Reply | KeyWait {
    return withEvents(tx, command, argv, call, () => command.runData!(tx, request, call));
  }

  #runSession(command: Command, argv: readonly BinaryString[], call: CommandCall): Reply | Settled | Waiting {
    try {
      return command.runSession!(call, command.parse(argv.slice(command.nameWords)));
    } catch (error) {
      return this.#replyTo(error, command);
    }
  }

  #replyTo(error: unknown, command: Command): ReplyError {
    if (error instanceof ReplyError) return error;
    if (error instanceof WrongTypeError) return WRONG_TYPE;
    if (error instanceof FinalKeyError) return finalKey(error.untilMs);
    if (error instanceof FinalCopyError) return FINAL_COPY;
    if (error instanceof LimitCopyError) return LIMIT_NOT_COPIED;
    if (error instanceof BatchTooLargeError) return batchTooLarge(error.limitBytes, error.actualBytes);
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#server.logger.error("a command failed", { command: command.fullName, error: detail });
    // By name: the class belongs to the storage room.
    return error instanceof Error && error.name === "LogFailedError" ? OUTCOME_UNKNOWN : INTERNAL_ERROR;
  }
}
