import type { Transaction } from "../../keyspace/transaction-port.ts";
import { Status } from "../../resp/reply.ts";
import { defineCommand, READS_LOCALLY, type Command } from "../define-command.ts";
import { shownType } from "../type-names.ts";
import { notify } from "../messages/notify.ts";

/** Keys of any type: whether they are there, what they are, and their end. */

function defineDelete(shape: Pick<Command, "name" | "since" | "flags" | "summary"> & { readonly restArity?: number }) {
  return defineCommand({
    ...shape,
    group: "generic",
    arity: -2,
    keys: { first: 1, last: -1, step: 1, flags: ["RM", "delete"] },
    syntax: "key [key ...]",
    complexity: "O(N) in the number of keys, whatever their size",
    convergence:
      "S4, H5, C4: deletes what this region has observed; what another region writes at the same time stays. " +
      "E11: also what is kept but not visible.",
    parse: (args) => args,
    run(tx: Transaction, keys, call) {
      let deleted = 0;
      for (const key of keys) {
        if (!tx.delete(key)) continue;
        notify(call, "generic", "del", key);
        deleted++;
      }
      return deleted;
    },
  });
}

export const del = defineDelete({
  name: "DEL",
  since: "1.0.0",
  flags: ["write"],
  summary: "Deletes keys; answers how many there were.",
});

export const unlink = defineDelete({
  name: "UNLINK",
  since: "4.0.0",
  flags: ["write", "fast"],
  summary: "Deletes keys; the same as DEL here, where no delete takes longer for a large key.",
  // Upstash answers 0 to UNLINK without keys, and its SDK can send that.
  restArity: -1,
});

function defineCountOf(name: "EXISTS" | "TOUCH", since: string, summary: string) {
  return defineCommand({
    name,
    group: "generic",
    since,
    arity: -2,
    flags: ["readonly", "fast"],
    keys: { first: 1, last: -1, step: 1, flags: ["RO"] },
    syntax: "key [key ...]",
    summary,
    complexity: "O(N) in the number of keys",
    convergence: READS_LOCALLY,
    parse: (args) => args,
    run(tx, keys) {
      let found = 0;
      for (const key of keys) if (tx.touch(key)) found++;
      return found;
    },
  });
}

export const exists = defineCountOf(
  "EXISTS",
  "1.0.0",
  "Answers how many of the keys exist; one given twice counts twice.",
);
export const touch = defineCountOf("TOUCH", "3.2.1", "Marks keys as used now; answers how many exist.");

export const type = defineCommand({
  name: "TYPE",
  group: "generic",
  since: "1.0.0",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RO"] },
  syntax: "key",
  summary: "Answers the type of the value at a key, or none.",
  complexity: "O(1)",
  convergence: "K1: of two types written at the same time the later one is seen.",
  parse: (args) => args[0]!,
  run: (tx, key) => new Status(shownType(tx.typeOf(key))),
});
