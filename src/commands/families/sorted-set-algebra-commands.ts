import type { BinaryString } from "../../base/bytes.ts";
import type { Scored } from "../../crdt/score.ts";
import { needsAnInputKey, WEIGHT_NOT_A_FLOAT } from "../collection-refusals.ts";
import { defineCommand, READS_LOCALLY, type Command } from "../define-command.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { clampedIntegerWord, isWord } from "../words.ts";
import { doubleWord } from "./double-words.ts";
import { cardinalityLimit } from "./set-algebra-commands.ts";
import {
  AGGREGATES,
  differenceOf,
  intersectionOf,
  intersectionSize,
  sourcesOf,
  unionOf,
  type Aggregate,
  type Combination,
} from "./sorted-set-algebra.ts";
import { scoredReply } from "./sorted-set-replies.ts";

/** Commands over several sorted sets, and those that store what comes of it. */

interface AlgebraShape {
  readonly name: "ZUNION" | "ZINTER" | "ZDIFF";
  readonly since: { readonly plain: string; readonly store: string };
  readonly what: string;
  readonly complexity: string;
  /** WEIGHTS and AGGREGATE are known. */
  readonly weighs: boolean;
  readonly compute: (combination: Combination) => readonly Scored[];
}

interface AlgebraRequest {
  readonly keys: readonly BinaryString[];
  /** Words after the keys. Judged when the keys have been looked at: of two mistakes Redis names the type of a key. */
  readonly options: readonly BinaryString[];
}

/** `numkeys key [key ...]` and what follows. */
function algebraRequest(words: readonly BinaryString[], fullName: string): AlgebraRequest {
  const count = clampedIntegerWord(words[0]!);
  if (count < 1) throw needsAnInputKey(fullName);
  if (count > words.length - 1) throw SYNTAX_ERROR;
  return { keys: words.slice(1, count + 1), options: words.slice(count + 1) };
}

interface AlgebraOptions {
  readonly weights: readonly number[];
  readonly aggregate: Aggregate;
  readonly withScores: boolean;
}

function algebraOptions({ keys, options }: AlgebraRequest, weighs: boolean, takesWithScores: boolean): AlgebraOptions {
  let weights: readonly number[] = keys.map(() => 1);
  let aggregate = AGGREGATES["SUM"]!;
  let withScores = false;
  for (let index = 0; index < options.length; index++) {
    const word = options[index];
    const left = options.length - index - 1;
    if (weighs && isWord(word, "WEIGHTS") && left >= keys.length) {
      weights = options.slice(index + 1, index + 1 + keys.length).map((one) => doubleWord(one, WEIGHT_NOT_A_FLOAT));
      index += keys.length;
    } else if (weighs && isWord(word, "AGGREGATE") && left >= 1) {
      const found = Object.entries(AGGREGATES).find(([name]) => isWord(options[index + 1], name));
      if (found === undefined) throw SYNTAX_ERROR;
      [, aggregate] = found;
      index++;
    } else if (takesWithScores && isWord(word, "WITHSCORES")) withScores = true;
    else throw SYNTAX_ERROR;
  }
  return { weights, aggregate, withScores };
}

const WEIGHING = " [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]";

function defineAlgebra({ name, since, what, complexity, weighs, compute }: AlgebraShape): Command {
  return defineCommand<AlgebraRequest>({
    name,
    group: "sorted-set",
    since: since.plain,
    arity: -3,
    flags: ["readonly"],
    keys: { countAt: 1 },
    syntax: `numkeys key [key ...]${weighs ? WEIGHING : ""} [WITHSCORES]`,
    summary: `Answers ${what}.`,
    complexity,
    convergence: READS_LOCALLY,
    parse: (args) => algebraRequest(args, name.toLowerCase()),
    run(tx, request, call) {
      const sources = sourcesOf(tx, request.keys);
      const { withScores, ...options } = algebraOptions(request, weighs, true);
      return scoredReply(compute({ sources, ...options }), withScores, call);
    },
  });
}

function defineAlgebraStore({ name, since, what, complexity, weighs, compute }: AlgebraShape): Command {
  return defineCommand<{ readonly to: BinaryString; readonly request: AlgebraRequest }>({
    name: `${name}STORE`,
    group: "sorted-set",
    since: since.store,
    arity: -4,
    flags: ["write", "denyoom"],
    keys: [
      { first: 1, last: 1, step: 1, flags: ["OW", "update"] },
      { countAt: 2, flags: ["RO", "access"] },
    ],
    syntax: `destination numkeys key [key ...]${weighs ? WEIGHING : ""}`,
    summary: `Stores ${what}; answers how many members that are.`,
    complexity,
    convergence:
      "K9, Z3: as effects: what was observed of the destination is deleted, what this region computed is written.",
    parse: (args) => ({ to: args[0]!, request: algebraRequest(args.slice(1), `${name.toLowerCase()}store`) }),
    run(tx, { to, request }) {
      const sources = sourcesOf(tx, request.keys);
      const { weights, aggregate } = algebraOptions(request, weighs, false);
      const members = compute({ sources, weights, aggregate });
      tx.sortedSets.store(to, members);
      return members.length;
    },
  });
}

const UNION: AlgebraShape = {
  name: "ZUNION",
  since: { plain: "6.2.0", store: "2.0.0" },
  what: "the members that are in any of several sorted sets, their scores added up",
  complexity: "O(N)+O(M*log(M)) for N members given and M in the result",
  weighs: true,
  compute: unionOf,
};
const INTERSECTION: AlgebraShape = {
  name: "ZINTER",
  since: { plain: "6.2.0", store: "2.0.0" },
  what: "the members that are in each of several sorted sets, their scores added up",
  complexity: "O(N*K)+O(M*log(M)) for N members of the smallest of K and M in the result",
  weighs: true,
  compute: intersectionOf,
};
const DIFFERENCE: AlgebraShape = {
  name: "ZDIFF",
  since: { plain: "6.2.0", store: "6.2.0" },
  what: "the members of the first sorted set that are in none of the others",
  complexity: "O(N*K)+O(M*log(M)) for N members of the first of K and M in the result",
  weighs: false,
  compute: differenceOf,
};

export const zunion = defineAlgebra(UNION);
export const zunionstore = defineAlgebraStore(UNION);
export const zinter = defineAlgebra(INTERSECTION);
export const zinterstore = defineAlgebraStore(INTERSECTION);
export const zdiff = defineAlgebra(DIFFERENCE);
export const zdiffstore = defineAlgebraStore(DIFFERENCE);

export const zintercard = defineCommand<AlgebraRequest>({
  name: "ZINTERCARD",
  group: "sorted-set",
  since: "7.0.0",
  arity: -3,
  flags: ["readonly"],
  keys: { countAt: 1 },
  syntax: "numkeys key [key ...] [LIMIT limit]",
  summary: "Answers how many members are in each of several sorted sets.",
  complexity: "O(N*K) for N members of the smallest of K",
  convergence: READS_LOCALLY,
  parse: (args) => algebraRequest(args, "zintercard"),
  run(tx, { keys, options }) {
    const sources = sourcesOf(tx, keys);
    return intersectionSize(sources, cardinalityLimit(options));
  },
});
