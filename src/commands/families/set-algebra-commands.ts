import type { BinaryString } from "../../base/bytes.ts";
import { SetReply } from "../../resp/reply.ts";
import { KEYS_OUTNUMBER_ARGUMENTS, NEGATIVE_LIMIT, NUMKEYS_NOT_POSITIVE } from "../collection-refusals.ts";
import { defineCommand, READS_LOCALLY, type Command } from "../define-command.ts";
import { notifyStored } from "../messages/notify.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { clampedIntegerWord, isWord } from "../words.ts";
import { difference, intersection, intersectionUpTo, union, type SetAlgebra } from "./set-algebra.ts";
import { membersInOrder } from "./set-read-commands.ts";

/** Commands over several sets, and those that store what comes of it. */

interface AlgebraShape {
  readonly name: "SUNION" | "SINTER" | "SDIFF";
  readonly what: string;
  readonly complexity: string;
  readonly compute: SetAlgebra;
}

function defineAlgebra({ name, what, complexity, compute }: AlgebraShape): Command {
  return defineCommand({
    name,
    group: "set",
    since: "1.0.0",
    arity: -2,
    flags: ["readonly"],
    keys: { first: 1, last: -1, step: 1 },
    syntax: "key [key ...]",
    summary: `Answers ${what}.`,
    complexity,
    convergence: READS_LOCALLY,
    parse: (args) => args,
    run: (tx, keys) => new SetReply(membersInOrder([...compute(tx, keys)])),
  });
}

function defineAlgebraStore({ name, what, complexity, compute }: AlgebraShape): Command {
  return defineCommand({
    name: `${name}STORE`,
    group: "set",
    since: "1.0.0",
    arity: -3,
    flags: ["write", "denyoom"],
    keys: [
      { first: 1, last: 1, step: 1, flags: [name === "SINTER" ? "RW" : "OW", "update"] },
      { first: 2, last: -1, step: 1, flags: ["RO", "access"] },
    ],
    syntax: "destination key [key ...]",
    summary: `Stores ${what}; answers how many members that are.`,
    complexity,
    convergence:
      "K9, M3: as effects: what was observed of the destination is deleted, what this region computed is written.",
    parse: (args) => ({ to: args[0]!, keys: args.slice(1) }),
    run(tx, { to, keys }, call) {
      const members = compute(tx, keys);
      const existed = tx.typeOf(to) !== null;
      tx.sets.store(to, members);
      notifyStored(call, "set", `${name.toLowerCase()}store`, to, { existed, isEmpty: members.length === 0 });
      return members.length;
    },
  });
}

const UNION: AlgebraShape = {
  name: "SUNION",
  what: "the members that are in any of several sets",
  complexity: "O(N) in the members of all sets",
  compute: union,
};
const INTERSECTION: AlgebraShape = {
  name: "SINTER",
  what: "the members that are in each of several sets",
  complexity: "O(N*M): members of the smallest set by sets",
  compute: intersection,
};
const DIFFERENCE: AlgebraShape = {
  name: "SDIFF",
  what: "the members of the first set that are in none of the others",
  complexity: "O(N*M): members of the first set by sets",
  compute: difference,
};

export const sunion = defineAlgebra(UNION);
export const sunionstore = defineAlgebraStore(UNION);
export const sinter = defineAlgebra(INTERSECTION);
export const sinterstore = defineAlgebraStore(INTERSECTION);
export const sdiff = defineAlgebra(DIFFERENCE);
export const sdiffstore = defineAlgebraStore(DIFFERENCE);

interface CardinalityRequest {
  readonly keys: readonly BinaryString[];
  /** Counting may stop here. */
  readonly limit: number;
}

/** `numkeys key [key ...] [LIMIT limit]`. */
function cardinalityRequest(args: readonly BinaryString[]): CardinalityRequest {
  const count = clampedIntegerWord(args[0]!, NUMKEYS_NOT_POSITIVE);
  if (count <= 0) throw NUMKEYS_NOT_POSITIVE;
  if (count > args.length - 1) throw KEYS_OUTNUMBER_ARGUMENTS;
  return { keys: args.slice(1, 1 + count), limit: cardinalityLimit(args.slice(1 + count)) };
}

/** `[LIMIT limit]`, as SINTERCARD and ZINTERCARD have it: 0 is no limit. */
export function cardinalityLimit(options: readonly BinaryString[]): number {
  let limit = 0;
  for (let index = 0; index < options.length; index += 2) {
    if (!isWord(options[index], "LIMIT") || index + 1 >= options.length) throw SYNTAX_ERROR;
    limit = clampedIntegerWord(options[index + 1]!, NEGATIVE_LIMIT);
    if (limit < 0) throw NEGATIVE_LIMIT;
  }
  return limit === 0 ? Number.POSITIVE_INFINITY : limit;
}

export const sintercard = defineCommand<CardinalityRequest>({
  name: "SINTERCARD",
  group: "set",
  since: "7.0.0",
  arity: -3,
  flags: ["readonly"],
  keys: { countAt: 1 },
  syntax: "numkeys key [key ...] [LIMIT limit]",
  summary: "Answers how many members are in each of several sets.",
  complexity: INTERSECTION.complexity,
  convergence: READS_LOCALLY,
  parse: cardinalityRequest,
  run: (tx, { keys, limit }) => intersectionUpTo(tx, keys, limit).length,
});
