import type { BinaryString } from "../../base/bytes.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { Reply } from "../../resp/reply.ts";
import { defineCommand } from "../define-command.ts";
import { notify } from "../messages/notify.ts";
import { WOULD_NOT_BE_FINITE } from "../refusals.ts";
import { integerWord } from "../words.ts";
import { floatIncrementWord, floatValue, increased, increasedFloat, negatedWord } from "./counter-arithmetic.ts";

/** Counters: string keys that are numbers. What is written is the increment. */

const INCREMENTS_ADD =
  "C1-C5: concurrent increments add up; one that a SET or DEL had not observed survives it. " +
  "C10: past 64 bits it is refused here; a merged sum saturates.";

interface CounterRequest {
  readonly key: BinaryString;
  readonly delta: number | bigint;
}

interface CounterShape {
  readonly name: "INCR" | "DECR" | "INCRBY" | "DECRBY";
  readonly arity: number;
  readonly syntax: string;
  readonly summary: string;
  readonly parse: (args: readonly BinaryString[]) => CounterRequest;
}

function defineCounter(shape: CounterShape) {
  return defineCommand<CounterRequest>({
    ...shape,
    group: "string",
    since: "1.0.0",
    flags: ["write", "denyoom", "fast"],
    keys: { first: 1, last: 1, step: 1 },
    complexity: "O(1)",
    convergence: INCREMENTS_ADD,
    run(tx: Transaction, { key, delta }: CounterRequest, call): Reply {
      const after = increased(tx.strings.get(key), delta);
      tx.strings.add(key, delta);
      notify(call, "string", "incrby", key);
      return after;
    },
  });
}

export const incr = defineCounter({
  name: "INCR",
  arity: 2,
  syntax: "key",
  summary: "Adds one to the integer value of a key; an absent key counts as 0.",
  parse: (args) => ({ key: args[0]!, delta: 1 }),
});

export const decr = defineCounter({
  name: "DECR",
  arity: 2,
  syntax: "key",
  summary: "Takes one from the integer value of a key; an absent key counts as 0.",
  parse: (args) => ({ key: args[0]!, delta: -1 }),
});

export const incrby = defineCounter({
  name: "INCRBY",
  arity: 3,
  syntax: "key increment",
  summary: "Adds a number to the integer value of a key; an absent key counts as 0.",
  parse: (args) => ({ key: args[0]!, delta: integerWord(args[1]!) }),
});

export const decrby = defineCounter({
  name: "DECRBY",
  arity: 3,
  syntax: "key decrement",
  summary: "Takes a number from the integer value of a key; an absent key counts as 0.",
  parse: (args) => ({ key: args[0]!, delta: negatedWord(args[1]!) }),
});

export const incrbyfloat = defineCommand({
  name: "INCRBYFLOAT",
  group: "string",
  since: "2.6.0",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  keys: { first: 1, last: 1, step: 1 },
  syntax: "key increment",
  summary: "Adds a number with a fraction to the value of a key; an absent key counts as 0.",
  complexity: "O(1)",
  convergence: "C8: concurrent increments add up, as exact decimals, to the same digits in every region.",
  parse: (args) => ({ key: args[0]!, word: args[1]! }),
  run(tx, { key, word }, call) {
    // The value is judged before the word, as in Redis.
    const before = floatValue(tx.strings.get(key));
    const increment = floatIncrementWord(word, WOULD_NOT_BE_FINITE);
    const after = increasedFloat(before, increment);
    tx.strings.add(key, increment.delta);
    notify(call, "string", "incrbyfloat", key);
    return after;
  },
});
