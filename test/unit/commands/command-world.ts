import { systemClock } from "../../../src/base/clock.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { ClientSession, type ClientDoor, type ClientSessionInit } from "../../../src/commands/client-session.ts";
import { Dispatcher } from "../../../src/commands/dispatch.ts";
import type { Done, Outcome } from "../../../src/commands/executor.ts";
import type { NodeFacts, ServerParts } from "../../../src/commands/server-context.ts";
import type { Timers } from "../../../src/base/timers.ts";
import { KillSwitch } from "../../../src/scripting/kill-switch.ts";
import { LuaEngine } from "../../../src/scripting/script-engine.ts";
import { ReplyError } from "../../../src/resp/reply-error.ts";
import {
  BigNumberReply,
  BooleanReply,
  DoubleReply,
  MapReply,
  NullArrayReply,
  PushReply,
  SeriesReply,
  SetReply,
  Status,
  VerbatimReply,
  type Reply,
} from "../../../src/resp/reply.ts";
import { EngineRegion } from "../../support/engine-world.ts";

/** A dispatcher over one region's engine, with clocks and timers that move by hand. */
export class CommandWorld {
  readonly engine: EngineRegion;
  readonly timers = new ManualTimers();
  readonly dispatcher: Dispatcher;
  readonly first: ClientSession;
  #nextId = 1;
  #messages: (readonly [client: number, message: Plain])[] = [];

  constructor(parts: Partial<ServerParts> = {}, engine = new EngineRegion("us-east", ["us-east"])) {
    this.engine = engine;
    this.dispatcher = new Dispatcher({
      database: this.engine.keyspace,
      clock: this.engine.clock,
      random: seededRandom(7),
      timers: this.timers,
      logger: silentLogger,
      version: "0.1.0",
      facts: () => FACTS,
      scripting: new LuaEngine({
        clock: systemClock(),
        logger: silentLogger,
        killSwitch: new KillSwitch(),
        redisVersion: "7.2.5",
      }),
      ...parts,
    });
    this.first = this.connect();
  }

  connect(door: ClientDoor = "resp", rights: "all" | "read-only" = "all", authenticated?: boolean): ClientSession {
    const id = this.#nextId++;
    const init: ClientSessionInit = {
      id,
      door,
      address: `127.0.0.1:${5000 + id}`,
      localAddress: "127.0.0.1:6379",
      user: rights === "all" ? this.dispatcher.access.default : this.dispatcher.access.readOnly,
      authenticated: authenticated ?? true,
      connectedAtMs: this.engine.clock.wallMs(),
      push: (message) => this.#messages.push([id, plain(message)]),
      kill: () => this.killed.push(id),
    };
    const session = new ClientSession(init);
    if (door === "resp") this.dispatcher.connected(session);
    session.user = init.user;
    if (authenticated !== undefined) session.authenticated = authenticated;
    return session;
  }

  readonly killed: number[] = [];

  /** Out-of-band messages since the last call, each with the number of the client it went to. */
  messages(): readonly (readonly [client: number, message: Plain])[] {
    const messages = this.#messages;
    this.#messages = [];
    return messages;
  }

  /** Runs words separated by spaces, or a list of words, and answers the reply in plain form. */
  run(words: string | readonly string[], session: ClientSession = this.first): Plain {
    return plain(this.done(words, session).reply);
  }

  done(words: string | readonly string[], session: ClientSession = this.first): Done {
    const outcome = this.outcome(words, session);
    if (outcome.kind !== "done") throw new Error("it waits");
    return outcome;
  }

  outcome(words: string | readonly string[], session: ClientSession = this.first): Outcome {
    return this.dispatcher.execute(session, typeof words === "string" ? words.split(" ") : words);
  }

  /** Runs commands one after the other and compares each reply: `[words, reply, words, reply, …]`. */
  script(...steps: readonly (string | readonly string[] | Plain)[]): readonly (readonly [unknown, Plain, Plain])[] {
    const results: (readonly [unknown, Plain, Plain])[] = [];
    for (let index = 0; index < steps.length; index += 2) {
      const words = steps[index] as string;
      results.push([words, this.run(words), steps[index + 1]]);
    }
    return results;
  }

  advance(ms: number): void {
    this.engine.clock.advance(ms);
    this.timers.advance(ms);
  }
}

/** What `script` found must be what it expected: compare the two halves, which name the command. */
export function found(results: readonly (readonly [unknown, Plain, Plain])[]): unknown {
  return results.map(([words, got]) => [words, got]);
}

export function expected(results: readonly (readonly [unknown, Plain, Plain])[]): unknown {
  return results.map(([words, , want]) => [words, want]);
}

export class ManualTimers implements Timers {
  #nowMs = 0;
  #pending: { readonly atMs: number; readonly action: () => void }[] = [];

  after(ms: number, action: () => void): () => void {
    const entry = { atMs: this.#nowMs + ms, action };
    this.#pending.push(entry);
    return () => {
      this.#pending = this.#pending.filter((one) => one !== entry);
    };
  }

  advance(ms: number): void {
    this.#nowMs += ms;
    const due = this.#pending.filter((one) => one.atMs <= this.#nowMs);
    this.#pending = this.#pending.filter((one) => one.atMs > this.#nowMs);
    for (const { action } of due) action();
  }
}

const FACTS: NodeFacts = {
  region: "us-east",
  processId: 42,
  tcpPort: 6379,
  executable: "/usr/bin/node",
  configFile: "",
  residentBytes: 1_000_000,
  totalSystemBytes: 8_000_000,
  cpuSystemSeconds: 0.5,
  cpuUserSeconds: 1.5,
  peersConnected: 2,
  bytesReceived: 100,
  bytesSent: 200,
  extra: [["links", "ok"]],
};

export type Plain =
  | null
  | undefined
  | string
  | number
  | bigint
  | boolean
  | readonly Plain[]
  | { readonly map: readonly (readonly [Plain, Plain])[] }
  | { readonly set: readonly Plain[] }
  | { readonly double: number };

/** A reply as plain data: `+OK` a status, `-ERR …` an error, `null-array` RESP2's other null. */
export function plain(reply: Reply | undefined): Plain {
  if (reply === undefined || reply === null) return reply;
  if (reply instanceof Status) return `+${reply.text}`;
  if (reply instanceof ReplyError) return `-${reply.code} ${reply.text}`;
  if (reply instanceof MapReply) return { map: reply.pairs.map(([key, value]) => [plain(key), plain(value)] as const) };
  if (reply instanceof SetReply) return { set: reply.members.map(plain) };
  if (reply instanceof DoubleReply) return { double: reply.value };
  if (reply instanceof BooleanReply) return reply.value;
  if (reply instanceof BigNumberReply) return `(${reply.digits}`;
  if (reply instanceof VerbatimReply) return reply.text;
  if (reply instanceof NullArrayReply) return "null-array";
  if (reply instanceof PushReply) return reply.items.map(plain);
  if (reply instanceof SeriesReply) return reply.replies.map(plain);
  if (Array.isArray(reply)) return (reply as readonly Reply[]).map(plain);
  return reply as string | number | bigint;
}
