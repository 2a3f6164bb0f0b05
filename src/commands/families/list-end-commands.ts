import type { ListEnd } from "../../keyspace/types/list/list-port.ts";
import { NULL_ARRAY } from "../../resp/reply.ts";
import { NOT_POSITIVE } from "../collection-refusals.ts";
import { defineCommand, type Command } from "../define-command.ts";
import { wrongNumberOfArguments } from "../refusals.ts";
import { boundedWord, popValues, pushValues } from "./list-access.ts";

/** Lists by their ends: stacks and queues. */

const PUSHES =
  "L2, L3: what two regions push at one end at once is all there, each side's in its order and side by side; a removal leaves alone what it has not seen.";
const POPS = "L4: two regions may take the same element at the same moment, each once; then it is gone.";

function definePush(name: string, since: string, end: ListEnd): Command {
  const where = end === "left" ? "before the first" : "behind the last";
  return defineCommand({
    name,
    group: "list",
    since,
    arity: -3,
    flags: ["write", "denyoom", "fast"],
    keys: { first: 1, last: 1, step: 1, flags: ["RW", "insert"] },
    syntax: "key element [element ...]",
    summary: `Adds elements ${where} of a list, one after the other; answers its length.`,
    complexity: "O(N log M) for N elements in a list of M",
    convergence: PUSHES,
    parse: (args) => ({ key: args[0]!, values: args.slice(1) }),
    run: (tx, { key, values }) => pushValues(tx, key, end, values),
  });
}

function definePushToExisting(name: string, end: ListEnd): Command {
  const where = end === "left" ? "before the first" : "behind the last";
  return defineCommand({
    name,
    group: "list",
    since: "2.2.0",
    arity: -3,
    flags: ["write", "denyoom", "fast"],
    keys: { first: 1, last: 1, step: 1, flags: ["RW", "insert"] },
    syntax: "key element [element ...]",
    summary: `Adds elements ${where} of a list that exists; answers its length, 0 when there is none.`,
    complexity: "O(N log M) for N elements in a list of M",
    convergence: `${PUSHES} Whether the list exists is decided where the command runs.`,
    parse: (args) => ({ key: args[0]!, values: args.slice(1) }),
    run: (tx, { key, values }) => (tx.lists.get(key) === null ? 0 : pushValues(tx, key, end, values)),
  });
}

function definePop(name: string, end: ListEnd): Command {
  return defineCommand({
    name,
    group: "list",
    since: "1.0.0",
    arity: -2,
    flags: ["write", "fast"],
    keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "delete"] },
    syntax: "key [count]",
    summary: `Removes the ${end === "left" ? "first" : "last"} element, or as many as \`count\`, and answers them; the key goes with the last one.`,
    complexity: "O(N log M) for N elements of a list of M",
    convergence: POPS,
    parse(args) {
      if (args.length > 2) throw wrongNumberOfArguments(name.toLowerCase());
      return { key: args[0]!, count: args[1] === undefined ? null : boundedWord(args[1], 0, NOT_POSITIVE) };
    },
    run(tx, { key, count }) {
      if (count === null) return popValues(tx, key, end, 1)?.[0] ?? null;
      return popValues(tx, key, end, count) ?? NULL_ARRAY;
    },
  });
}

export const LIST_END_COMMANDS = [
  definePush("LPUSH", "1.0.0", "left"),
  definePush("RPUSH", "1.0.0", "right"),
  definePushToExisting("LPUSHX", "left"),
  definePushToExisting("RPUSHX", "right"),
  definePop("LPOP", "left"),
  definePop("RPOP", "right"),
];
