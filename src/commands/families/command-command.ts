import type { BinaryString } from "../../base/bytes.ts";
import { MapReply, SetReply, Status, type Reply } from "../../resp/reply.ts";
import { findKeys } from "../command-keys.ts";
import type { CommandInfo } from "../command-meta.ts";
import {
  type Command,
  defineContainer,
  defineSessionCommand,
  LOCAL_ONLY,
  type SessionDefinition,
} from "../define-command.ts";
import { Glob } from "../glob.ts";
import type { KeyUse } from "../key-specs.ts";
import { BAD_ARGUMENT_COUNT, BAD_KEY_ARGUMENTS, NO_KEY_ARGUMENTS, NO_SUCH_COMMAND, SYNTAX_ERROR } from "../refusals.ts";
import type { ServerState } from "../server-state.ts";
import { isWord } from "../words.ts";
import { describeCommand, documentCommand } from "./command-description.ts";
import { defineHelp } from "./help-reply.ts";

/** COMMAND: the command table, as clients and cluster libraries ask for it. */

type Shape<Request> = Pick<
  SessionDefinition<Request>,
  "name" | "since" | "arity" | "syntax" | "summary" | "parse" | "run"
>;

function defineSubcommand<Request>(shape: Shape<Request>): Command {
  return defineSessionCommand<Request>({
    ...shape,
    group: "server",
    categories: ["connection"],
    flags: ["loading", "stale"],
    complexity: "O(N) in the number of commands",
    convergence: LOCAL_ONLY,
  });
}

/** `get`, or `config|get`. */
function named(server: ServerState, name: BinaryString): CommandInfo | undefined {
  const [container, word] = name.toLowerCase().split("|");
  const command = server.commands.get(container!);
  return word === undefined ? command : command?.subcommands.get(word);
}

const count = defineSubcommand({
  name: "COMMAND COUNT",
  since: "2.8.13",
  arity: 2,
  syntax: "",
  summary: "Answers how many commands there are.",
  parse: () => null,
  run: ({ server }) => server.commands.size,
});

const info = defineSubcommand({
  name: "COMMAND INFO",
  since: "2.8.13",
  arity: -2,
  syntax: "[command-name ...]",
  summary: "Answers arity, flags, keys and categories of commands; null for one that does not exist.",
  parse: (args) => args,
  run({ server }, names): Reply {
    if (names.length === 0) return Array.from(server.commands.values(), describeCommand);
    return names.map((name) => {
      const command = named(server, name);
      return command === undefined ? null : describeCommand(command);
    });
  },
});

const docs = defineSubcommand({
  name: "COMMAND DOCS",
  since: "7.0.0",
  arity: -2,
  syntax: "[command-name ...]",
  summary: "Answers summary, group and complexity of commands.",
  parse: (args) => args,
  run({ server }, names) {
    const wanted = names.length === 0 ? server.commands.values() : names.map((name) => named(server, name));
    return new MapReply([...wanted].filter((command) => command !== undefined).map(documentCommand));
  },
});

/** The keys of a call, for GETKEYS and GETKEYSANDFLAGS. */
function keysOfCall(server: ServerState, argv: readonly BinaryString[]): readonly KeyUse[] {
  let command = server.commands.get(argv[0]!.toLowerCase());
  if (command !== undefined && command.subcommands.size > 0 && argv[1] !== undefined) {
    command = command.subcommands.get(argv[1].toLowerCase());
  }
  if (command === undefined) throw NO_SUCH_COMMAND;
  if (command.keySpecs.every((spec) => spec.flags?.includes("not_key") === true)) throw NO_KEY_ARGUMENTS;
  if (command.arity > 0 ? argv.length !== command.arity : argv.length < -command.arity) throw BAD_ARGUMENT_COUNT;
  const found = findKeys(command, argv) ?? [];
  if (found.length === 0 && !command.flags.includes("no_mandatory_keys")) throw BAD_KEY_ARGUMENTS;
  return found;
}

const getkeys = defineSubcommand({
  name: "COMMAND GETKEYS",
  since: "2.8.13",
  arity: -3,
  syntax: "command [argument ...]",
  summary: "Answers which words of a command are keys.",
  parse: (args) => args,
  run: ({ server }, argv): Reply => keysOfCall(server, argv).map(({ index }) => argv[index]!),
});

const getkeysandflags = defineSubcommand({
  name: "COMMAND GETKEYSANDFLAGS",
  since: "7.0.0",
  arity: -3,
  syntax: "command [argument ...]",
  summary: "Answers which words of a command are keys, and what it does to each.",
  parse: (args) => args,
  run: ({ server }, argv): Reply =>
    keysOfCall(server, argv).map(({ index, flags }) => [
      argv[index]!,
      new SetReply(flags.map((flag) => new Status(flag))),
    ]),
});

const list = defineSubcommand({
  name: "COMMAND LIST",
  since: "7.0.0",
  arity: -2,
  syntax: "[FILTERBY MODULE name | ACLCAT category | PATTERN pattern]",
  summary: "Lists the names of commands.",
  parse(args): (command: CommandInfo) => boolean {
    if (args.length === 0) return () => true;
    if (args.length !== 3 || !isWord(args[0], "FILTERBY")) throw SYNTAX_ERROR;
    const value = args[2]!;
    if (isWord(args[1], "MODULE")) return () => false;
    if (isWord(args[1], "ACLCAT")) return (command) => command.acl.some((category) => category === value.toLowerCase());
    if (!isWord(args[1], "PATTERN")) throw SYNTAX_ERROR;
    const pattern = new Glob(value, true);
    return (command) => pattern.matches(command.fullName);
  },
  run({ server }, filter): Reply {
    const all = [...server.commands.values()].flatMap((command) => [command, ...command.subcommands.values()]);
    // Without a filter Redis names only the commands themselves.
    return all.filter(filter).map((command) => command.fullName);
  },
});

const SUBCOMMANDS = [count, info, docs, getkeys, getkeysandflags, list];

const container = defineContainer({
  name: "COMMAND",
  group: "server",
  categories: ["connection"],
  since: "2.8.13",
  summary: "Describes all commands; with a subcommand, some of them.",
  complexity: "O(N) in the number of commands",
  subcommands: [...SUBCOMMANDS, defineHelp("COMMAND", "server", "5.0.0", SUBCOMMANDS, ["connection"])],
});

/** Alone among containers it also is a command: without a subcommand it answers what COMMAND INFO does. */
export const command: Command = {
  ...defineSessionCommand({
    ...container,
    arity: -1,
    flags: ["loading", "stale"],
    syntax: "[subcommand [argument ...]]",
    convergence: LOCAL_ONLY,
    parse: () => null,
    run: ({ server }): Reply => Array.from(server.commands.values(), describeCommand),
  }),
  subcommands: container.subcommands,
};
