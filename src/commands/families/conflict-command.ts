import { utf8ToBinary } from "../../base/bytes.ts";
import type { KeyConflicts } from "../../keyspace/key-conflicts.ts";
import { MapReply, type Reply } from "../../resp/reply.ts";
import { defineCommand, READS_LOCALLY } from "../define-command.ts";

export const antipodeConflicts = defineCommand({
  name: "ANTIPODE CONFLICTS",
  group: "antipode",
  since: "0.1.0",
  arity: 3,
  flags: ["readonly"],
  keys: { first: 2, last: 2, step: 1, flags: ["RO", "access"] },
  syntax: "key",
  summary:
    "Tells what regions have written to a key at the same time: its types and values, shown and kept, with region and time.",
  complexity: "O(N) in the size of the value",
  convergence: `${READS_LOCALLY} K1: a type that lost is kept; S1, H1: so are values, until a later write has observed them.`,
  parse: (args) => args[0]!,
  run(tx, key): Reply {
    const conflicts = tx.conflictsOf(key);
    return conflicts === null ? null : replyOf(conflicts);
  },
});

function replyOf({ type, newest, hidden, registers }: KeyConflicts): Reply {
  return new MapReply([
    ["type", type],
    ...writeLines(newest),
    ["hidden", hidden.map((one) => new MapReply([["type", one.type], ...writeLines(one.newest)]))],
    [
      "values",
      registers.map(
        ({ element, values }) =>
          new MapReply([
            ["element", element],
            ["values", values.map((one) => new MapReply([["value", one.value], ...writeLines(one)]))],
          ]),
      ),
    ],
  ]);
}

function writeLines({ region, atMs }: KeyConflicts["newest"]): [string, Reply][] {
  return [
    ["region", utf8ToBinary(region)],
    ["ms", atMs],
  ];
}
