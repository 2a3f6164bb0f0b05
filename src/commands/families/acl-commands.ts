import type { BinaryString } from "../../base/bytes.ts";
import { randomHex } from "../../base/random.ts";
import { ReplyError } from "../../resp/reply-error.ts";
import { DoubleReply, MapReply, OK, type Reply } from "../../resp/reply.ts";
import { ACL_CATEGORIES, type AclCategory } from "../acl-category.ts";
import type { AclLogEntry } from "../acl/acl-log.ts";
import { commandNotFound, GENPASS_BITS, NO_ACL_FILE, unknownCategory, userNotFound } from "../acl/refusals.ts";
import type { CommandFlag, CommandInfo } from "../command-meta.ts";
import {
  defineContainer,
  defineSessionCommand,
  LOCAL_ONLY,
  type Command,
  type SessionDefinition,
} from "../define-command.ts";
import { noPermission, tooManyWords, wrongNumberOfArguments } from "../refusals.ts";
import { clampedIntegerWord, isWord } from "../words.ts";
import { ACL_FLAGS, deluser, getuser, list, resttoken, setuser, users } from "./acl-user-commands.ts";
import { defineHelp } from "./help-reply.ts";

/** ACL: who may do what. Subcommands that ask, and that have no part in the users' data. */

const ASKING: readonly CommandFlag[] = ["noscript", "loading", "stale"];

type Shape<Request> = Pick<
  SessionDefinition<Request>,
  "name" | "since" | "arity" | "syntax" | "summary" | "parse" | "run" | "flags"
>;

function defineAcl<Request>(shape: Shape<Request>): Command {
  return defineSessionCommand<Request>({ ...shape, group: "server", complexity: "O(N)", convergence: LOCAL_ONLY });
}

const cat = defineAcl({
  name: "ACL CAT",
  since: "6.0.0",
  arity: -2,
  flags: ASKING,
  syntax: "[category]",
  summary: "Answers the categories of commands, or the commands of one.",
  parse(args): AclCategory | null {
    if (args.length > 1) throw tooManyWords("cat", "ACL");
    if (args.length === 0) return null;
    const category = ACL_CATEGORIES.find((one) => one === args[0]!.toLowerCase());
    if (category === undefined) throw unknownCategory(args[0]!);
    return category;
  },
  run({ server }, category): Reply {
    if (category === null) return ACL_CATEGORIES;
    const all = [...server.commands.values()].flatMap((command) => [command, ...command.subcommands.values()]);
    return all.filter(({ acl: its }) => its.includes(category)).map(({ fullName }) => fullName);
  },
});

const whoami = defineAcl({
  name: "ACL WHOAMI",
  since: "6.0.0",
  arity: 2,
  flags: ASKING,
  syntax: "",
  summary: "Answers the name of this connection's user.",
  parse: () => null,
  run: ({ session }): Reply => session.user.name,
});

const BITS_DEFAULT = 256;
const BITS_MAX = 4096;

const genpass = defineAcl({
  name: "ACL GENPASS",
  since: "6.0.0",
  arity: -2,
  flags: ASKING,
  syntax: "[bits]",
  summary: "Answers a random password in hexadecimal.",
  parse(args) {
    if (args.length > 1) throw tooManyWords("genpass", "ACL");
    const bits = args[0] === undefined ? BITS_DEFAULT : clampedIntegerWord(args[0]);
    if (bits <= 0 || bits > BITS_MAX) throw GENPASS_BITS;
    return bits;
  },
  run: (_call, bits): Reply => randomHex(Math.ceil(bits / 8)).slice(0, Math.ceil(bits / 4)),
});

const LOG_ENTRIES_DEFAULT = 10;

const log = defineAcl({
  name: "ACL LOG",
  since: "6.0.0",
  arity: -2,
  flags: ACL_FLAGS,
  syntax: "[count | RESET]",
  summary: "Answers what was refused in this region of late, newest first; RESET forgets it.",
  parse(args): number | "reset" {
    if (args.length > 1) throw tooManyWords("log", "ACL");
    if (isWord(args[0], "RESET")) return "reset";
    return args[0] === undefined ? LOG_ENTRIES_DEFAULT : Math.max(0, clampedIntegerWord(args[0]));
  },
  run({ server }, request): Reply {
    if (request === "reset") {
      server.aclLog.reset();
      return OK;
    }
    const nowMs = server.clock.wallMs();
    return server.aclLog.newest(request).map((entry) => describeEntry(entry, nowMs));
  },
});

function describeEntry(entry: AclLogEntry, nowMs: number): Reply {
  return new MapReply([
    ["count", entry.count],
    ["reason", entry.reason],
    ["context", entry.context],
    ["object", entry.object],
    ["username", entry.user],
    ["age-seconds", new DoubleReply((nowMs - entry.updatedAtMs) / 1000)],
    ["client-info", entry.client],
    ["entry-id", entry.id],
    ["timestamp-created", entry.createdAtMs],
    ["timestamp-last-updated", entry.updatedAtMs],
  ]);
}

const dryrun = defineAcl({
  name: "ACL DRYRUN",
  since: "7.0.0",
  arity: -4,
  flags: ACL_FLAGS,
  syntax: "username command [argument ...]",
  summary: "Answers whether a user may run a command, without running it.",
  parse: (args) => ({ name: args[0]!, argv: args.slice(1) }),
  run({ server }, { name, argv }): Reply {
    const user = server.access.find(name);
    if (user === undefined) throw userNotFound(name);
    const command = find(server.commands, argv);
    if (command === undefined) throw commandNotFound(argv[0]!);
    const { arity, fullName } = command;
    if (arity >= 0 ? argv.length !== arity : argv.length < -arity) throw wrongNumberOfArguments(fullName);
    const denial = user.rules.denial(command, argv);
    if (denial === null) return OK;
    if (denial.reason === "command") return noPermission(name, fullName).text;
    return `User ${name} has no permissions to access the '${argv[denial.index]!}' ${denial.reason}`;
  },
});

function find(commands: ReadonlyMap<string, CommandInfo>, argv: readonly BinaryString[]): CommandInfo | undefined {
  const command = commands.get(argv[0]!.toLowerCase());
  if (command === undefined || command.subcommands.size === 0 || argv[1] === undefined) return command;
  return command.subcommands.get(argv[1].toLowerCase());
}

function defineFile(word: "LOAD" | "SAVE"): Command {
  return defineAcl({
    name: `ACL ${word}`,
    since: "6.0.0",
    arity: 2,
    flags: ACL_FLAGS,
    syntax: "",
    summary: "Refused: users are in the database, not in a file.",
    parse: () => null,
    run(): ReplyError {
      throw NO_ACL_FILE;
    },
  });
}

const SUBCOMMANDS = [
  setuser,
  deluser,
  getuser,
  list,
  users,
  resttoken,
  cat,
  whoami,
  genpass,
  log,
  dryrun,
  defineFile("LOAD"),
  defineFile("SAVE"),
];

export const acl = defineContainer({
  name: "ACL",
  group: "server",
  since: "6.0.0",
  summary: "Users, and what they may do.",
  complexity: "See its subcommands",
  subcommands: [...SUBCOMMANDS, defineHelp("ACL", "server", "6.0.0", SUBCOMMANDS)],
});
