import type { BinaryString } from "../../base/bytes.ts";
import { OK, type Reply } from "../../resp/reply.ts";
import { defineCommand, defineContainer, defineSessionCommand, LOCAL_ONLY } from "../define-command.ts";
import { NO_DEBUGGER, NOTHING_RUNS, SCRIPT_DEBUG_MODE, SCRIPT_FLUSH_MODE } from "../scripts/refusals.ts";
import { isWord } from "../words.ts";
import { defineHelp } from "./help-reply.ts";

/** SCRIPT: the scripts that EVALSHA finds. */

const load = defineCommand({
  name: "SCRIPT LOAD",
  group: "scripting",
  since: "2.6.0",
  arity: 3,
  flags: ["noscript", "stale"],
  syntax: "script",
  summary: "Keeps a script, in every region, until SCRIPT FLUSH; answers its SHA-1.",
  complexity: "O(N) in the length of the script",
  convergence: "H1: a field of a replicated hash, by its hash: the same script loaded twice is one.",
  parse: (args) => args[0]!,
  run: (tx, source, { server }) => server.scripts.load(tx, source),
});

const exists = defineCommand({
  name: "SCRIPT EXISTS",
  group: "scripting",
  since: "2.6.0",
  arity: -3,
  flags: ["noscript"],
  syntax: "sha1 [sha1 ...]",
  summary: "Answers for each hash whether its script is known.",
  complexity: "O(N) in the number of hashes",
  convergence: "Reads what this region has heard of.",
  parse: (args) => args,
  run: (tx, shas, { server }): Reply => shas.map((sha) => (server.scripts.has(tx, sha) ? 1 : 0)),
});

const flush = defineCommand({
  name: "SCRIPT FLUSH",
  group: "scripting",
  since: "2.6.0",
  arity: -2,
  flags: ["noscript"],
  syntax: "[ASYNC | SYNC]",
  summary: "Forgets all scripts, in every region.",
  complexity: "O(N) in the number of scripts",
  convergence: "H5: forgets what this region has seen; a script loaded elsewhere at the same time stays.",
  parse(args) {
    if (args.length > 1 || (args.length === 1 && !isFlushMode(args[0]!))) throw SCRIPT_FLUSH_MODE;
    return null;
  },
  run(tx, _request, { server }): Reply {
    server.scripts.flush(tx);
    return OK;
  },
});

const kill = defineSessionCommand({
  name: "SCRIPT KILL",
  group: "scripting",
  since: "2.6.0",
  arity: 2,
  flags: ["noscript", "allow_busy"],
  syntax: "",
  summary: "Ends the script that runs and has not written. One that runs for too long ends by itself.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse: () => null,
  // Scripts run on the thread that serves clients: when this is heard, none runs.
  run(): Reply {
    throw NOTHING_RUNS;
  },
});

const debug = defineSessionCommand({
  name: "SCRIPT DEBUG",
  group: "scripting",
  since: "3.2.0",
  arity: 3,
  flags: ["noscript"],
  syntax: "YES | SYNC | NO",
  summary: "Refused but for NO: there is no debugger.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse(args) {
    if (isWord(args[0], "NO")) return null;
    throw isWord(args[0], "YES") || isWord(args[0], "SYNC") ? NO_DEBUGGER : SCRIPT_DEBUG_MODE;
  },
  run: (): Reply => OK,
});

export function isFlushMode(word: BinaryString): boolean {
  return isWord(word, "ASYNC") || isWord(word, "SYNC");
}

const SUBCOMMANDS = [debug, exists, flush, kill, load];

export const script = defineContainer({
  name: "SCRIPT",
  group: "scripting",
  since: "2.6.0",
  summary: "Scripts known by their hash.",
  complexity: "See its subcommands",
  subcommands: [...SUBCOMMANDS, defineHelp("SCRIPT", "scripting", "5.0.0", SUBCOMMANDS)],
});
