import type { BinaryString } from "../../base/bytes.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { ListEnd } from "../../keyspace/types/list/list-port.ts";
import { NULL_ARRAY, type Reply } from "../../resp/reply.ts";
import { defineCommand } from "../define-command.ts";
import { KeyWait } from "../key-wait.ts";
import type { KeySpec } from "../key-specs.ts";
import { timeoutWord } from "../words.ts";
import { endWord, popValues, pushValues } from "./list-access.ts";

/** Moving an element from one list to another, at once or when there is one. */

const MOVES =
  "K2, L4: one batch takes and puts; two regions may move the same element at the same moment, and then both copies are there.";
const WAITS = " L7: an element pushed anywhere wakes who waits; each region may hand it out once.";

const KEYS: readonly KeySpec[] = [
  { first: 1, last: 1, step: 1, flags: ["RW", "access", "delete"] },
  { first: 2, last: 2, step: 1, flags: ["RW", "insert"] },
];

interface Move {
  readonly from: BinaryString;
  readonly to: BinaryString;
  readonly taken: ListEnd;
  readonly put: ListEnd;
}

interface WaitingMove extends Move {
  readonly timeoutMs: number;
}

export const lmove = defineCommand<Move>({
  name: "LMOVE",
  group: "list",
  since: "6.2.0",
  arity: 5,
  flags: ["write", "denyoom"],
  keys: KEYS,
  syntax: "source destination LEFT | RIGHT LEFT | RIGHT",
  summary: "Takes an element from one end of a list, puts it at an end of another, and answers it.",
  complexity: "O(log N) in the length of the lists",
  convergence: MOVES,
  parse: (args) => ({ from: args[0]!, to: args[1]!, taken: endWord(args[2]), put: endWord(args[3]) }),
  run: (tx, request) => move(tx, request),
});

export const rpoplpush = defineCommand<Move>({
  name: "RPOPLPUSH",
  group: "list",
  since: "1.2.0",
  arity: 3,
  flags: ["write", "denyoom"],
  keys: KEYS,
  syntax: "source destination",
  summary: "Takes the last element of a list, makes it the first of another, and answers it.",
  complexity: "O(log N) in the length of the lists",
  convergence: MOVES,
  parse: (args) => ({ from: args[0]!, to: args[1]!, taken: "right", put: "left" }),
  run: (tx, request) => move(tx, request),
});

export const blmove = defineCommand<WaitingMove>({
  name: "BLMOVE",
  group: "list",
  since: "6.2.0",
  arity: 6,
  flags: ["write", "denyoom", "blocking"],
  keys: KEYS,
  needsConnection: true,
  syntax: "source destination LEFT | RIGHT LEFT | RIGHT timeout",
  summary: "LMOVE that waits, up to `timeout` seconds, until there is an element; 0: for ever.",
  complexity: "O(log N) in the length of the lists",
  convergence: `${MOVES}${WAITS}`,
  parse(args) {
    const [taken, put] = [endWord(args[2]), endWord(args[3])];
    return { from: args[0]!, to: args[1]!, taken, put, timeoutMs: timeoutWord(args[4]!) };
  },
  run: (tx, request) => moveOrWait(tx, request),
});

export const brpoplpush = defineCommand<WaitingMove>({
  name: "BRPOPLPUSH",
  group: "list",
  since: "2.2.0",
  arity: 4,
  flags: ["write", "denyoom", "blocking"],
  keys: KEYS,
  needsConnection: true,
  syntax: "source destination timeout",
  summary: "RPOPLPUSH that waits, up to `timeout` seconds, until there is an element; 0: for ever.",
  complexity: "O(log N) in the length of the lists",
  convergence: `${MOVES}${WAITS}`,
  parse: (args) => ({ from: args[0]!, to: args[1]!, taken: "right", put: "left", timeoutMs: timeoutWord(args[2]!) }),
  run: (tx, request) => moveOrWait(tx, request),
});

function moveOrWait(tx: Transaction, request: WaitingMove): Reply | KeyWait {
  const { from, timeoutMs } = request;
  return (
    move(tx, request) ?? new KeyWait({ keys: [from], type: "list", timeoutMs, timedOut: NULL_ARRAY, immediate: null })
  );
}

/** Null when there is nothing to move. The destination's type is checked before anything is taken. */
function move(tx: Transaction, { from, to, taken, put }: Move): BinaryString | null {
  const source = tx.lists.get(from);
  if (source === null) return null;
  if (from === to) {
    const rank = taken === "left" ? 0 : source.size - 1;
    const value = source.at(rank)!;
    tx.lists.rotate(from, rank, put);
    return value;
  }
  tx.lists.get(to);
  const [value] = popValues(tx, from, taken, 1)!;
  pushValues(tx, to, put, [value!]);
  return value!;
}
