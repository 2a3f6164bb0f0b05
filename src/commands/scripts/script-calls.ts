import type { BinaryString } from "../../base/bytes.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import { ReplyError } from "../../resp/reply-error.ts";
import type { Reply } from "../../resp/reply.ts";
import { denialOf } from "../acl/access-check.ts";
import { ClientSession } from "../client-session.ts";
import type { CommandCall } from "../command-call.ts";
import { findKeys } from "../command-keys.ts";
import type { CommandLookup } from "../command-lookup.ts";
import type { Command } from "../define-command.ts";
import { homeOfCall } from "../pinned/home-tag.ts";
import { noPermission, NO_PERMISSION_CHANNEL, NO_PERMISSION_KEY } from "../refusals.ts";
import { PINNED_ELSEWHERE } from "../pinned/refusals.ts";
import type { ScriptCalls, ScriptFlag } from "../scripting-port.ts";
import type { WriteGate } from "../server-context.ts";
import type { ServerState } from "../server-state.ts";
import {
  NOT_IN_SCRIPT,
  READ_ONLY_SCRIPT,
  scriptsDenied,
  undeclaredKey,
  UNKNOWN_IN_SCRIPT,
  WORDS_IN_SCRIPT,
} from "./refusals.ts";

/** Runs one command in an open transaction, as EXEC does: what it throws is its reply. */
export type RunInside = (tx: Transaction, argv: readonly BinaryString[], command: Command, call: CommandCall) => Reply;

/** What calls from a script share with the node. */
export interface ScriptRoad {
  readonly server: ServerState;
  readonly lookup: CommandLookup;
  readonly writes: WriteGate;
  readonly runInside: RunInside;
}

/**
 * `redis.call` of one run: the same road as a client's commands, with Redis' gates for scripts in its order. A script is a client
 * of its own, with its caller's rights and database: SELECT in it is forgotten afterwards.
 */
export class RunCalls implements ScriptCalls {
  readonly #road: ScriptRoad;
  readonly #tx: Transaction;
  readonly #call: CommandCall;
  readonly #readOnly: boolean;
  /** Null: any key. */
  readonly #declared: ReadonlySet<BinaryString> | null;
  #resp: 2 | 3 = 2;
  #wrote = false;

  constructor(
    road: ScriptRoad,
    tx: Transaction,
    caller: ClientSession,
    rules: {
      readonly readOnly: boolean;
      readonly flags: ReadonlySet<ScriptFlag> | null;
      readonly keys: readonly BinaryString[];
    },
  ) {
    this.#road = road;
    this.#tx = tx;
    this.#readOnly = rules.readOnly || rules.flags?.has("no-writes") === true;
    this.#declared = rules.flags?.has("allow-key-locking") === true ? new Set(rules.keys) : null;
    this.#call = { session: sessionOf(caller), server: road.server, isAtomic: true };
  }

  get resp(): 2 | 3 {
    return this.#resp;
  }

  set resp(version: 2 | 3) {
    this.#resp = version;
    this.#call.session.protocol = version;
  }

  get wrote(): boolean {
    return this.#wrote;
  }

  call(argv: readonly BinaryString[]): Reply {
    const command = this.#road.lookup.resolve(argv, "resp");
    if (command instanceof ReplyError) {
      return command.text.startsWith("wrong number") ? WORDS_IN_SCRIPT : UNKNOWN_IN_SCRIPT;
    }
    if (command.kind === "container") return WORDS_IN_SCRIPT;
    const refusal = this.#refusal(command, argv);
    if (refusal !== null) return refusal;
    if (command.isWrite) this.#wrote = true;
    return this.#road.runInside(this.#tx, argv, command, this.#call);
  }

  mayRun(argv: readonly BinaryString[]): boolean | null {
    const command = this.#road.lookup.resolve(argv, "resp");
    if (command instanceof ReplyError) return command.text.startsWith("wrong number") ? true : null;
    const { user } = this.#call.session;
    return user.allowsAll || user.rules.denial(command, argv) === null;
  }

  /** A key of another region's: it would have had to be declared, then the script had gone there. */
  #pinnedElsewhere(command: Command, argv: readonly BinaryString[]): ReplyError | null {
    const home = homeOfCall(command, argv);
    if (home === null || home instanceof ReplyError) return home;
    const place = this.#call.server.homes.placeOf(home, this.#tx);
    if (place instanceof ReplyError) return place;
    if (place.kind !== "here") return PINNED_ELSEWHERE;
    this.#call.server.homes.isTouchedByScript = true;
    return null;
  }

  #refusal(command: Command, argv: readonly BinaryString[]): ReplyError | null {
    const { server, writes } = this.#road;
    const { session } = this.#call;
    if (command.flags.includes("noscript")) return NOT_IN_SCRIPT;
    const denial = denialOf(server, session, command, argv, "lua", this.#tx);
    if (denial?.reason === "key") return scriptsDenied(NO_PERMISSION_KEY.text);
    if (denial?.reason === "channel") return scriptsDenied(NO_PERMISSION_CHANNEL.text);
    if (denial !== null) return scriptsDenied(noPermission(session.user.name, command.fullName).text);
    const elsewhere = this.#pinnedElsewhere(command, argv);
    if (elsewhere !== null) return elsewhere;
    if (command.isWrite) {
      if (this.#readOnly) return READ_ONLY_SCRIPT;
      const full = writes.refusal(command.deniesOom);
      if (full !== null) return full;
    }
    if (this.#declared === null) return null;
    for (const { index } of findKeys(command, argv) ?? []) {
      if (!this.#declared.has(argv[index]!)) return undeclaredKey(argv[index]!);
    }
    return null;
  }
}

const nothing = (): void => {};

function sessionOf(caller: ClientSession): ClientSession {
  const session = new ClientSession({
    id: caller.id,
    door: "resp",
    address: caller.address,
    localAddress: caller.localAddress,
    user: caller.user,
    authenticated: true,
    connectedAtMs: caller.connectedAtMs,
    push: nothing,
    kill: nothing,
  });
  session.db = caller.db;
  session.name = caller.name;
  return session;
}
