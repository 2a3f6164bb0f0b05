import { NO_DEADLINE } from "../../crdt/deadline.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import { KEEP_DEADLINE } from "../../keyspace/types/string/string-port.ts";
import { OK } from "../../resp/reply.ts";
import type { CommandCall } from "../command-call.ts";
import { defineCommand } from "../define-command.ts";
import { notify } from "../messages/notify.ts";
import { OFFSET_OUT_OF_RANGE, STRING_TOO_LONG, wrongNumberOfArguments } from "../refusals.ts";
import { clampedIntegerWord } from "../words.ts";

/** Strings changed in part, and many strings at once. */

const WHOLE_VALUE = "S5: writes the whole value: of two concurrent edits one wins and the other is lost.";

function checkLength(bytes: number, call: CommandCall): void {
  if (bytes > call.server.config.stringBytesMax) throw STRING_TOO_LONG;
}

export const append = defineCommand({
  name: "APPEND",
  group: "string",
  since: "2.0.0",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "insert"] },
  syntax: "key value",
  summary: "Appends to the string value of a key; creates the key if it does not exist.",
  complexity: "O(N) in the length of the value",
  convergence: WHOLE_VALUE,
  parse: (args) => ({ key: args[0]!, suffix: args[1]! }),
  run(tx, { key, suffix }, call) {
    const before = tx.strings.get(key);
    checkLength((before?.length ?? 0) + suffix.length, call);
    if (before !== null && suffix === "") return before.length;
    const after = (before ?? "") + suffix;
    tx.strings.set(key, after, KEEP_DEADLINE);
    notify(call, "string", "append", key);
    return after.length;
  },
});

export const setrange = defineCommand({
  name: "SETRANGE",
  group: "string",
  since: "2.2.0",
  arity: 4,
  flags: ["write", "denyoom"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "update"] },
  syntax: "key offset value",
  summary: "Overwrites part of a string value from an offset on; a gap is filled with zero bytes.",
  complexity: "O(N) in the length of the value",
  convergence: WHOLE_VALUE,
  parse(args) {
    const offset = clampedIntegerWord(args[1]!);
    if (offset < 0) throw OFFSET_OUT_OF_RANGE;
    return { key: args[0]!, offset, patch: args[2]! };
  },
  run(tx, { key, offset, patch }, call) {
    const before = tx.strings.get(key) ?? "";
    if (patch === "") return before.length;
    checkLength(offset + patch.length, call);
    const head = before.slice(0, offset).padEnd(offset, "\0");
    const after = head + patch + before.slice(offset + patch.length);
    tx.strings.set(key, after, KEEP_DEADLINE);
    notify(call, "string", "setrange", key);
    return after.length;
  },
});

/** Argument pairs of MSET and MSETNX. */
function pairsOf(args: readonly string[], name: string): readonly string[] {
  if (args.length % 2 !== 0) throw wrongNumberOfArguments(name);
  return args;
}

function setAll(tx: Transaction, pairs: readonly string[], call: CommandCall): void {
  for (let index = 0; index < pairs.length; index += 2) {
    tx.strings.set(pairs[index]!, pairs[index + 1]!, NO_DEADLINE);
    notify(call, "string", "set", pairs[index]!);
  }
}

export const mset = defineCommand({
  name: "MSET",
  group: "string",
  since: "1.0.1",
  arity: -3,
  flags: ["write", "denyoom"],
  keys: { first: 1, last: -1, step: 2, flags: ["OW", "update"] },
  syntax: "key value [key value ...]",
  summary: "Sets the string values of one or more keys, all at once.",
  complexity: "O(N) in the number of keys",
  convergence: "K2, S1: one batch, which every region shows whole; each key is decided on its own.",
  parse: (args) => pairsOf(args, "mset"),
  run(tx, pairs, call) {
    setAll(tx, pairs, call);
    return OK;
  },
});

export const msetnx = defineCommand({
  name: "MSETNX",
  group: "string",
  since: "1.0.1",
  arity: -3,
  flags: ["write", "denyoom"],
  keys: { first: 1, last: -1, step: 2, flags: ["OW", "insert"] },
  syntax: "key value [key value ...]",
  summary: "Sets the string values of one or more keys, only when none of them exists.",
  complexity: "O(N) in the number of keys",
  convergence: "K2, S1: one batch. Whether keys exist is decided by what this region sees.",
  parse: (args) => pairsOf(args, "msetnx"),
  run(tx, pairs, call) {
    for (let index = 0; index < pairs.length; index += 2) if (tx.typeOf(pairs[index]!) !== null) return 0;
    setAll(tx, pairs, call);
    return 1;
  },
});
