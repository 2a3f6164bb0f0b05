import type { BinaryString } from "../base/bytes.ts";
import type { Reply } from "../resp/reply.ts";

/** What the command room asks of the scripting room, and what it gives: all that the two know of each other. */

/** Redis' flags in their order, and Upstash's own. */
export const SCRIPT_FLAGS = [
  "no-writes",
  "allow-oom",
  "allow-stale",
  "no-cluster",
  "allow-cross-slot-keys",
  "allow-key-locking",
] as const;
export type ScriptFlag = (typeof SCRIPT_FLAGS)[number];

/** A script to run. The engine compiles each once, and again where it had to forget it. */
export interface Script {
  /** SHA-1 of the whole source in lower-case hex: its identity. */
  readonly sha: string;
  /** Lua, without the shebang line (whose line end stays, so that lines keep their numbers). */
  readonly body: BinaryString;
}

/** A library of functions: what FUNCTION LOAD is given, taken apart. */
export interface LibrarySource {
  readonly name: string;
  readonly body: BinaryString;
}

export interface LibraryFunction {
  readonly name: string;
  readonly description: BinaryString | null;
  readonly flags: ReadonlySet<ScriptFlag>;
}

/** What a running script may do to the world. */
export interface ScriptCalls {
  /** `redis.call`: runs a command inside the script's transaction. Refusals are error replies; nothing is thrown. */
  call(argv: readonly BinaryString[]): Reply;
  /** `redis.acl_check_cmd`; null when there is no such command. */
  mayRun(argv: readonly BinaryString[]): boolean | null;
  /** What `redis.setresp` set; 2 at first. */
  resp: 2 | 3;
  /** A command of this run has written. */
  readonly wrote: boolean;
}

export interface ScriptInvocation {
  readonly keys: readonly BinaryString[];
  readonly args: readonly BinaryString[];
  readonly calls: ScriptCalls;
  /** Milliseconds after which a run that has not written is ended; 0: never. */
  readonly busyMs: number;
}

export interface ScriptEngine {
  /** Compiles. Throws ReplyError with Redis' text. */
  compile(script: Script): void;
  /** Runs a script to its end: its reply, or the error reply it came to. */
  evaluate(script: Script, invocation: ScriptInvocation): Reply;
  /** Loads a library and answers what it registered. Throws ReplyError. */
  loadLibrary(library: LibrarySource): readonly LibraryFunction[];
  /** FCALL: as `evaluate`. The library is loaded when it is not. */
  callFunction(library: LibrarySource, name: string, invocation: ScriptInvocation): Reply;
  /** Lets go of everything compiled. */
  forget(): void;
  /** Bytes of the engine's memory. */
  readonly memoryBytes: number;
}
