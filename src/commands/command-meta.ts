import type { BinaryString } from "../base/bytes.ts";
import type { AclCategory } from "./acl-category.ts";
import type { ChannelSpec, KeySpec, KeyUse } from "./key-specs.ts";

/** Redis' groups, as COMMAND DOCS names them; `antipode` is ours. */
export const COMMAND_GROUPS = [
  "string",
  "bitmap",
  "hyperloglog",
  "hash",
  "list",
  "set",
  "sorted-set",
  "geo",
  "json",
  "stream",
  "generic",
  "pubsub",
  "scripting",
  "transactions",
  "connection",
  "server",
  "limit",
  "antipode",
] as const;
export type CommandGroup = (typeof COMMAND_GROUPS)[number];

/** Redis' flags, as COMMAND INFO names them. */
export type CommandFlag =
  | "write"
  | "readonly"
  | "denyoom"
  | "admin"
  | "pubsub"
  | "noscript"
  | "blocking"
  | "loading"
  | "stale"
  | "skip_monitor"
  | "skip_slowlog"
  | "fast"
  | "no_auth"
  | "no_multi"
  | "allow_busy"
  | "may_replicate"
  | "no_async_loading"
  /** A call without keys is legal though the command has key specifications (EVAL … 0). */
  | "no_mandatory_keys";

export interface CommandMeta {
  /** Upper case; a subcommand with its container: "CONFIG GET". */
  readonly name: string;
  readonly group: CommandGroup;
  /** The version of Redis that brought it; our own for `antipode`. */
  readonly since: string;
  /** Redis' convention: words with the name (and container); negative: at least as many. */
  readonly arity: number;
  readonly flags: readonly CommandFlag[];
  readonly keys?: KeySpec | readonly KeySpec[];
  /** The keys of a call, where `keys` cannot say it all (SORT … STORE, SET … GET). Null when the words make no sense. */
  readonly findKeys?: (argv: readonly BinaryString[]) => readonly KeyUse[] | null;
  readonly channels?: ChannelSpec;
  /** Categories beyond those that flags and group imply. */
  readonly categories?: readonly AclCategory[];
  /** Arguments as the documentation writes them. */
  readonly syntax: string;
  readonly summary: string;
  readonly complexity: string;
  /** What happens when two regions do it at once, with the ids of the rules. */
  readonly convergence: string;
  /** It changes or needs a connection's state: refused over REST. */
  readonly needsConnection?: boolean;
  /** Arity over REST, where that differs. */
  readonly restArity?: number;
}

/** A declared command as data, with what dispatch asks about on every call computed once. */
export interface CommandInfo extends CommandMeta {
  readonly kind: "data" | "session" | "container";
  /** Lower case, as error texts and COMMAND have it: `get`, `config|get`. */
  readonly fullName: string;
  readonly acl: readonly AclCategory[];
  readonly keySpecs: readonly KeySpec[];
  /** Words before the arguments: 1, or 2 for a subcommand. */
  readonly nameWords: 1 | 2;
  readonly isWrite: boolean;
  readonly isReadOnly: boolean;
  readonly deniesOom: boolean;
  readonly isAdmin: boolean;
  readonly runsUnauthenticated: boolean;
  readonly runsWhileLoading: boolean;
  /** By lower-case word. */
  readonly subcommands: ReadonlyMap<string, CommandInfo>;
}
