import type { BinaryString } from "../base/bytes.ts";
import { BatchTooLargeError, WrongTypeError, type Transaction } from "../keyspace/transaction-port.ts";
import { ReplyError } from "../resp/reply-error.ts";
import { QUEUED, type Reply } from "../resp/reply.ts";
import type { ClientSession } from "./client-session.ts";
import type { CommandCall } from "./command-call.ts";
import { CommandLookup } from "./command-lookup.ts";
import { COMMANDS } from "./command-table.ts";
import type { Command } from "./define-command.ts";
import type { Done, Executor, Outcome } from "./executor.ts";
import { Gates } from "./gates.ts";
import { NodeState } from "./node-state.ts";
import {
  batchTooLarge,
  execAbortedBecause,
  INTERNAL_ERROR,
  MAX_CLIENTS,
  NOT_INSIDE_MULTI,
  notOverRest,
  OUTCOME_UNKNOWN,
  transactionTooLarge,
  WRONG_TYPE,
} from "./refusals.ts";
import type { CommandListener, ServedDatabase, ServerParts } from "./server-context.ts";
import { Settled, Waiting } from "./session-reply.ts";

/** Bytes a client may queue between MULTI and EXEC. */
const TRANSACTION_QUEUE_BYTES_MAX = 256 * 1024 * 1024;
/** Commands that act at once inside MULTI. */
const NEVER_QUEUED: ReadonlySet<string> = new Set(["exec", "discard", "multi", "watch", "quit", "reset"]);

/**
 * The one road to a command: find it, ask the gates in Redis' order, queue it if MULTI is open, run it in one transaction,
 * turn what it throws into a reply, count it. Everything is synchronous but the commands that wait.
 *
 * Nothing a client sends makes this throw.
 */
export class Dispatcher implements Executor {
  readonly server: NodeState;
  readonly #lookup = new CommandLookup(COMMANDS);
  readonly #gates: Gates;
  readonly #onCommand: CommandListener | null;
  readonly #durableListeners = new Set<() => void>();
  readonly #unknownListeners = new Set<(reply: Reply) => void>();
  #stopListening: () => void;

  constructor(parts: ServerParts) {
    const runQueued = (session: ClientSession, queued: readonly (readonly BinaryString[])[]): Settled =>
      this.#runQueued(session, queued);
    this.server = new NodeState(parts, COMMANDS, runQueued);
    this.#gates = new Gates(parts.writeGate ?? { refusal: () => null }, parts.readiness ?? { refusal: () => null });
    this.#onCommand = parts.onCommand ?? null;
    this.#stopListening = parts.database.onDurable(() => this.#becameDurable());
  }

  get durableLsn(): number {
    return this.server.database.durableLsn;
  }

  onDurable(listener: () => void): () => void {
    this.#durableListeners.add(listener);
    return () => this.#durableListeners.delete(listener);
  }

  onOutcomeUnknown(listener: (reply: Reply) => void): () => void {
    this.#unknownListeners.add(listener);
    return () => this.#unknownListeners.delete(listener);
  }

  /** The log failed: every reply that waits for it is answered with "unknown". Call `serve` once recovered. */
  outcomeUnknown(): void {
    for (const listener of this.#unknownListeners) listener(OUTCOME_UNKNOWN);
  }

  /** Serves another database from now on: what recovery read back. Watched keys count as changed. */
  serve(database: ServedDatabase): void {
    this.#stopListening();
    this.#stopListening = database.onDurable(() => this.#becameDurable());
    this.server.database = database;
    for (const session of this.server.clients.all()) {
      if (session.watched.size > 0) session.watchBroken = true;
    }
  }

  connected(session: ClientSession): ReplyError | null {
    const { clients, config } = this.server;
    if (clients.size >= config.number("maxclients")) {
      clients.rejected++;
      return MAX_CLIENTS;
    }
    clients.add(session);
    return null;
  }

  disconnected(session: ClientSession): void {
    session.closed = true;
    session.transaction = null;
    session.unwatch();
    this.server.clients.remove(session);
  }

  execute(session: ClientSession, argv: readonly BinaryString[]): Outcome {
    const { clock, pause } = this.server;
    session.lastActiveMs = clock.wallMs();
    const command = this.#lookup.resolve(argv, session.door);
    if (command instanceof ReplyError) return this.#refuse(session, argv, null, command);
    session.lastCommand = command.fullName;
    const { transaction } = session;
    let writes = command.isWrite;
    let grows = command.deniesOom;
    if (transaction !== null && command.fullName === "exec") {
      writes = transaction.writes;
      grows = transaction.grows;
    }
    const refusal = this.#gates.refusal(command, session, writes, grows);
    if (refusal !== null) return this.#refuse(session, argv, command, refusal);
    if (transaction !== null && !NEVER_QUEUED.has(command.fullName)) return this.#enqueue(session, argv, command);
    if (pause.isActive && pause.holds(command, writes)) return this.#hold(session, argv);
    return this.#run(session, argv, command);
  }

  executeAtomic(session: ClientSession, commands: readonly (readonly BinaryString[])[]): Outcome {
    session.lastActiveMs = this.server.clock.wallMs();
    let writes = false;
    for (const argv of commands) {
      const command = this.#lookup.resolve(argv, session.door);
      if (command instanceof ReplyError) return this.#refuse(session, argv, null, command);
      const refusal =
        command.needsConnection === true || NEVER_QUEUED.has(command.fullName)
          ? notOverRest(command.fullName)
          : this.#gates.refusal(command, session, command.isWrite, command.deniesOom);
      if (refusal !== null) return this.#refuse(session, argv, command, refusal);
      writes ||= command.isWrite;
    }
    const { pause } = this.server;
    const exec = COMMANDS.get("exec")!;
    if (pause.isActive && pause.holds(exec, writes)) return this.#holdUntil(() => this.executeAtomic(session, commands));
    const startedMs = this.server.clock.monotonicMs();
    const { reply, lsn } = this.#runQueued(session, commands);
    return this.#finish(session, ["EXEC"], exec, startedMs, reply, lsn, false);
  }

  // --- one command ------------------------------------------------------------------------------------------------

  #run(session: ClientSession, argv: readonly BinaryString[], command: Command): Outcome {
    const startedMs = this.server.clock.monotonicMs();
    const call: CommandCall = { session, server: this.server };
    if (command.runData !== null) {
      let reply: Reply;
      let lsn = 0;
      try {
        const request = command.parse(argv.slice(command.nameWords));
        const done = this.server.database.transact(session.db, (tx) => this.#runData(tx, command, request, call));
        reply = done.value;
        lsn = done.lsn;
      } catch (error) {
        reply = this.#replyToThrown(error, command);
      }
      return this.#finish(session, argv, command, startedMs, reply, lsn, false);
    }
    const answer = this.#runSession(command, argv, call);
    if (answer instanceof Waiting) return this.#wait(session, argv, command, startedMs, answer);
    if (answer instanceof Settled) {
      return this.#finish(session, argv, command, startedMs, answer.reply, answer.lsn, answer.close);
    }
    return this.#finish(session, argv, command, startedMs, answer, 0, false);
  }

  /** Never throws, so that what was written before an error is sealed with it. */
  #runData(tx: Transaction, command: Command, request: unknown, call: CommandCall): Reply {
    try {
      return command.runData!(tx, request, call);
    } catch (error) {
      return this.#replyToThrown(error, command);
    }
  }

  #runSession(command: Command, argv: readonly BinaryString[], call: CommandCall): Reply | Settled | Waiting {
    try {
      return command.runSession!(call, command.parse(argv.slice(command.nameWords)));
    } catch (error) {
      return this.#replyToThrown(error, command);
    }
  }

  #replyToThrown(error: unknown, command: Command): ReplyError {
    if (error instanceof ReplyError) return error;
    if (error instanceof WrongTypeError) return WRONG_TYPE;
    if (error instanceof BatchTooLargeError) return batchTooLarge(error.limitBytes, error.actualBytes);
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.server.logger.error("a command failed", { command: command.fullName, error: detail });
    // By name: the class belongs to the storage room.
    return error instanceof Error && error.name === "LogFailedError" ? OUTCOME_UNKNOWN : INTERNAL_ERROR;
  }

  // --- transactions -----------------------------------------------------------------------------------------------

  #enqueue(session: ClientSession, argv: readonly BinaryString[], command: Command): Outcome {
    const transaction = session.transaction!;
    if (command.flags.includes("no_multi")) return this.#refuse(session, argv, command, NOT_INSIDE_MULTI);
    let bytes = transaction.bytes;
    for (const word of argv) bytes += word.length + 16;
    if (bytes > TRANSACTION_QUEUE_BYTES_MAX) {
      const refusal = transactionTooLarge(TRANSACTION_QUEUE_BYTES_MAX, bytes);
      return this.#refuse(session, argv, command, refusal);
    }
    transaction.bytes = bytes;
    transaction.writes ||= command.isWrite;
    transaction.grows ||= command.deniesOom;
    transaction.commands.push(argv);
    return { kind: "done", reply: this.#visible(session, QUEUED), lsn: 0, close: false };
  }

  /** All of it in one transaction, one batch (row K2). An error of one command is its reply, and the rest run. */
  #runQueued(session: ClientSession, queued: readonly (readonly BinaryString[])[]): Settled {
    const call: CommandCall = { session, server: this.server };
    const runOne = (tx: Transaction, argv: readonly BinaryString[]): Reply => {
      const command = this.#lookup.resolve(argv, session.door);
      if (command instanceof ReplyError) return command;
      session.lastCommand = command.fullName;
      const startedMs = this.server.clock.monotonicMs();
      let reply: Reply;
      if (command.runData !== null) {
        tx.use(session.db);
        try {
          reply = this.#runData(tx, command, command.parse(argv.slice(command.nameWords)), call);
        } catch (error) {
          reply = this.#replyToThrown(error, command);
        }
      } else {
        const answer = this.#runSession(command, argv, call);
        reply = answer instanceof Waiting ? answer.immediate : answer instanceof Settled ? answer.reply : answer;
      }
      this.#count(session, argv, command, startedMs, reply);
      return reply;
    };
    try {
      const done = this.server.database.transact(session.db, (tx) => queued.map((argv) => runOne(tx, argv)));
      return new Settled(done.value, done.lsn, false);
    } catch (error) {
      return new Settled(this.#replyToThrown(error, COMMANDS.get("exec")!), 0, false);
    }
  }

  // --- answers ----------------------------------------------------------------------------------------------------

  #refuse(session: ClientSession, argv: readonly BinaryString[], command: Command | null, refusal: ReplyError): Outcome {
    const { statistics } = this.server;
    statistics.refused(command);
    let reply = refusal;
    if (session.transaction !== null) session.transaction.broken = true;
    if (session.door === "resp" && argv[0]?.toLowerCase() === "exec") {
      session.transaction = null;
      session.unwatch();
      reply = execAbortedBecause(refusal);
    }
    statistics.error(reply.code);
    return { kind: "done", reply: this.#visible(session, reply), lsn: 0, close: false };
  }

  #finish(
    session: ClientSession,
    argv: readonly BinaryString[],
    command: Command,
    startedMs: number,
    reply: Reply,
    lsn: number,
    close: boolean,
  ): Done {
    this.#count(session, argv, command, startedMs, reply);
    return { kind: "done", reply: this.#visible(session, reply), lsn, close };
  }

  #count(
    session: ClientSession,
    argv: readonly BinaryString[],
    command: Command,
    startedMs: number,
    reply: Reply,
  ): void {
    const { statistics, slowLog, config, clock } = this.server;
    const micros = (clock.monotonicMs() - startedMs) * 1000;
    const failed = reply instanceof ReplyError;
    statistics.ran(command, micros, failed);
    if (failed) statistics.error(reply.code);
    this.#onCommand?.(command.fullName, micros, failed);
    const slowerThan = this.server.slowerThanMicros;
    if (slowerThan >= 0 && micros >= slowerThan && !command.flags.includes("skip_slowlog")) {
      const { address, name } = session;
      const atMs = clock.wallMs();
      slowLog.add({ atMs, micros, args: argv, address, clientName: name }, config.number("slowlog-max-len"));
    }
  }

  /** What CLIENT REPLY lets through. */
  #visible(session: ClientSession, reply: Reply): Reply | undefined {
    switch (session.replyMode) {
      case "on":
        return reply;
      case "off":
        return undefined;
      case "skip-next":
        session.replyMode = "skip";
        return undefined;
      case "skip":
        session.replyMode = "on";
        return undefined;
    }
  }

  #wait(
    session: ClientSession,
    argv: readonly BinaryString[],
    command: Command,
    startedMs: number,
    waiting: Waiting,
  ): Outcome {
    const { server } = this;
    let cancel = (): void => {};
    const done = new Promise<Done>((resolve) => {
      let answered = false;
      const answer = (reply: Reply): void => {
        if (answered) return;
        answered = true;
        server.blockedClients--;
        resolve(this.#finish(session, argv, command, startedMs, reply, 0, false));
      };
      server.blockedClients++;
      const stop = waiting.begin(answer);
      cancel = () => {
        stop();
        answer(waiting.immediate);
      };
    });
    return { kind: "suspended", done, cancel: () => cancel() };
  }

  #hold(session: ClientSession, argv: readonly BinaryString[]): Outcome {
    return this.#holdUntil(() => this.execute(session, argv));
  }

  /** CLIENT PAUSE: runs `go` at its end. */
  #holdUntil(go: () => Outcome): Outcome {
    const { server } = this;
    let cancel = (): void => {};
    const done = new Promise<Done>((resolve) => {
      server.blockedClients++;
      const stop = server.pause.hold(() => {
        server.blockedClients--;
        const outcome = go();
        if (outcome.kind === "done") {
          resolve(outcome);
          return;
        }
        cancel = () => outcome.cancel();
        void outcome.done.then(resolve);
      });
      cancel = () => {
        stop();
        server.blockedClients--;
        resolve({ kind: "done", reply: undefined, lsn: 0, close: true });
      };
    });
    return { kind: "suspended", done, cancel: () => cancel() };
  }

  #becameDurable(): void {
    for (const listener of this.#durableListeners) listener();
  }
}
