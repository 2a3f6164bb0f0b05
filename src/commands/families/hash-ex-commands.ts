import type { BinaryString } from "../../base/bytes.ts";
import { NO_DEADLINE } from "../../crdt/deadline.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { Reply } from "../../resp/reply.ts";
import { FIELDS_MISSING } from "../collection-refusals.ts";
import { defineCommand } from "../define-command.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { isWord } from "../words.ts";
import { fieldsWords } from "./hash-fields.ts";
import {
  deadlineFrom,
  EXPIRATION_UNITS,
  expirationWord,
  type Expiration,
  type ExpirationUnit,
} from "./string-options.ts";

/** HGETDEL, HGETEX and HSETEX of Redis 8: fields read or written together with their deadlines or their end. */

const CONVERGENCE =
  "H1-H3, E8: fields merge, each with its own deadline; what is removed is what this region saw (H2).";

export const hgetdel = defineCommand({
  name: "HGETDEL",
  group: "hash",
  since: "8.0.0",
  arity: -5,
  flags: ["write", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "delete"] },
  syntax: "key FIELDS numfields field [field ...]",
  summary: "Answers the values of fields of a hash and removes them; the hash goes with its last field.",
  complexity: "O(N) in the number of fields given",
  convergence: CONVERGENCE,
  parse: (args) => ({ key: args[0]!, fields: fieldsWords(args, 1) }),
  run(tx, { key, fields }): Reply {
    const hash = tx.hashes.get(key);
    const removed = new Set<BinaryString>();
    const values = fields.map((field) => {
      if (removed.has(field)) return null;
      const value = hash?.get(field) ?? null;
      if (value !== null) removed.add(field);
      return value;
    });
    if (removed.size > 0) tx.hashes.remove(key, [...removed]);
    return values;
  },
});

/** A new deadline, none from now on, or whatever it was. */
type FieldExpiry = Expiration | "persist" | "keep";

interface HgetexRequest {
  readonly key: BinaryString;
  readonly expiry: FieldExpiry;
  readonly fields: readonly BinaryString[];
}

export const hgetex = defineCommand<HgetexRequest>({
  name: "HGETEX",
  group: "hash",
  since: "8.0.0",
  arity: -5,
  flags: ["write", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "update"] },
  syntax:
    "key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST] " +
    "FIELDS numfields field [field ...]",
  summary: "Answers the values of fields of a hash and sets or takes away their deadlines.",
  complexity: "O(N) in the number of fields given",
  convergence: CONVERGENCE,
  parse(args) {
    let at = 1;
    let expiry: FieldExpiry = "keep";
    if (isWord(args[at], "PERSIST")) {
      expiry = "persist";
      at++;
    } else if (EXPIRATION_UNITS.has(args[at]!.toUpperCase())) {
      expiry = expirationWord(args[at]!.toUpperCase() as ExpirationUnit, args[at + 1]!, "hgetex");
      at += 2;
    }
    return { key: args[0]!, expiry, fields: fieldsWords(args, at) };
  },
  run(tx, { key, expiry, fields }): Reply {
    const hash = tx.hashes.get(key);
    const values = fields.map((field) => hash?.get(field) ?? null);
    const present = [...new Set(fields.filter((_, index) => values[index] !== null))];
    if (present.length > 0) expire(tx, key, present, expiry, "hgetex");
    return values;
  },
});

interface HsetexRequest {
  readonly key: BinaryString;
  readonly condition: "fnx" | "fxx" | null;
  readonly expiry: FieldExpiry;
  readonly pairs: readonly BinaryString[];
}

export const hsetex = defineCommand<HsetexRequest>({
  name: "HSETEX",
  group: "hash",
  since: "8.0.0",
  arity: -6,
  flags: ["write", "denyoom", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "update"] },
  syntax:
    "key [FNX | FXX] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL] " +
    "FIELDS numfields field value [field value ...]",
  summary: "Sets fields of a hash with a deadline, all or none; answers whether it did.",
  complexity: "O(N) in the number of fields given",
  convergence: CONVERGENCE,
  parse(args) {
    let condition: HsetexRequest["condition"] = null;
    let expiry: FieldExpiry = "persist";
    let at = 1;
    for (; at < args.length && !isWord(args[at], "FIELDS"); at++) {
      const word = args[at]!.toUpperCase();
      if ((word === "FNX" || word === "FXX") && condition === null) condition = word === "FNX" ? "fnx" : "fxx";
      else if (word === "KEEPTTL" && expiry === "persist") expiry = "keep";
      else if (EXPIRATION_UNITS.has(word) && expiry === "persist" && at + 1 < args.length) {
        expiry = expirationWord(word as ExpirationUnit, args[++at]!, "hsetex");
      } else throw at === 1 && !EXPIRATION_UNITS.has(word) ? FIELDS_MISSING : SYNTAX_ERROR;
    }
    return { key: args[0]!, condition, expiry, pairs: fieldsWords(args, at, undefined, 2) };
  },
  run(tx, { key, condition, expiry, pairs }): Reply {
    const hash = tx.hashes.get(key);
    const fields = [...new Set(pairs.filter((_, index) => index % 2 === 0))];
    if (condition === "fnx" && fields.some((field) => hash?.has(field) === true)) return 0;
    if (condition === "fxx" && !fields.every((field) => hash?.has(field) === true)) return 0;
    const kept = expiry === "keep" ? fields.map((field) => hash?.deadlineOf(field) ?? NO_DEADLINE) : [];
    tx.hashes.put(key, pairs);
    for (const [index, atMs] of kept.entries()) {
      if (atMs !== NO_DEADLINE) tx.hashes.setDeadline(key, [fields[index]!], atMs);
    }
    if (expiry !== "persist") expire(tx, key, fields, expiry, "hsetex");
    return 1;
  },
});

function expire(
  tx: Transaction,
  key: BinaryString,
  fields: readonly BinaryString[],
  expiry: FieldExpiry,
  commandName: string,
): void {
  if (expiry === "keep") return;
  if (expiry === "persist") {
    const hash = tx.hashes.get(key)!;
    const expiring = fields.filter((field) => hash.deadlineOf(field) !== NO_DEADLINE);
    if (expiring.length > 0) tx.hashes.setDeadline(key, expiring, NO_DEADLINE);
    return;
  }
  tx.hashes.setDeadline(key, fields, Math.max(1, deadlineFrom(expiry, tx.nowMs, commandName)));
}
