import type { BinaryString } from "../../base/bytes.ts";
import { OK, type Reply } from "../../resp/reply.ts";
import { defineCommand, READS_LOCALLY, type Command } from "../define-command.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { isWord } from "../words.ts";

/** Whole databases. */

export const dbsize = defineCommand({
  name: "DBSIZE",
  group: "server",
  since: "1.0.0",
  arity: 1,
  flags: ["readonly", "fast"],
  categories: ["keyspace"],
  syntax: "",
  summary: "Answers how many keys the database has.",
  complexity: "O(1)",
  convergence: READS_LOCALLY,
  parse: () => null,
  run: (tx) => tx.size(),
});

/** ASYNC and SYNC are taken and mean the same: a flush never takes long. */
function flushMode(args: readonly BinaryString[]): null {
  if (args.length > 1 || (args.length === 1 && !isWord(args[0], "ASYNC") && !isWord(args[0], "SYNC"))) {
    throw SYNTAX_ERROR;
  }
  return null;
}

function defineFlush(name: "FLUSHDB" | "FLUSHALL", summary: string): Command {
  return defineCommand({
    name,
    group: "server",
    since: "1.0.0",
    arity: -1,
    flags: ["write"],
    categories: ["keyspace", "dangerous"],
    syntax: "[ASYNC | SYNC]",
    summary,
    complexity: "O(1); memory is given back later",
    convergence: "K5: deletes what this region has observed; what another region writes at the same time stays.",
    parse: flushMode,
    run(tx): Reply {
      if (name === "FLUSHDB") tx.flush();
      else tx.flushAll();
      return OK;
    },
  });
}

export const flushdb = defineFlush("FLUSHDB", "Deletes all keys of the database.");
export const flushall = defineFlush("FLUSHALL", "Deletes all keys of all databases.");
