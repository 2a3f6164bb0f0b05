import { DoubleReply, MapReply, OK, VerbatimReply, type Reply } from "../../resp/reply.ts";
import { defineCommand, defineContainer, defineSessionCommand, LOCAL_ONLY, READS_LOCALLY } from "../define-command.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { clampedIntegerWord, isWord } from "../words.ts";
import { defineHelp } from "./help-reply.ts";

/** MEMORY: memory is a cache here; what is counted are the entries that are in it. */

const usage = defineCommand({
  name: "MEMORY USAGE",
  group: "server",
  since: "4.0.0",
  arity: -3,
  flags: ["readonly"],
  keys: { first: 2, last: 2, step: 1, flags: ["RO"] },
  syntax: "key [SAMPLES count]",
  summary: "Answers about how many bytes a key takes in memory.",
  complexity: "O(1)",
  convergence: READS_LOCALLY,
  parse(args) {
    for (let index = 1; index < args.length; index += 2) {
      if (!isWord(args[index], "SAMPLES") || args[index + 1] === undefined) throw SYNTAX_ERROR;
      if (clampedIntegerWord(args[index + 1]!) < 0) throw SYNTAX_ERROR;
    }
    return args[0]!;
  },
  run: (tx, key) => tx.memoryOf(key),
});

const doctor = defineSessionCommand({
  name: "MEMORY DOCTOR",
  group: "server",
  since: "4.0.0",
  arity: 2,
  flags: [],
  syntax: "",
  summary: "Answers how memory stands, in a sentence.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse: () => null,
  run({ server }) {
    const { memoryUsedBytes, memoryMaxBytes, residentKeys } = server.database.statistics();
    const limit = memoryMaxBytes === 0 ? "no limit" : `a limit of ${memoryMaxBytes} bytes`;
    const text = `${residentKeys} keys are in memory, ${memoryUsedBytes} bytes, with ${limit}. Keys that are not are read from disk.`;
    return new VerbatimReply("txt", text);
  },
});

const stats = defineSessionCommand({
  name: "MEMORY STATS",
  group: "server",
  since: "4.0.0",
  arity: 2,
  flags: [],
  syntax: "",
  summary: "Answers memory figures as a map.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse: () => null,
  run({ server }) {
    const { memoryUsedBytes, residentKeys } = server.database.statistics();
    const { residentBytes } = server.facts();
    return new MapReply([
      ["peak.allocated", memoryUsedBytes],
      ["total.allocated", memoryUsedBytes],
      ["startup.allocated", 0],
      ["keys.count", residentKeys],
      ["keys.bytes-per-key", residentKeys === 0 ? 0 : Math.floor(memoryUsedBytes / residentKeys)],
      ["dataset.bytes", memoryUsedBytes],
      ["dataset.percentage", new DoubleReply(100)],
      ["peak.percentage", new DoubleReply(100)],
      ["allocator.resident", residentBytes],
      ["fragmentation", new DoubleReply(memoryUsedBytes === 0 ? 1 : residentBytes / memoryUsedBytes)],
    ]);
  },
});

const purge = defineSessionCommand({
  name: "MEMORY PURGE",
  group: "server",
  since: "4.0.0",
  arity: 2,
  flags: [],
  syntax: "",
  summary: "Answers OK: memory is given back without being asked.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse: () => null,
  run: (): Reply => OK,
});

const SUBCOMMANDS = [usage, doctor, stats, purge];

export const memory = defineContainer({
  name: "MEMORY",
  group: "server",
  since: "4.0.0",
  summary: "How much memory is used.",
  complexity: "See its subcommands",
  subcommands: [...SUBCOMMANDS, defineHelp("MEMORY", "server", "4.0.0", SUBCOMMANDS)],
});
