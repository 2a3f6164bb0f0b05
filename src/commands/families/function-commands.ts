import type { BinaryString } from "../../base/bytes.ts";
import { MapReply, OK, SetReply, Status, type Reply } from "../../resp/reply.ts";
import { defineCommand, defineContainer, defineSessionCommand, LOCAL_ONLY } from "../define-command.ts";
import { Glob } from "../glob.ts";
import { tooManyWords } from "../refusals.ts";
import { SCRIPT_FLAGS } from "../scripting-port.ts";
import { decodeLibraries, encodeLibraries } from "../scripts/function-payload.ts";
import {
  badShebang,
  FUNCTION_FLUSH_MODE,
  NO_LIBRARY_NAME_WORD,
  NOTHING_RUNS,
  RESTORE_POLICY,
} from "../scripts/refusals.ts";
import { BAD_PAYLOAD } from "../rdb/refusals.ts";
import type { Library } from "../scripts/scripts.ts";
import { isWord } from "../words.ts";
import { defineHelp } from "./help-reply.ts";
import { isFlushMode } from "./script-commands.ts";

/** FUNCTION: libraries of functions, data of the database like any other. */

const LIBRARIES_CONVERGE =
  "H1, H3: a library is a field of a replicated hash. One name loaded twice at once: the later load, whole. One function name in two libraries: that of the library whose name comes first, everywhere.";

const load = defineCommand({
  name: "FUNCTION LOAD",
  group: "scripting",
  since: "7.0.0",
  arity: -3,
  flags: ["write", "denyoom", "noscript"],
  syntax: "[REPLACE] function-code",
  summary: "Loads a library, in every region; answers its name.",
  complexity: "O(N) in the length of the code",
  convergence: LIBRARIES_CONVERGE,
  parse(args) {
    const code = args.at(-1)!;
    for (const word of args.slice(0, -1)) {
      if (!isWord(word, "REPLACE")) throw badShebang(`Unknown option given: ${word}`);
    }
    return { code, replace: args.length > 1 };
  },
  run: (tx, { code, replace }, { server }) => server.scripts.functions.load(tx, code, replace),
});

const list = defineCommand({
  name: "FUNCTION LIST",
  group: "scripting",
  since: "7.0.0",
  arity: -2,
  flags: ["noscript"],
  syntax: "[LIBRARYNAME library-name-pattern] [WITHCODE]",
  summary: "Answers the loaded libraries with their functions.",
  complexity: "O(N) in the number of functions",
  convergence: "Reads what this region has heard of.",
  parse(args) {
    let pattern: BinaryString | null = null;
    let withCode = false;
    for (let index = 0; index < args.length; index++) {
      if (!withCode && isWord(args[index], "WITHCODE")) {
        withCode = true;
      } else if (pattern === null && isWord(args[index], "LIBRARYNAME")) {
        pattern = args[++index] ?? null;
        if (pattern === null) throw NO_LIBRARY_NAME_WORD;
      } else {
        throw badShebang(`Unknown argument ${args[index]!}`);
      }
    }
    return { pattern, withCode };
  },
  run(tx, { pattern, withCode }, { server }): Reply {
    const glob = pattern === null ? null : new Glob(pattern);
    const libraries = server.scripts.functions.all(tx).filter(({ name }) => glob === null || glob.matches(name));
    return libraries.map((library) => describe(library, withCode));
  },
});

function describe({ name, code, functions }: Library, withCode: boolean): Reply {
  const pairs: [string, Reply][] = [
    ["library_name", name],
    ["engine", "LUA"],
    [
      "functions",
      functions.map(
        (one) =>
          new MapReply([
            ["name", one.name],
            ["description", one.description],
            ["flags", new SetReply(SCRIPT_FLAGS.filter((flag) => one.flags.has(flag)).map((flag) => new Status(flag)))],
          ]),
      ),
    ],
  ];
  if (withCode) pairs.push(["library_code", code]);
  return new MapReply(pairs);
}

const remove = defineCommand({
  name: "FUNCTION DELETE",
  group: "scripting",
  since: "7.0.0",
  arity: 3,
  flags: ["write", "noscript"],
  syntax: "library-name",
  summary: "Deletes a library with its functions.",
  complexity: "O(1)",
  convergence: "H2: a load that this delete has not seen survives it.",
  parse: (args) => args[0]!,
  run(tx, name, { server }): Reply {
    server.scripts.functions.delete(tx, name);
    return OK;
  },
});

const flush = defineCommand({
  name: "FUNCTION FLUSH",
  group: "scripting",
  since: "7.0.0",
  arity: -2,
  flags: ["write", "noscript"],
  syntax: "[ASYNC | SYNC]",
  summary: "Deletes all libraries.",
  complexity: "O(N) in the number of libraries",
  convergence: "H5: a library loaded elsewhere at the same time stays.",
  parse(args) {
    if (args.length > 1) throw tooManyWords("flush", "FUNCTION");
    if (args.length === 1 && !isFlushMode(args[0]!)) throw FUNCTION_FLUSH_MODE;
    return null;
  },
  run(tx, _request, { server }): Reply {
    server.scripts.functions.flush(tx);
    return OK;
  },
});

const dump = defineCommand({
  name: "FUNCTION DUMP",
  group: "scripting",
  since: "7.0.0",
  arity: 2,
  flags: ["noscript"],
  syntax: "",
  summary: "Answers all libraries in one payload, in Redis' format.",
  complexity: "O(N) in the length of all code",
  convergence: "Reads what this region has heard of.",
  parse: () => null,
  run: (tx, _request, { server }) => encodeLibraries(server.scripts.functions.all(tx).map(({ code }) => code)),
});

const POLICIES = ["append", "replace", "flush"] as const;

const restore = defineCommand({
  name: "FUNCTION RESTORE",
  group: "scripting",
  since: "7.0.0",
  arity: -3,
  flags: ["write", "denyoom", "noscript"],
  syntax: "serialized-value [FLUSH | APPEND | REPLACE]",
  summary: "Loads the libraries of a payload: all of them or none.",
  complexity: "O(N) in the length of the payload",
  convergence: LIBRARIES_CONVERGE,
  parse(args) {
    if (args.length > 2) throw tooManyWords("restore", "FUNCTION");
    const policy = POLICIES.find((one) => one === (args[1] ?? "append").toLowerCase());
    if (policy === undefined) throw RESTORE_POLICY;
    const codes = decodeLibraries(args[0]!);
    if (codes === null) throw BAD_PAYLOAD;
    return { codes, policy };
  },
  run(tx, { codes, policy }, { server }): Reply {
    server.scripts.functions.restore(tx, codes, policy);
    return OK;
  },
});

const stats = defineCommand({
  name: "FUNCTION STATS",
  group: "scripting",
  since: "7.0.0",
  arity: 2,
  flags: ["noscript", "allow_busy"],
  syntax: "",
  summary: "Answers how many libraries and functions there are; no function runs while this is answered.",
  complexity: "O(N) in the number of libraries",
  convergence: "Reads what this region has heard of.",
  parse: () => null,
  run(tx, _request, { server }): Reply {
    const libraries = server.scripts.functions.all(tx);
    const count = libraries.reduce((sum, { functions }) => sum + functions.length, 0);
    const engine = new MapReply([
      ["libraries_count", libraries.length],
      ["functions_count", count],
    ]);
    return new MapReply([
      ["running_script", null],
      ["engines", new MapReply([["LUA", engine]])],
    ]);
  },
});

const kill = defineSessionCommand({
  name: "FUNCTION KILL",
  group: "scripting",
  since: "7.0.0",
  arity: 2,
  flags: ["noscript", "allow_busy"],
  syntax: "",
  summary: "Ends the function that runs and has not written. One that runs for too long ends by itself.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse: () => null,
  run(): Reply {
    throw NOTHING_RUNS;
  },
});

const SUBCOMMANDS = [remove, dump, flush, kill, list, load, restore, stats];

export const functions = defineContainer({
  name: "FUNCTION",
  group: "scripting",
  since: "7.0.0",
  summary: "Libraries of functions.",
  complexity: "See its subcommands",
  subcommands: [...SUBCOMMANDS, defineHelp("FUNCTION", "scripting", "7.0.0", SUBCOMMANDS)],
});
