import type { BinaryString } from "../../base/bytes.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { Reply } from "../../resp/reply.ts";
import type { ClientSession } from "../client-session.ts";
import type { LibraryFunction } from "../scripting-port.ts";

/** What the commands of scripts and functions ask for. All of it happens in the caller's transaction, and throws refusals. */
export interface Scripts {
  /** EVAL: also makes the script known to EVALSHA, in every region. */
  evaluate(tx: Transaction, session: ClientSession, source: BinaryString, input: ScriptInput): Reply;
  evaluateSha(tx: Transaction, session: ClientSession, sha: string, input: ScriptInput): Reply;
  /** SCRIPT LOAD: the hash. */
  load(tx: Transaction, source: BinaryString): string;
  has(tx: Transaction, sha: string): boolean;
  flush(tx: Transaction): void;
  /** Scripts that EVALSHA finds. */
  count(tx: Transaction): number;
  /** FCALL: refused when there is no such function, before its input is looked at. */
  findFunction(tx: Transaction, session: ClientSession, name: string): FunctionCall;
  readonly functions: Functions;
  /** Bytes of the engine's memory. */
  readonly memoryBytes: number;
}

export interface ScriptInput {
  readonly keys: readonly BinaryString[];
  readonly args: readonly BinaryString[];
  /** EVAL_RO and its like: no command that writes. */
  readonly readOnly: boolean;
}

/** A function that was found, to be called with its input. */
export type FunctionCall = (input: ScriptInput) => Reply;

export interface Library {
  readonly name: string;
  readonly code: BinaryString;
  readonly functions: readonly LibraryFunction[];
}

export type RestorePolicy = "append" | "replace" | "flush";

export interface Functions {
  /** By name, in order. */
  all(tx: Transaction): readonly Library[];
  /** FUNCTION LOAD: the library's name. */
  load(tx: Transaction, code: BinaryString, replace: boolean): string;
  delete(tx: Transaction, name: string): void;
  flush(tx: Transaction): void;
  /** FUNCTION RESTORE. */
  restore(tx: Transaction, codes: readonly BinaryString[], policy: RestorePolicy): void;
}
