import type { BinaryString } from "../base/bytes.ts";
import type { Transaction } from "../keyspace/transaction-port.ts";
import type { Reply } from "../resp/reply.ts";
import { aclCategoriesOf } from "./acl-categories.ts";
import type { CommandCall } from "./command-call.ts";
import { keySpecsOf } from "./command-keys.ts";
import type { CommandFlag, CommandInfo, CommandMeta } from "./command-meta.ts";
import type { KeyWait } from "./key-wait.ts";
import type { Settled, Waiting } from "./session-reply.ts";

/**
 * A command is declared, not written: name, rights, keys and documentation as data, then `parse` (words to a request; throws
 * refusals; reads and changes nothing) and `run` (request to reply, synchronously, inside one transaction). The declaration
 * serves dispatch, COMMAND, rights, key extraction and the documentation.
 *
 * Three kinds. A *data* command runs in a transaction; it may answer that it waits for keys (KeyWait). A *session* command needs its client or the node, and no data. A
 * *container* (CONFIG, OBJECT …) only holds subcommands.
 */

export interface DataDefinition<Request> extends CommandMeta {
  readonly parse: (args: readonly BinaryString[]) => Request;
  readonly run: (transaction: Transaction, request: Request, call: CommandCall) => Reply | KeyWait;
}

export interface SessionDefinition<Request> extends CommandMeta {
  readonly parse: (args: readonly BinaryString[]) => Request;
  readonly run: (call: CommandCall, request: Request) => Reply | Settled | Waiting;
}

export interface ContainerDefinition extends Omit<CommandMeta, "arity" | "flags" | "syntax" | "convergence" | "keys"> {
  readonly subcommands: readonly Command[];
  /** Redis shows some on containers too; what is asked of a call is what its subcommand says. */
  readonly flags?: readonly CommandFlag[];
}

/** A declared command, ready to be run. */
export interface Command extends CommandInfo {
  readonly parse: (args: readonly BinaryString[]) => unknown;
  readonly runData: ((transaction: Transaction, request: unknown, call: CommandCall) => Reply | KeyWait) | null;
  readonly runSession: ((call: CommandCall, request: unknown) => Reply | Settled | Waiting) | null;
  readonly subcommands: ReadonlyMap<string, Command>;
}

const NO_SUBCOMMANDS: ReadonlyMap<string, Command> = new Map();

export function defineCommand<Request>(definition: DataDefinition<Request>): Command {
  const { parse, run, ...meta } = definition;
  return {
    ...computed(meta),
    kind: "data",
    parse,
    runData: run as (transaction: Transaction, request: unknown, call: CommandCall) => Reply | KeyWait,
    runSession: null,
    subcommands: NO_SUBCOMMANDS,
  };
}

export function defineSessionCommand<Request>(definition: SessionDefinition<Request>): Command {
  const { parse, run, ...meta } = definition;
  return {
    ...computed(meta),
    kind: "session",
    parse,
    runData: null,
    runSession: run as (call: CommandCall, request: unknown) => Reply | Settled | Waiting,
    subcommands: NO_SUBCOMMANDS,
  };
}

export function defineContainer(definition: ContainerDefinition): Command {
  const { subcommands, ...rest } = definition;
  const meta: CommandMeta = {
    ...rest,
    arity: -2,
    flags: rest.flags ?? [],
    syntax: "subcommand [argument ...]",
    convergence: "See its subcommands.",
  };
  return {
    ...computed(meta),
    // As in Redis: a container belongs to no group, its subcommands do.
    acl: aclCategoriesOf({ ...meta, group: "server" }),
    kind: "container",
    parse: () => null,
    runData: null,
    runSession: null,
    subcommands: new Map(subcommands.map((one) => [one.name.split(" ")[1]!.toLowerCase(), one])),
  };
}

type Computed = Omit<Command, "kind" | "parse" | "runData" | "runSession" | "subcommands">;

function computed(meta: CommandMeta): Computed {
  const has = (flag: CommandFlag): boolean => meta.flags.includes(flag);
  return {
    ...meta,
    fullName: meta.name.toLowerCase().replace(" ", "|"),
    acl: aclCategoriesOf(meta),
    keySpecs: keySpecsOf(meta),
    nameWords: meta.name.includes(" ") ? 2 : 1,
    isWrite: has("write"),
    isReadOnly: has("readonly"),
    deniesOom: has("denyoom"),
    isAdmin: has("admin"),
    runsUnauthenticated: has("no_auth"),
    runsWhileLoading: has("loading"),
  };
}

/** Sentences that many commands share. */
export const READS_LOCALLY = "Reads what is visible in this region; expired keys are absent and nothing is sent (E7).";
export const LOCAL_ONLY = "Local to this region or connection; changes no data.";
