import type { BinaryString } from "../../base/bytes.ts";
import type { Database } from "../../keyspace/database-port.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { Reply } from "../../resp/reply.ts";
import type { ClientSession } from "../client-session.ts";
import type { ScriptEngine, ScriptFlag, ScriptInvocation } from "../scripting-port.ts";
import { FunctionRegistry } from "./function-registry.ts";
import { FUNCTION_NOT_FOUND, NO_SCRIPT, WRITES_IN_RO } from "./refusals.ts";
import { RunCalls, type ScriptRoad } from "./script-calls.ts";
import type { ParsedScript } from "./script-source.ts";
import { ScriptStore } from "./script-store.ts";
import type { FunctionCall, ScriptInput, Scripts } from "./scripts.ts";

/** Scripts and functions of one node: where they are kept, what they may do, and the engine that runs them. */
export class ScriptHost implements Scripts {
  readonly functions: FunctionRegistry;
  readonly #engine: ScriptEngine;
  readonly #road: ScriptRoad;
  readonly #store = new ScriptStore();

  constructor(engine: ScriptEngine, road: ScriptRoad) {
    this.#engine = engine;
    this.#road = road;
    this.functions = new FunctionRegistry(engine, road.server.logger, road.server.database);
  }

  serve(database: Database): void {
    this.functions.serve(database);
  }

  get memoryBytes(): number {
    return this.#engine.memoryBytes;
  }

  evaluate(tx: Transaction, session: ClientSession, source: BinaryString, input: ScriptInput): Reply {
    const script = this.#store.parse(source);
    if (!this.#store.has(tx, script.sha)) {
      this.#engine.compile(script);
      // A full disk keeps no new scripts: EVAL still runs them.
      if (this.#road.writes.refusal(true) === null) this.#store.remember(tx, script);
    }
    return this.#run(tx, session, script, input);
  }

  evaluateSha(tx: Transaction, session: ClientSession, sha: string, input: ScriptInput): Reply {
    const script = this.#store.find(tx, sha.length === 40 ? sha.toLowerCase() : sha);
    if (script === null) throw NO_SCRIPT;
    return this.#run(tx, session, script, input);
  }

  load(tx: Transaction, source: BinaryString): string {
    const script = this.#store.parse(source);
    this.#engine.compile(script);
    this.#store.load(tx, script);
    return script.sha;
  }

  has(tx: Transaction, sha: string): boolean {
    return this.#store.has(tx, sha.toLowerCase());
  }

  count(tx: Transaction): number {
    return this.#store.count(tx);
  }

  flush(tx: Transaction): void {
    this.#store.flush(tx);
    this.#engine.forget();
  }

  findFunction(tx: Transaction, session: ClientSession, name: string): FunctionCall {
    const found = this.functions.find(tx, name);
    if (found === null) throw FUNCTION_NOT_FOUND;
    const { source, about } = found;
    return (input) => {
      // Over REST any function may be called read-only, and its writes alone are refused.
      if (session.door !== "rest") checkReadOnly(about.flags, input);
      return this.#engine.callFunction(source, about.name, this.#invocation(tx, session, about.flags, input));
    };
  }

  #run(tx: Transaction, session: ClientSession, script: ParsedScript, input: ScriptInput): Reply {
    if (script.flags !== null) checkReadOnly(script.flags, input);
    return this.#engine.evaluate(script, this.#invocation(tx, session, script.flags, input));
  }

  #invocation(
    tx: Transaction,
    session: ClientSession,
    flags: ReadonlySet<ScriptFlag> | null,
    { keys, args, readOnly }: ScriptInput,
  ): ScriptInvocation {
    return {
      keys,
      args,
      calls: new RunCalls(this.#road, tx, session, { readOnly, flags, keys }),
      busyMs: this.#road.server.config.number("busy-reply-threshold"),
    };
  }
}

function checkReadOnly(flags: ReadonlySet<ScriptFlag>, { readOnly }: ScriptInput): void {
  if (readOnly && !flags.has("no-writes")) throw WRITES_IN_RO;
}
