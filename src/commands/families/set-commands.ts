import type { BinaryString } from "../../base/bytes.ts";
import { NO_DEADLINE } from "../../crdt/deadline.ts";
import { type Transaction } from "../../keyspace/transaction-port.ts";
import { KEEP_DEADLINE } from "../../keyspace/types/string/string-port.ts";
import { OK, type Reply } from "../../resp/reply.ts";
import type { CommandCall } from "../command-call.ts";
import { defineCommand } from "../define-command.ts";
import type { KeyFlag } from "../key-specs.ts";
import { notify } from "../messages/notify.ts";
import { checkLock } from "../pinned/unpinned-locks.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { isWord } from "../words.ts";
import {
  deadlineFrom,
  EXPIRATION_UNITS,
  expirationWord,
  type Expiration,
  type ExpirationUnit,
} from "./string-options.ts";

/** SET and the older commands that are SET with an option: the value replaces whatever the key was. */

const REGISTER = "S1-S4: the later write by hybrid clock wins, and its deadline comes with it (E4).";

interface SetRequest {
  readonly key: BinaryString;
  readonly value: BinaryString;
  readonly condition: "none" | "nx" | "xx";
  readonly get: boolean;
  readonly keepDeadline: boolean;
  readonly expiration: Expiration | null;
}

const SET_ONLY: readonly KeyFlag[] = ["OW", "update"];
const READ_AND_SET: readonly KeyFlag[] = ["RW", "access", "update"];

export const set = defineCommand<SetRequest>({
  name: "SET",
  group: "string",
  since: "1.0.0",
  arity: -3,
  flags: ["write", "denyoom"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "update", "variable_flags"] },
  findKeys: (argv) => [
    { index: 1, flags: argv.some((word, index) => index > 2 && isWord(word, "GET")) ? READ_AND_SET : SET_ONLY },
  ],
  syntax: "key value [NX | XX] [GET] [EX seconds | PX ms | EXAT unix-seconds | PXAT unix-ms | KEEPTTL]",
  summary: "Sets the string value of a key, whatever its type was. The key is created if it does not exist.",
  complexity: "O(1)",
  convergence: `${REGISTER} NX and XX are decided by what this region sees.`,
  parse(args) {
    const key = args[0]!;
    const value = args[1]!;
    if (args.length === 2) {
      return { key, value, condition: "none", get: false, keepDeadline: false, expiration: null };
    }
    let condition: SetRequest["condition"] = "none";
    let get = false;
    let keepDeadline = false;
    let unit: ExpirationUnit | null = null;
    let amount = "";
    for (let index = 2; index < args.length; index++) {
      const option = args[index]!.toUpperCase();
      if (option === "NX" && condition !== "xx") condition = "nx";
      else if (option === "XX" && condition !== "nx") condition = "xx";
      else if (option === "GET") get = true;
      else if (option === "KEEPTTL" && unit === null) keepDeadline = true;
      else if (canBegin(option, unit) && !keepDeadline && index + 1 < args.length) {
        unit = option as ExpirationUnit;
        amount = args[++index]!;
      } else throw SYNTAX_ERROR;
    }
    const expiration = unit === null ? null : expirationWord(unit, amount, "set");
    return { key, value, condition, get, keepDeadline, expiration };
  },
  run(tx, request, call) {
    const { key, condition, expiration } = request;
    if (condition === "nx" && expiration !== null) checkLock(call, key);
    const deadlineMs = expiration === null ? NO_DEADLINE : deadlineFrom(expiration, tx.nowMs, "set");
    const before = request.get ? tx.strings.get(key) : null;
    if (condition !== "none") {
      const exists = before !== null || tx.typeOf(key) !== null;
      if (exists !== (condition === "xx")) return before;
    }
    if (expiration !== null) setUntil(tx, key, request.value, deadlineMs, call);
    else {
      tx.strings.set(key, request.value, request.keepDeadline ? KEEP_DEADLINE : NO_DEADLINE);
      notify(call, "string", "set", key);
    }
    return request.get ? before : OK;
  },
});

/** The same unit may come twice, and the last one counts; two different ones may not. */
function canBegin(option: string, unit: ExpirationUnit | null): boolean {
  return EXPIRATION_UNITS.has(option) && (unit === null || unit === option);
}

/** A value whose time has passed already is not written: what was there goes. */
function setUntil(
  tx: Transaction,
  key: BinaryString,
  value: BinaryString,
  deadlineMs: number,
  call: CommandCall,
): void {
  if (deadlineMs <= tx.nowMs) tx.delete(key);
  else tx.strings.set(key, value, deadlineMs);
  notify(call, "string", "set", key);
  notify(call, "generic", "expire", key);
  if (deadlineMs <= tx.nowMs) notify(call, "expired", "expired", key);
}

export const setnx = defineCommand({
  name: "SETNX",
  group: "string",
  since: "1.0.0",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["OW", "insert"] },
  syntax: "key value",
  summary: "Sets the string value of a key only when the key does not exist.",
  complexity: "O(1)",
  convergence: `${REGISTER} Whether the key exists is decided by what this region sees: two regions may both answer 1.`,
  parse: (args) => ({ key: args[0]!, value: args[1]! }),
  run(tx, { key, value }, call) {
    if (tx.typeOf(key) !== null) return 0;
    tx.strings.set(key, value, NO_DEADLINE);
    notify(call, "string", "set", key);
    return 1;
  },
});

function defineSetFor(name: "SETEX" | "PSETEX", unit: ExpirationUnit, since: string, summary: string, syntax: string) {
  return defineCommand({
    name,
    group: "string",
    since,
    arity: 4,
    flags: ["write", "denyoom"],
    keys: { first: 1, last: 1, step: 1, flags: ["OW", "update"] },
    syntax,
    summary,
    complexity: "O(1)",
    convergence: REGISTER,
    parse: (args) => ({
      key: args[0]!,
      expiration: expirationWord(unit, args[1]!, name.toLowerCase()),
      value: args[2]!,
    }),
    run(tx, { key, expiration, value }, call): Reply {
      setUntil(tx, key, value, deadlineFrom(expiration, tx.nowMs, name.toLowerCase()), call);
      return OK;
    },
  });
}

export const setex = defineSetFor(
  "SETEX",
  "EX",
  "2.0.0",
  "Sets the string value and the expiration of a key, in seconds.",
  "key seconds value",
);

export const psetex = defineSetFor(
  "PSETEX",
  "PX",
  "2.6.0",
  "Sets the string value and the expiration of a key, in milliseconds.",
  "key milliseconds value",
);

export const getset = defineCommand({
  name: "GETSET",
  group: "string",
  since: "1.0.0",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  keys: { first: 1, last: 1, step: 1 },
  syntax: "key value",
  summary: "Sets the string value of a key and answers the one it had.",
  complexity: "O(1)",
  convergence: `${REGISTER} An increment that this write had not observed is added to its value (C9).`,
  parse: (args) => ({ key: args[0]!, value: args[1]! }),
  run(tx, { key, value }, call) {
    const before = tx.strings.get(key);
    tx.strings.set(key, value, NO_DEADLINE);
    notify(call, "string", "set", key);
    return before;
  },
});
