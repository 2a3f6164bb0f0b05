import type { BinaryString } from "../../base/bytes.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import { OK, type Reply } from "../../resp/reply.ts";
import type { CommandCall } from "../command-call.ts";
import { defineCommand } from "../define-command.ts";
import { notify } from "../messages/notify.ts";
import { DB_OUT_OF_RANGE, invalidDb, NO_SUCH_KEY, SAME_OBJECTS, SYNTAX_ERROR } from "../refusals.ts";
import { databaseWord, isWord } from "../words.ts";

/** A value under another name or in another database. The copy is what this region sees of it, deadline included. */

const CARRIES_WHAT_IT_SAW =
  "K4, K8, K9: the new key is what this region saw of the old one; of the old one, only that is deleted.";

interface NamePair {
  readonly from: BinaryString;
  readonly to: BinaryString;
}

const namePair = (args: readonly BinaryString[]): NamePair => ({ from: args[0]!, to: args[1]! });

export const rename = defineCommand({
  name: "RENAME",
  group: "generic",
  since: "1.0.0",
  arity: 3,
  flags: ["write"],
  keys: [
    { first: 1, last: 1, step: 1, flags: ["RW", "access", "delete"] },
    { first: 2, last: 2, step: 1, flags: ["OW", "update"] },
  ],
  syntax: "key newkey",
  summary: "Renames a key; what was at the new name is replaced.",
  complexity: "O(N) in the size of the value",
  convergence: CARRIES_WHAT_IT_SAW,
  parse: namePair,
  run(tx, { from, to }, call): Reply {
    if (tx.typeOf(from) === null) throw NO_SUCH_KEY;
    if (from !== to) move(tx, from, tx.db, to);
    notifyRenamed(call, from, to);
    return OK;
  },
});

export const renamenx = defineCommand({
  name: "RENAMENX",
  group: "generic",
  since: "1.0.0",
  arity: 3,
  flags: ["write", "fast"],
  keys: [
    { first: 1, last: 1, step: 1, flags: ["RW", "access", "delete"] },
    { first: 2, last: 2, step: 1, flags: ["OW", "insert"] },
  ],
  syntax: "key newkey",
  summary: "Renames a key only when the new name is free.",
  complexity: "O(N) in the size of the value",
  convergence: `${CARRIES_WHAT_IT_SAW} Whether the name is free is decided by what this region sees.`,
  parse: namePair,
  run(tx, { from, to }, call) {
    if (tx.typeOf(from) === null) throw NO_SUCH_KEY;
    if (tx.typeOf(to) !== null) return 0;
    move(tx, from, tx.db, to);
    notifyRenamed(call, from, to);
    return 1;
  },
});

export const moveCommand = defineCommand({
  name: "MOVE",
  group: "generic",
  since: "1.0.0",
  arity: 3,
  flags: ["write", "fast"],
  keys: { first: 1, last: 1, step: 1 },
  syntax: "key db",
  summary: "Moves a key to another database, unless it is there already.",
  complexity: "O(N) in the size of the value",
  convergence: CARRIES_WHAT_IT_SAW,
  parse: (args) => ({ key: args[0]!, db: databaseWord(args[1]!) }),
  run(tx, { key, db }, call) {
    if (db === tx.db) throw SAME_OBJECTS;
    if (tx.typeOf(key) === null || existsIn(tx, db, key)) return 0;
    move(tx, key, db, key);
    notify(call, "generic", "move_from", key);
    notify(call, "generic", "move_to", key, db);
    return 1;
  },
});

interface CopyRequest extends NamePair {
  /** Null: the database of the source. */
  readonly db: number | null;
  readonly replace: boolean;
}

export const copy = defineCommand<CopyRequest>({
  name: "COPY",
  group: "generic",
  since: "6.2.0",
  arity: -3,
  flags: ["write", "denyoom"],
  keys: [
    { first: 1, last: 1, step: 1, flags: ["RO", "access"] },
    { first: 2, last: 2, step: 1, flags: ["OW", "update"] },
  ],
  syntax: "source destination [DB db] [REPLACE]",
  summary: "Copies the value at a key to another key.",
  complexity: "O(N) in the size of the value",
  convergence: "K9: the new key is what this region saw of the old one.",
  parse(args) {
    let db: number | null = null;
    let replace = false;
    for (let index = 2; index < args.length; index++) {
      if (isWord(args[index], "REPLACE")) replace = true;
      else if (isWord(args[index], "DB") && index + 1 < args.length) db = databaseWord(args[++index]!);
      else throw SYNTAX_ERROR;
    }
    return { ...namePair(args), db, replace };
  },
  run(tx, { from, to, db, replace }, call) {
    const toDb = db ?? tx.db;
    if (from === to && toDb === tx.db) {
      // Upstash answers 0, and its SDK's users rely on it.
      if (call.session.door === "rest") return 0;
      throw SAME_OBJECTS;
    }
    if (tx.typeOf(from) === null || (!replace && existsIn(tx, toDb, to))) return 0;
    tx.copy(from, toDb, to);
    notify(call, "generic", "copy_to", to, toDb);
    return 1;
  },
});

export const swapdb = defineCommand({
  name: "SWAPDB",
  group: "server",
  since: "4.0.0",
  arity: 3,
  flags: ["write", "fast"],
  categories: ["keyspace", "dangerous"],
  syntax: "index1 index2",
  summary: "Swaps the contents of two databases.",
  complexity: "O(N) in the keys of both databases",
  convergence: "K9: each database becomes what this region saw in the other.",
  parse(args) {
    const [left, right] = (["first", "second"] as const).map((which, index) => {
      const refusal = invalidDb(which);
      try {
        return databaseWord(args[index]!, refusal);
      } catch (error) {
        // Both words must be numbers before either is judged for its range.
        if (error === refusal) throw error;
        return -1;
      }
    });
    if (left === -1 || right === -1) throw DB_OUT_OF_RANGE;
    return { left: left!, right: right! };
  },
  run(tx, { left, right }): Reply {
    if (left !== right) tx.swap(left, right);
    return OK;
  },
});

/** Copies, then deletes: both in one batch. */
function move(tx: Transaction, from: BinaryString, toDb: number, to: BinaryString): void {
  tx.copy(from, toDb, to);
  tx.delete(from);
}

function notifyRenamed(call: CommandCall, from: BinaryString, to: BinaryString): void {
  notify(call, "generic", "rename_from", from);
  notify(call, "generic", "rename_to", to);
}

function existsIn(tx: Transaction, db: number, key: BinaryString): boolean {
  const back = tx.db;
  tx.use(db);
  const exists = tx.typeOf(key) !== null;
  tx.use(back);
  return exists;
}
