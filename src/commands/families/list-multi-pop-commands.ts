import type { BinaryString } from "../../base/bytes.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { ListEnd } from "../../keyspace/types/list/list-port.ts";
import { NULL_ARRAY, type Reply } from "../../resp/reply.ts";
import { COUNT_NOT_POSITIVE, NUMKEYS_NOT_POSITIVE } from "../collection-refusals.ts";
import { defineCommand, type Command } from "../define-command.ts";
import { KeyWait } from "../key-wait.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { isWord, timeoutWord } from "../words.ts";
import { boundedWord, endWord, popValues } from "./list-access.ts";

/** Taking from the first of several lists that has something, at once or when there is. */

const POPS = "L4: two regions may take the same element at the same moment, each once; then it is gone.";
const WAITS = " L7: an element pushed anywhere wakes who waits; each region may hand it out once.";

interface MultiPop {
  readonly keys: readonly BinaryString[];
  readonly end: ListEnd;
  readonly count: number;
}

function defineBlockingPop(name: string, end: ListEnd): Command {
  return defineCommand({
    name,
    group: "list",
    since: "2.0.0",
    arity: -3,
    flags: ["write", "blocking"],
    keys: { first: 1, last: -2, step: 1, flags: ["RW", "access", "delete"] },
    needsConnection: true,
    syntax: "key [key ...] timeout",
    summary: `Removes the ${end === "left" ? "first" : "last"} element of the first list that has one; waits, up to \`timeout\` seconds, until there is one; 0: for ever.`,
    complexity: "O(N) in the number of keys",
    convergence: `${POPS}${WAITS}`,
    parse: (args) => ({ keys: args.slice(0, -1), timeoutMs: timeoutWord(args.at(-1)!) }),
    run(tx, { keys, timeoutMs }): Reply | KeyWait {
      const found = popFirst(tx, { keys, end, count: 1 });
      if (found !== null) return [found.key, found.values[0]!];
      return new KeyWait({ keys, type: "list", timeoutMs, timedOut: NULL_ARRAY });
    },
  });
}

const lmpop = defineCommand<MultiPop>({
  name: "LMPOP",
  group: "list",
  since: "7.0.0",
  arity: -4,
  flags: ["write"],
  keys: { countAt: 1, flags: ["RW", "access", "delete"] },
  syntax: "numkeys key [key ...] LEFT | RIGHT [COUNT count]",
  summary: "Removes elements from one end of the first list that has any; answers the key and the elements.",
  complexity: "O(N + M log L) for N keys and M elements of a list of L",
  convergence: POPS,
  parse: multiPopRequest,
  run(tx, request): Reply {
    const found = popFirst(tx, request);
    return found === null ? NULL_ARRAY : [found.key, found.values];
  },
});

const blmpop = defineCommand<MultiPop & { readonly timeoutMs: number }>({
  name: "BLMPOP",
  group: "list",
  since: "7.0.0",
  arity: -5,
  flags: ["write", "blocking"],
  keys: { countAt: 2, flags: ["RW", "access", "delete"] },
  needsConnection: true,
  syntax: "timeout numkeys key [key ...] LEFT | RIGHT [COUNT count]",
  summary: "LMPOP that waits, up to `timeout` seconds, until there is an element; 0: for ever.",
  complexity: "O(N + M log L) for N keys and M elements of a list of L",
  convergence: `${POPS}${WAITS}`,
  parse: (args) => ({ ...multiPopRequest(args.slice(1)), timeoutMs: timeoutWord(args[0]!) }),
  run(tx, request): Reply | KeyWait {
    const found = popFirst(tx, request);
    if (found !== null) return [found.key, found.values];
    return new KeyWait({ keys: request.keys, type: "list", timeoutMs: request.timeoutMs, timedOut: NULL_ARRAY });
  },
});

export const LIST_MULTI_POP_COMMANDS = [
  lmpop,
  defineBlockingPop("BLPOP", "left"),
  defineBlockingPop("BRPOP", "right"),
  blmpop,
];

function multiPopRequest(args: readonly BinaryString[]): MultiPop {
  const keyCount = boundedWord(args[0]!, 1, NUMKEYS_NOT_POSITIVE);
  if (keyCount + 1 >= args.length) throw SYNTAX_ERROR;
  const end = endWord(args[keyCount + 1]);
  const options = args.slice(keyCount + 2);
  if (options.length === 0) return { keys: args.slice(1, keyCount + 1), end, count: 1 };
  if (!isWord(options[0], "COUNT") || options.length === 1) throw SYNTAX_ERROR;
  const count = boundedWord(options[1]!, 1, COUNT_NOT_POSITIVE);
  if (options.length > 2) throw SYNTAX_ERROR;
  return { keys: args.slice(1, keyCount + 1), end, count };
}

function popFirst(
  tx: Transaction,
  { keys, end, count }: MultiPop,
): { readonly key: BinaryString; readonly values: readonly BinaryString[] } | null {
  for (const key of keys) {
    const values = popValues(tx, key, end, count);
    if (values !== null) return { key, values };
  }
  return null;
}
