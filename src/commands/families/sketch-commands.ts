import type { BinaryString } from "../../base/bytes.ts";
import { estimate, rankOf, REGISTER_COUNT, type RegisterRank } from "../../crdt/sketch/hyper-log-log.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import { OK, type Reply } from "../../resp/reply.ts";
import { defineCommand, READS_LOCALLY } from "../define-command.ts";
import { notify } from "../messages/notify.ts";
import { DAMAGED_SKETCH, NO_SUCH_SKETCH, NOT_A_SKETCH, unknownSketchWord } from "../refusals.ts";

/** HyperLogLogs: how many different elements, to within 0.81 %. */

const MERGES = "P1: registers merge by maximum, whatever the order. P2: DEL wins over a concurrent PFADD.";

/** The key's registers; null when absent. Throws Redis' refusals for strings that are no sketch. */
function registersOf(tx: Transaction, key: BinaryString): Uint8Array | null {
  const registers = tx.sketches.get(key);
  if (registers === "other") throw NOT_A_SKETCH;
  if (registers === "damaged") throw DAMAGED_SKETCH;
  return registers;
}

function union(tx: Transaction, keys: readonly BinaryString[]): Uint8Array {
  const all = new Uint8Array(REGISTER_COUNT);
  for (const key of keys) {
    const registers = registersOf(tx, key);
    for (const [index, rank] of registers?.entries() ?? []) if (rank > all[index]!) all[index] = rank;
  }
  return all;
}

export const pfadd = defineCommand({
  name: "PFADD",
  group: "hyperloglog",
  since: "2.8.9",
  arity: -2,
  flags: ["write", "denyoom", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "insert"] },
  syntax: "key [element [element ...]]",
  summary: "Counts elements in a HyperLogLog; answers whether its estimate may have changed. Creates the key.",
  complexity: "O(1) for each element",
  convergence: MERGES,
  parse: (args) => ({ key: args[0]!, elements: args.slice(1) }),
  run(tx, { key, elements }, call) {
    registersOf(tx, key);
    if (!tx.sketches.raise(key, elements.map(rankOf))) return 0;
    notify(call, "string", "pfadd", key);
    return 1;
  },
});

export const pfcount = defineCommand({
  name: "PFCOUNT",
  group: "hyperloglog",
  since: "2.8.9",
  arity: -2,
  flags: ["readonly"],
  // Redis writes its cached count, and says so; nothing is written here.
  keys: { first: 1, last: -1, step: 1, flags: ["RW", "access"] },
  syntax: "key [key ...]",
  summary: "Estimates how many different elements one HyperLogLog, or several together, have counted.",
  complexity: "O(N) in the number of keys",
  convergence: READS_LOCALLY,
  parse: (args) => args,
  run: (tx, keys) => estimate(union(tx, keys)),
});

export const pfmerge = defineCommand({
  name: "PFMERGE",
  group: "hyperloglog",
  since: "2.8.9",
  arity: -2,
  flags: ["write", "denyoom"],
  keys: [
    { first: 1, last: 1, step: 1, flags: ["RW", "access", "insert"] },
    { first: 2, last: -1, step: 1, flags: ["RO", "access"] },
  ],
  syntax: "destkey [sourcekey [sourcekey ...]]",
  summary: "Merges HyperLogLogs into the first.",
  complexity: "O(N) in the number of keys",
  convergence: MERGES,
  parse: (args) => ({ target: args[0]!, keys: args }),
  run(tx, { target, keys }, call): Reply {
    const ranks: RegisterRank[] = [];
    for (const [index, rank] of union(tx, keys).entries()) if (rank > 0) ranks.push({ index, rank });
    tx.sketches.raise(target, ranks);
    notify(call, "string", "pfadd", target);
    return OK;
  },
});

export const pfselftest = defineCommand({
  name: "PFSELFTEST",
  group: "hyperloglog",
  since: "2.8.9",
  arity: 1,
  flags: ["admin"],
  syntax: "",
  summary: "Answers OK: the estimator is proven by the project's own tests.",
  complexity: "O(1)",
  convergence: READS_LOCALLY,
  parse: () => null,
  run: () => OK,
});

/** PFDEBUG's words that have a meaning here. */
const DEBUG_WORDS: ReadonlySet<string> = new Set(["GETREG", "ENCODING", "TODENSE"]);

export const pfdebug = defineCommand({
  name: "PFDEBUG",
  group: "hyperloglog",
  since: "2.8.9",
  arity: 3,
  flags: ["write", "denyoom", "admin"],
  keys: { first: 2, last: 2, step: 1, flags: ["RW", "access"] },
  syntax: "<GETREG | ENCODING | TODENSE> key",
  summary: "Answers a HyperLogLog's registers, or what Redis would say of its encoding: always dense here.",
  complexity: "O(1)",
  convergence: "E7: reads what is visible in this region, and changes nothing.",
  parse: (args) => ({ word: args[0]!.toUpperCase(), key: args[1]! }),
  run(tx, { word, key }): Reply {
    const registers = registersOf(tx, key);
    if (registers === null) throw NO_SUCH_SKETCH;
    if (!DEBUG_WORDS.has(word)) throw unknownSketchWord(word);
    if (word === "GETREG") return [...registers];
    return word === "ENCODING" ? "dense" : 0;
  },
});

export const SKETCH_COMMANDS = [pfadd, pfcount, pfmerge, pfdebug, pfselftest];
