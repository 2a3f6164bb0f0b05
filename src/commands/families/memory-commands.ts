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
    const { memoryUsedBytes, residentKeys, keys } = server.database.statistics();
    const { residentBytes } = server.facts();
    const peakBytes = server.peakMemory(memoryUsedBytes);
    const ratio = new DoubleReply(memoryUsedBytes === 0 ? 1 : residentBytes / memoryUsedBytes);
    const none = (...names: readonly string[]): [string, Reply][] => names.map((name) => [name, 0]);
    const databases = [...keys.entries()].filter(([, count]) => count > 0);
    const noOverhead = new MapReply(none("overhead.hashtable.main", "overhead.hashtable.expires"));
    return new MapReply([
      ["peak.allocated", peakBytes],
      ["total.allocated", memoryUsedBytes],
      ...none("startup.allocated", "replication.backlog", "clients.slaves", "clients.normal", "cluster.links"),
      ...none("aof.buffer", "lua.caches", "functions.caches"),
      ...databases.map(([db]): [string, Reply] => [`db.${db}`, noOverhead]),
      ["overhead.total", 0],
      ["keys.count", keys.reduce((sum, count) => sum + count, 0)],
      ["keys.bytes-per-key", residentKeys === 0 ? 0 : Math.floor(memoryUsedBytes / residentKeys)],
      ["dataset.bytes", memoryUsedBytes],
      ["dataset.percentage", new DoubleReply(100)],
      ["peak.percentage", new DoubleReply(peakBytes === 0 ? 100 : (memoryUsedBytes / peakBytes) * 100)],
      ["allocator.allocated", memoryUsedBytes],
      ["allocator.active", residentBytes],
      ["allocator.resident", residentBytes],
      ["allocator-fragmentation.ratio", new DoubleReply(1)],
      ["allocator-fragmentation.bytes", 0],
      ["allocator-rss.ratio", new DoubleReply(1)],
      ["allocator-rss.bytes", 0],
      ["rss-overhead.ratio", new DoubleReply(1)],
      ["rss-overhead.bytes", 0],
      ["fragmentation", ratio],
      ["fragmentation.bytes", Math.max(0, residentBytes - memoryUsedBytes)],
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

const mallocStats = defineSessionCommand({
  name: "MEMORY MALLOC-STATS",
  group: "server",
  since: "4.0.0",
  arity: 2,
  flags: [],
  syntax: "",
  summary: "Answers what the process takes, as its runtime counts it.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse: () => null,
  run({ server }) {
    const { residentBytes } = server.facts();
    const { memoryUsedBytes } = server.database.statistics();
    return new VerbatimReply("txt", `resident: ${residentBytes}\nentries: ${memoryUsedBytes}\nallocator: v8\n`);
  },
});

const SUBCOMMANDS = [usage, doctor, stats, purge, mallocStats];

export const memory = defineContainer({
  name: "MEMORY",
  group: "server",
  since: "4.0.0",
  summary: "How much memory is used.",
  complexity: "See its subcommands",
  subcommands: [...SUBCOMMANDS, defineHelp("MEMORY", "server", "4.0.0", SUBCOMMANDS)],
});
