import type { BinaryString } from "../../base/bytes.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { Reply } from "../../resp/reply.ts";
import { defineCommand, READS_LOCALLY } from "../define-command.ts";
import { shownType } from "../type-names.ts";
import { Glob } from "../glob.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { scanOptions } from "./scan-options.ts";

/** Finding keys. */

/** Keys visited in one step of a walk over all of them. */
const WALK_STEP_KEYS = 1000;

export const keys = defineCommand({
  name: "KEYS",
  group: "generic",
  since: "1.0.0",
  arity: 2,
  flags: ["readonly"],
  categories: ["dangerous"],
  syntax: "pattern",
  summary: "Answers all keys that match a glob pattern. Holds everything up while it runs: prefer SCAN.",
  complexity: "O(N) in the number of keys",
  convergence: READS_LOCALLY,
  parse: (args) => new Glob(args[0]!),
  run(tx, pattern) {
    const { literal } = pattern;
    if (literal !== null) return tx.typeOf(literal) === null ? [] : [literal];
    const found: BinaryString[] = [];
    walk(tx, (key) => {
      if (pattern.matches(key)) found.push(key);
    });
    return found;
  },
});

function walk(tx: Transaction, visit: (key: BinaryString) => void): void {
  let cursor = 0;
  do cursor = tx.scan(cursor, WALK_STEP_KEYS, visit);
  while (cursor !== 0);
}

export const scan = defineCommand({
  name: "SCAN",
  group: "generic",
  since: "2.8.0",
  arity: -2,
  flags: ["readonly"],
  syntax: "cursor [MATCH pattern] [COUNT count] [TYPE type]",
  summary: "Walks the keys of the database, some at a time. Over REST also WITHTYPE: keys and types in turn.",
  complexity: "O(COUNT) a call, O(N) for a whole walk",
  convergence: `${READS_LOCALLY} A key that is there during the whole walk is answered.`,
  parse: (args) => scanOptions(args[0]!, args.slice(1), ["TYPE", "WITHTYPE"]),
  run(tx, options, call): Reply {
    // An option of Upstash's: Redis would not know it.
    if (options.withType && call.session.door !== "rest") throw SYNTAX_ERROR;
    const found: BinaryString[] = [];
    const next = tx.scan(options.cursor, options.count, (key, type) => {
      if (options.type !== null && options.type !== shownType(type).toLowerCase()) return;
      if (options.match !== null && !options.match.matches(key)) return;
      found.push(key);
      if (options.withType) found.push(shownType(type));
    });
    return [String(next), found];
  },
});

export const randomkey = defineCommand({
  name: "RANDOMKEY",
  group: "generic",
  since: "1.0.0",
  arity: 1,
  flags: ["readonly"],
  syntax: "",
  summary: "Answers a random key of the database.",
  complexity: "O(1)",
  convergence: READS_LOCALLY,
  parse: () => null,
  run: (tx) => tx.randomKey(),
});
