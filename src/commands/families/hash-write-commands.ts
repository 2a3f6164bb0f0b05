import type { BinaryString } from "../../base/bytes.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import { OK, type Reply } from "../../resp/reply.ts";
import type { CommandCall } from "../command-call.ts";
import { defineCommand } from "../define-command.ts";
import { notify, notifyRemoval } from "../messages/notify.ts";
import { HASH_VALUE_NOT_A_FLOAT, HASH_VALUE_NOT_AN_INTEGER, NOT_FINITE, wrongNumberOfArguments } from "../refusals.ts";
import { integerWord } from "../words.ts";
import { floatIncrementWord, floatValue, increased, increasedFloat } from "./counter-arithmetic.ts";

/** Writing hashes: each field is a register of its own. */

const FIELDS =
  "H1-H3: fields merge; of two values of one field the later wins; a concurrent DEL or HDEL takes neither (H2, H5).";
const DEADLINE = " The hash keeps the deadline it had (E4b, E5).";

interface FieldsRequest {
  readonly key: BinaryString;
  readonly pairs: readonly BinaryString[];
}

function fieldsOf(args: readonly BinaryString[], name: string): FieldsRequest {
  if (args.length % 2 === 0) throw wrongNumberOfArguments(name);
  return { key: args[0]!, pairs: args.slice(1) };
}

/** Sets the pairs; answers how many of the fields are new. */
function putFields(tx: Transaction, { key, pairs }: FieldsRequest, call: CommandCall): number {
  const hash = tx.hashes.get(key);
  let added = 0;
  if (pairs.length === 2) {
    added = hash?.has(pairs[0]!) === true ? 0 : 1;
  } else {
    const seen = new Set<BinaryString>();
    for (let index = 0; index < pairs.length; index += 2) {
      const field = pairs[index]!;
      if (seen.has(field)) continue;
      seen.add(field);
      if (hash?.has(field) !== true) added++;
    }
  }
  tx.hashes.put(key, pairs);
  notify(call, "hash", "hset", key);
  return added;
}

export const hset = defineCommand({
  name: "HSET",
  group: "hash",
  since: "2.0.0",
  arity: -4,
  flags: ["write", "denyoom", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "update"] },
  syntax: "key field value [field value ...]",
  summary: "Sets one or more fields of a hash; answers how many are new.",
  complexity: "O(N) in the number of fields given",
  convergence: FIELDS + DEADLINE,
  parse: (args) => fieldsOf(args, "hset"),
  run: putFields,
});

export const hmset = defineCommand({
  name: "HMSET",
  group: "hash",
  since: "2.0.0",
  arity: -4,
  flags: ["write", "denyoom", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "update"] },
  syntax: "key field value [field value ...]",
  summary: "The old name of HSET; answers OK.",
  complexity: "O(N) in the number of fields given",
  convergence: FIELDS + DEADLINE,
  parse: (args) => fieldsOf(args, "hmset"),
  run(tx, request, call): Reply {
    putFields(tx, request, call);
    return OK;
  },
});

export const hsetnx = defineCommand({
  name: "HSETNX",
  group: "hash",
  since: "2.0.0",
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "insert"] },
  syntax: "key field value",
  summary: "Sets a field of a hash only when it does not exist.",
  complexity: "O(1)",
  convergence: `${FIELDS} Whether the field exists is decided by what this region sees.`,
  parse: (args) => ({ key: args[0]!, field: args[1]!, value: args[2]! }),
  run(tx, { key, field, value }, call) {
    if (tx.hashes.get(key)?.has(field) === true) return 0;
    tx.hashes.put(key, [field, value]);
    notify(call, "hash", "hset", key);
    return 1;
  },
});

export const hdel = defineCommand({
  name: "HDEL",
  group: "hash",
  since: "2.0.0",
  arity: -3,
  flags: ["write", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "delete"] },
  syntax: "key field [field ...]",
  summary: "Deletes fields of a hash; the key goes with its last field.",
  complexity: "O(N) in the number of fields given",
  convergence: "H2, H6: removes the values this region sees, and none that another writes at the same time.",
  parse: (args) => ({ key: args[0]!, fields: args.slice(1) }),
  run(tx, { key, fields }, call) {
    const hash = tx.hashes.get(key);
    if (hash === null) return 0;
    const present = [...new Set(fields)].filter((field) => hash.has(field));
    if (present.length > 0) {
      tx.hashes.remove(key, present);
      notifyRemoval(tx, call, "hash", "hdel", key);
    }
    return present.length;
  },
});

export const hincrby = defineCommand({
  name: "HINCRBY",
  group: "hash",
  since: "2.0.0",
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  keys: { first: 1, last: 1, step: 1 },
  syntax: "key field increment",
  summary: "Adds a number to the integer value of a field; an absent one counts as 0.",
  complexity: "O(1)",
  convergence: "H4: concurrent increments add up. A field is a counter as in C1-C10.",
  parse: (args) => ({ key: args[0]!, field: args[1]!, delta: integerWord(args[2]!) }),
  run(tx, { key, field, delta }, call) {
    const after = increased(tx.hashes.get(key)?.get(field) ?? null, delta, HASH_VALUE_NOT_AN_INTEGER);
    tx.hashes.add(key, field, delta);
    notify(call, "hash", "hincrby", key);
    return after;
  },
});

export const hincrbyfloat = defineCommand({
  name: "HINCRBYFLOAT",
  group: "hash",
  since: "2.6.0",
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  keys: { first: 1, last: 1, step: 1 },
  syntax: "key field increment",
  summary: "Adds a number with a fraction to the value of a field; an absent one counts as 0.",
  complexity: "O(1)",
  convergence: "H4, C8: concurrent increments add up, as exact decimals.",
  parse: (args) => ({ key: args[0]!, field: args[1]!, increment: floatIncrementWord(args[2]!, NOT_FINITE) }),
  run(tx, { key, field, increment }, call) {
    const after = increasedFloat(floatValue(tx.hashes.get(key)?.get(field) ?? null, HASH_VALUE_NOT_A_FLOAT), increment);
    tx.hashes.add(key, field, increment.delta);
    notify(call, "hash", "hincrbyfloat", key);
    return after;
  },
});
