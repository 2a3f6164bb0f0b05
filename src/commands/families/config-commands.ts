import { MapReply, OK, type Reply } from "../../resp/reply.ts";
import { defineContainer, defineSessionCommand, LOCAL_ONLY } from "../define-command.ts";
import { Glob } from "../glob.ts";
import { NO_CONFIG_FILE, SYNTAX_ERROR } from "../refusals.ts";
import { defineHelp } from "./help-reply.ts";

/** CONFIG: settings of this region while it runs. They are not written to a file. */

const get = defineSessionCommand({
  name: "CONFIG GET",
  group: "server",
  since: "2.0.0",
  arity: -3,
  flags: ["admin", "noscript", "loading", "stale"],
  syntax: "pattern [pattern ...]",
  summary: "Answers the settings whose names match a glob pattern.",
  complexity: "O(N) in the number of settings",
  convergence: LOCAL_ONLY,
  parse: (args) => args.map((pattern) => new Glob(pattern, true)),
  run: ({ server }, patterns) => new MapReply(server.config.matching(patterns)),
});

const set = defineSessionCommand({
  name: "CONFIG SET",
  group: "server",
  since: "2.0.0",
  arity: -4,
  flags: ["admin", "noscript", "loading", "stale"],
  syntax: "name value [name value ...]",
  summary: "Changes settings until the next start: all of those given, or none.",
  complexity: "O(N) in the number of settings given",
  convergence: LOCAL_ONLY,
  parse(args) {
    const pairs: [string, string][] = [];
    for (let index = 0; index + 1 < args.length; index += 2) pairs.push([args[index]!, args[index + 1]!]);
    if (args.length % 2 !== 0) throw SYNTAX_ERROR;
    return pairs;
  },
  run({ server }, pairs): Reply {
    server.config.set(pairs);
    return OK;
  },
});

const resetstat = defineSessionCommand({
  name: "CONFIG RESETSTAT",
  group: "server",
  since: "2.0.0",
  arity: 2,
  flags: ["admin", "noscript", "loading", "stale"],
  syntax: "",
  summary: "Sets the counts that INFO shows back to zero.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse: () => null,
  run({ server }): Reply {
    server.statistics.reset();
    server.clients.accepted = 0;
    server.clients.rejected = 0;
    return OK;
  },
});

const rewrite = defineSessionCommand({
  name: "CONFIG REWRITE",
  group: "server",
  since: "2.8.0",
  arity: 2,
  flags: ["admin", "noscript", "loading", "stale"],
  syntax: "",
  summary: "Refused: settings are flags of the program, and what CONFIG SET changes holds until the next start.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse: () => null,
  run(): Reply {
    throw NO_CONFIG_FILE;
  },
});

const SUBCOMMANDS = [get, set, resetstat, rewrite];

export const config = defineContainer({
  name: "CONFIG",
  group: "server",
  since: "2.0.0",
  summary: "Settings of this region.",
  complexity: "See its subcommands",
  subcommands: [...SUBCOMMANDS, defineHelp("CONFIG", "server", "5.0.0", SUBCOMMANDS)],
});
