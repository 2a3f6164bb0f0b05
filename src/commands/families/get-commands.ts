import type { BinaryString } from "../../base/bytes.ts";
import { NO_DEADLINE } from "../../crdt/deadline.ts";
import { WrongTypeError } from "../../keyspace/transaction-port.ts";
import { defineCommand, READS_LOCALLY, type Command } from "../define-command.ts";
import { notify } from "../messages/notify.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { clampedIntegerWord } from "../words.ts";
import { deadlineFrom, EXPIRATION_UNITS, expirationWord, type ExpirationUnit } from "./string-options.ts";

/** Reading strings, and reading while changing when they end. */

export const get = defineCommand({
  name: "GET",
  group: "string",
  since: "1.0.0",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: { first: 1, last: 1, step: 1 },
  syntax: "key",
  summary: "Answers the string value of a key.",
  complexity: "O(1)",
  convergence: READS_LOCALLY,
  parse: (args) => args[0]!,
  run: (tx, key) => tx.strings.get(key),
});

export const mget = defineCommand({
  name: "MGET",
  group: "string",
  since: "1.0.0",
  arity: -2,
  flags: ["readonly", "fast"],
  keys: { first: 1, last: -1, step: 1 },
  syntax: "key [key ...]",
  summary: "Answers the string values of one or more keys; null where there is none or another type.",
  complexity: "O(N) in the number of keys",
  convergence: `${READS_LOCALLY} All of one instant, which never shows half of a batch (K2).`,
  parse: (args) => args,
  run: (tx, keys) =>
    keys.map((key) => {
      try {
        return tx.strings.get(key);
      } catch (error) {
        if (error instanceof WrongTypeError) return null;
        throw error;
      }
    }),
});

export const getdel = defineCommand({
  name: "GETDEL",
  group: "string",
  since: "6.2.0",
  arity: 2,
  flags: ["write", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "delete"] },
  syntax: "key",
  summary: "Answers the string value of a key and deletes the key.",
  complexity: "O(1)",
  convergence: "S6: deletes what this region sees; what another region writes at the same time stays (S4, C4).",
  parse: (args) => args[0]!,
  run(tx, key, call) {
    const value = tx.strings.get(key);
    // Also when nothing is visible: what is kept hidden or expired goes (E11).
    if (tx.delete(key)) notify(call, "generic", "del", key);
    return value;
  },
});

interface GetexRequest {
  readonly key: BinaryString;
  readonly persist: boolean;
  /** Judged only when the key is there, as in Redis. */
  readonly expiration: { readonly unit: ExpirationUnit; readonly amount: BinaryString } | null;
}

export const getex = defineCommand<GetexRequest>({
  name: "GETEX",
  group: "string",
  since: "6.2.0",
  arity: -2,
  flags: ["write", "fast"],
  keys: { first: 1, last: 1, step: 1 },
  syntax: "key [EX seconds | PX ms | EXAT unix-seconds | PXAT unix-ms | PERSIST]",
  summary: "Answers the string value of a key and sets or removes its expiration.",
  complexity: "O(1)",
  convergence: "E1-E4, E9: of concurrent deadlines the longest holds; one that observed another replaces it.",
  parse(args) {
    const key = args[0]!;
    let persist = false;
    let unit: ExpirationUnit | null = null;
    let amount = "";
    for (let index = 1; index < args.length; index++) {
      const option = args[index]!.toUpperCase();
      if (option === "PERSIST" && unit === null) persist = true;
      else if (
        EXPIRATION_UNITS.has(option) &&
        (unit === null || unit === option) &&
        !persist &&
        index + 1 < args.length
      ) {
        unit = option as ExpirationUnit;
        amount = args[++index]!;
      } else throw SYNTAX_ERROR;
    }
    return { key, persist, expiration: unit === null ? null : { unit, amount } };
  },
  run(tx, { key, persist, expiration }, call) {
    const value = tx.strings.get(key);
    if (value === null) return null;
    if (expiration !== null) {
      const wanted = expirationWord(expiration.unit, expiration.amount, "getex");
      const deadlineMs = deadlineFrom(wanted, tx.nowMs, "getex");
      tx.setDeadline(key, deadlineMs);
      notify(call, "generic", deadlineMs > tx.nowMs ? "expire" : "del", key);
    } else if (persist && tx.deadlineOf(key) !== NO_DEADLINE) {
      tx.setDeadline(key, NO_DEADLINE);
      notify(call, "generic", "persist", key);
    }
    return value;
  },
});

export const strlen = defineCommand({
  name: "STRLEN",
  group: "string",
  since: "2.2.0",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RO"] },
  syntax: "key",
  summary: "Answers the length of a string value in bytes.",
  complexity: "O(1)",
  convergence: READS_LOCALLY,
  parse: (args) => args[0]!,
  run: (tx, key) => tx.strings.get(key)?.length ?? 0,
});

function defineRange(name: "GETRANGE" | "SUBSTR", since: string, summary: string): Command {
  return defineCommand({
    name,
    group: "string",
    since,
    arity: 4,
    flags: ["readonly"],
    keys: { first: 1, last: 1, step: 1 },
    syntax: "key start end",
    summary,
    complexity: "O(N) in the length of the answer",
    convergence: READS_LOCALLY,
    parse: (args) => ({ key: args[0]!, start: clampedIntegerWord(args[1]!), end: clampedIntegerWord(args[2]!) }),
    run(tx, { key, start, end }) {
      const value = tx.strings.get(key);
      if (value === null || (start < 0 && end < 0 && start > end)) return "";
      const from = Math.max(0, start < 0 ? value.length + start : start);
      const to = Math.min(value.length - 1, Math.max(0, end < 0 ? value.length + end : end));
      return value.slice(from, to + 1);
    },
  });
}

export const getrange = defineRange(
  "GETRANGE",
  "2.4.0",
  "Answers the part of a string value between two offsets, both included; negative ones count from the end.",
);
export const substr = defineRange("SUBSTR", "1.0.0", "The old name of GETRANGE.");
