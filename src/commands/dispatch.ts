import type { BinaryString } from "../base/bytes.ts";
import { ReplyError } from "../resp/reply-error.ts";
import { QUEUED, SeriesReply, type Reply } from "../resp/reply.ts";
import type { AccessControl } from "./acl/access-control.ts";
import { BlockedClients } from "./blocked-clients.ts";
import type { ClientSession } from "./client-session.ts";
import { CommandLookup } from "./command-lookup.ts";
import { Blocked, CommandRunner, ranTo, type Ran } from "./command-runner.ts";
import { COMMANDS } from "./command-table.ts";
import type { Command } from "./define-command.ts";
import type { Done, Executor, Outcome } from "./executor.ts";
import { Gates } from "./gates.ts";
import type { Message } from "./messages/message.ts";
import { PinnedRoad } from "./pinned/pinned-road.ts";
import { NodeState } from "./node-state.ts";
import {
  execAbortedBecause,
  MAX_CLIENTS,
  NOT_INSIDE_MULTI,
  notOverRest,
  OUTCOME_UNKNOWN,
  transactionTooLarge,
} from "./refusals.ts";
import { NO_SCRIPT_ENGINE } from "./scripts/no-engine.ts";
import { ScriptHost } from "./scripts/script-host.ts";
import type { ServedDatabase, ServerParts } from "./server-context.ts";
import { Waiting } from "./session-reply.ts";
import { holdUntilUnpaused, suspend } from "./suspension.ts";

/** Bytes a client may queue between MULTI and EXEC. */
const TRANSACTION_QUEUE_BYTES_MAX = 256 * 1024 * 1024;
const EXEC = COMMANDS.get("exec")!;
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
  readonly #runner: CommandRunner;
  readonly #blocked: BlockedClients;
  readonly #pinned: PinnedRoad;
  readonly #durableListeners = new Set<() => void>();
  readonly #unknownListeners = new Set<(reply: Reply) => void>();
  #stopListening: () => void;

  constructor(parts: ServerParts) {
    const writes = parts.writeGate ?? { refusal: () => null };
    this.server = new NodeState(
      parts,
      COMMANDS,
      (session, queued) => this.#runner.runQueued(session, queued, EXEC),
      (server) =>
        new ScriptHost(parts.scripting ?? NO_SCRIPT_ENGINE, {
          server,
          lookup: this.#lookup,
          writes,
          runInside: (tx, argv, command, call) => this.#runner.runInside(tx, argv, command, call),
        }),
    );
    this.#runner = new CommandRunner(this.server, this.#lookup, parts.onCommand ?? null);
    this.#gates = new Gates(this.server, writes, parts.readiness ?? { refusal: () => null });
    this.#blocked = new BlockedClients(
      this.server,
      this.#runner,
      this.#gates,
      ({ session, argv, command }, startedMs, ran) => this.#finish(session, argv, command, startedMs, ran),
    );
    this.#pinned = new PinnedRoad(this.server, this.#lookup, {
      run: (session, argv, command) => this.#run(session, argv, command, this.server.clock.monotonicMs()),
      runAtomic: (session, commands) => this.#runAtomic(session, commands),
      refuse: (session, argv, command, refusal) => this.#refuse(session, argv, command, refusal),
      finish: (session, argv, command, startedMs, reply) =>
        this.#finish(session, argv, command, startedMs, ranTo(reply, 0)),
    });
    this.#stopListening = parts.database.onDurable(() => this.#becameDurable());
  }

  get access(): AccessControl {
    return this.server.access;
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
    this.server.announcements.drop();
    for (const listener of this.#unknownListeners) listener(OUTCOME_UNKNOWN);
  }

  /** Serves another database from now on: what recovery read back. Watched keys count as changed. */
  serve(database: ServedDatabase): void {
    this.#stopListening();
    this.#stopListening = database.onDurable(() => this.#becameDurable());
    this.server.serve(database);
    this.server.access.serve(database);
    this.server.scripts.serve(database);
    this.#blocked.listen();
    for (const session of this.server.clients.all()) {
      if (session.watched.size > 0) session.watchBroken = true;
    }
  }

  /** Messages that clients of other regions have published. */
  receive(messages: readonly Message[]): void {
    this.server.announcements.receive(messages);
  }

  connected(session: ClientSession): ReplyError | null {
    const { clients, config, access } = this.server;
    if (clients.size >= config.number("maxclients")) {
      clients.rejected++;
      return MAX_CLIENTS;
    }
    if (session.door === "resp") {
      access.refresh(null);
      session.user = access.default;
      session.authenticated = access.isOpen;
    }
    clients.add(session);
    return null;
  }

  disconnected(session: ClientSession): void {
    session.closed = true;
    session.transaction = null;
    session.unwatch();
    this.server.forget(session);
    this.server.clients.remove(session);
  }

  execute(session: ClientSession, argv: readonly BinaryString[]): Outcome {
    const { clock, pause } = this.server;
    const startedMs = clock.monotonicMs();
    session.lastActiveMs = startedMs;
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
    const refusal = this.#gates.refusal(command, session, argv, writes, grows);
    if (refusal !== null) return this.#refuse(session, argv, command, refusal);
    if (transaction !== null && !NEVER_QUEUED.has(command.fullName)) return this.#enqueue(session, argv, command);
    if (pause.isActive && pause.holds(command, writes)) return this.#hold(session, argv);
    return this.#pinned.take(session, argv, command, 0) ?? this.#run(session, argv, command, startedMs);
  }

  executeAtomic(session: ClientSession, commands: readonly (readonly BinaryString[])[]): Outcome {
    session.lastActiveMs = this.server.clock.monotonicMs();
    let writes = false;
    for (const argv of commands) {
      const command = this.#lookup.resolve(argv, session.door);
      if (command instanceof ReplyError) return this.#refuse(session, argv, null, command);
      const refusal =
        command.needsConnection === true || NEVER_QUEUED.has(command.fullName)
          ? notOverRest(command.fullName)
          : this.#gates.refusal(command, session, argv, command.isWrite, command.deniesOom);
      if (refusal !== null) return this.#refuse(session, argv, command, refusal);
      writes ||= command.isWrite;
    }
    const { pause } = this.server;
    if (pause.isActive && pause.holds(EXEC, writes)) {
      return holdUntilUnpaused(this.server, () => this.executeAtomic(session, commands));
    }
    return this.#pinned.takeAtomic(session, commands) ?? this.#runAtomic(session, commands);
  }

  #runAtomic(session: ClientSession, commands: readonly (readonly BinaryString[])[]): Done {
    const startedMs = this.server.clock.monotonicMs();
    return this.#finish(session, ["EXEC"], EXEC, startedMs, this.#runner.runQueued(session, commands, EXEC));
  }

  #hold(session: ClientSession, argv: readonly BinaryString[]): Outcome {
    return holdUntilUnpaused(this.server, () => this.execute(session, argv));
  }

  #run(session: ClientSession, argv: readonly BinaryString[], command: Command, startedMs: number): Outcome {
    const ran = this.#runner.run(session, argv, command);
    if (ran instanceof Blocked) return this.#blocked.block({ session, argv, command }, ran, startedMs);
    if (ran instanceof Waiting) return this.#suspend(session, argv, command, startedMs, ran);
    return this.#finish(session, argv, command, startedMs, ran);
  }

  #suspend(
    session: ClientSession,
    argv: readonly BinaryString[],
    command: Command,
    startedMs: number,
    waiting: Waiting,
  ): Outcome {
    return suspend(this.server, session, waiting, (reply) =>
      this.#finish(session, argv, command, startedMs, ranTo(reply, 0)),
    );
  }

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
    return this.#visible(session, ranTo(QUEUED, 0));
  }

  #refuse(
    session: ClientSession,
    argv: readonly BinaryString[],
    command: Command | null,
    refusal: ReplyError,
  ): Outcome {
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
    return this.#visible(session, ranTo(reply, 0));
  }

  #finish(session: ClientSession, argv: readonly BinaryString[], command: Command, startedMs: number, ran: Ran): Done {
    this.#runner.count(session, argv, command, startedMs, ran.reply);
    // CLIENT CACHING is for one command, or for one transaction.
    if (session.tracking !== null && session.transaction === null && command.fullName !== "client|caching") {
      session.tracking.isCachingSaid = false;
    }
    // What it changed, somebody may have waited for: they are next.
    if (this.#blocked.hasNews) this.#blocked.serve();
    const done = session.endsAfterReply ? { ...ran, close: true } : ran;
    return this.#visible(session, done);
  }

  /** What CLIENT REPLY lets through. Confirmations of subscriptions always come, as the messages do. */
  #visible(session: ClientSession, ran: Ran): Done {
    if (session.replyMode === "on" || ran.reply instanceof SeriesReply) return ran;
    if (session.replyMode !== "off") session.replyMode = session.replyMode === "skip" ? "on" : "skip";
    return { ...ran, reply: undefined };
  }

  #becameDurable(): void {
    // Replies first: who publishes to itself hears of it after the answer, as in Redis 7.2.
    for (const listener of this.#durableListeners) listener();
    this.server.announcements.release(this.durableLsn);
  }
}
