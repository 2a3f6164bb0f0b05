import { ClientSession } from "../../../src/commands/client-session.ts";
import type { Done, Outcome } from "../../../src/commands/executor.ts";
import type { OriginId } from "../../../src/crdt/origin.ts";
import { ReplyError } from "../../../src/resp/reply-error.ts";
import type { Reply } from "../../../src/resp/reply.ts";
import type { Argv } from "./random-command.ts";
import type { SimulatedNode } from "./simulated-node.ts";

/** A batch's name. */
export interface NamedDot {
  readonly origin: OriginId;
  readonly sequence: number;
}

/** What became of a command. `dot`: the batch it made; null when it made none, or waited before it did. */
export type Answer =
  | { readonly kind: "reply"; readonly reply: Reply | undefined; readonly dot: NamedDot | null }
  | { readonly kind: "unknown"; readonly dot: NamedDot | null };

export type Listener = (answer: Answer) => void;

/** One client's connection: one command at a time. */
export interface Connection {
  readonly session: ClientSession;
  isBusy: boolean;
}

/**
 * The door of one process of a node, as the RESP server is: it holds a reply until the log is durable as far as the reply says, and
 * answers "unknown" when that will never be known.
 */
export class Door {
  readonly #node: SimulatedNode;
  #held: {
    readonly done: Done;
    readonly dot: NamedDot | null;
    readonly connection: Connection;
    readonly listener: Listener;
  }[] = [];
  readonly #suspended = new Map<Connection, Listener>();
  readonly #peeking: Connection;
  readonly #isHasty: boolean;
  #clients = 0;

  /** `isHasty`: it answers before the log is durable, so that the checkers have something to find. */
  constructor(node: SimulatedNode, isHasty = false) {
    this.#node = node;
    this.#isHasty = isHasty;
    this.#peeking = this.connect(0);
  }

  connect(db: number): Connection {
    const { dispatcher, clock } = this.#node;
    const session = new ClientSession({
      id: ++this.#clients,
      door: "resp",
      address: `10.0.0.1:${this.#clients}`,
      localAddress: "10.0.0.2:6379",
      user: dispatcher.access.default,
      authenticated: true,
      connectedAtMs: clock.wallMs(),
      push: () => {},
      kill: () => {},
    });
    dispatcher.connected(session);
    session.db = db;
    return { session, isBusy: false };
  }

  /** The client is gone. */
  disconnect({ session }: Connection): void {
    this.#node.dispatcher.disconnected(session);
  }

  send(connection: Connection, argv: Argv, listener: Listener): void {
    this.#run(connection, () => this.#node.dispatcher.execute(connection.session, argv), listener);
  }

  /** `told` hears of the batch at once, before anybody knows whether it will last. */
  sendTold(connection: Connection, argv: Argv, told: (dot: NamedDot) => void, listener: Listener): void {
    const { keyspace, dispatcher } = this.#node;
    const before = keyspace.lastSequence;
    const execute = (): Outcome => {
      const outcome = dispatcher.execute(connection.session, argv);
      if (keyspace.lastSequence > before) told({ origin: keyspace.incarnation, sequence: keyspace.lastSequence });
      return outcome;
    };
    this.#run(connection, execute, listener);
  }

  /** What a command answers, whether or not it may be shown already. */
  peek(argv: Argv, db: number): Reply | undefined {
    const { session } = this.#peeking;
    session.db = db;
    const outcome = this.#node.dispatcher.execute(session, argv);
    if (outcome.kind === "done") return outcome.reply;
    outcome.cancel();
    return undefined;
  }

  /** All in one transaction. */
  sendAtomic(connection: Connection, commands: readonly Argv[], listener: Listener): void {
    this.#run(connection, () => this.#node.dispatcher.executeAtomic(connection.session, commands), listener);
  }

  /** The log is durable further. */
  released(): void {
    const { durableLsn } = this.#node.dispatcher;
    const ready = this.#held.filter(({ done }) => done.lsn <= durableLsn);
    this.#held = this.#held.filter(({ done }) => done.lsn > durableLsn);
    for (const { done, dot, connection, listener } of ready) {
      connection.isBusy = false;
      // Both of them say that nobody knows.
      if (done.recheck?.() instanceof ReplyError) listener({ kind: "unknown", dot });
      else listener({ kind: "reply", reply: done.reply, dot });
    }
  }

  /** What waits will never know. */
  unknown(): void {
    const held = this.#held;
    const suspended = [...this.#suspended];
    this.#held = [];
    this.#suspended.clear();
    for (const { dot, connection, listener } of held) {
      connection.isBusy = false;
      listener({ kind: "unknown", dot });
    }
    for (const [connection, listener] of suspended) {
      connection.isBusy = false;
      listener({ kind: "unknown", dot: null });
    }
  }

  #run(connection: Connection, execute: () => Outcome, listener: Listener): void {
    const { keyspace } = this.#node;
    const before = keyspace.lastSequence;
    connection.isBusy = true;
    const outcome = execute();
    const wrote = keyspace.lastSequence > before;
    const dot = wrote ? { origin: keyspace.incarnation, sequence: keyspace.lastSequence } : null;
    if (outcome.kind === "done") {
      this.#hold(outcome, dot, connection, listener);
      return;
    }
    this.#suspended.set(connection, listener);
    void outcome.done.then((done) => {
      // A door that closed has answered already.
      if (this.#suspended.delete(connection)) this.#hold(done, null, connection, listener);
    });
  }

  #hold(done: Done, dot: NamedDot | null, connection: Connection, listener: Listener): void {
    if (this.#isHasty || done.lsn <= this.#node.dispatcher.durableLsn) {
      connection.isBusy = false;
      listener({ kind: "reply", reply: done.reply, dot });
    } else this.#held.push({ done, dot, connection, listener });
  }
}
