import { defineCommand, READS_LOCALLY, type Command } from "../define-command.ts";
import { lexBounds, rankBounds, scoreBounds, type Bounds } from "./sorted-set-bounds.ts";
import { membersOf, parseRange, type RangeForm } from "./sorted-set-range.ts";
import { scoredReply } from "./sorted-set-replies.ts";

/** Ranges of a sorted set: answered, stored, removed. */

interface RangeShape {
  readonly name: string;
  readonly since: string;
  readonly syntax: string;
  readonly summary: string;
  readonly form: RangeForm;
}

const COMPLEXITY = "O(log(N)+M) for M members answered";

function defineRange({ form, ...meta }: RangeShape): Command {
  return defineCommand({
    ...meta,
    group: "sorted-set",
    arity: -4,
    flags: ["readonly"],
    keys: { first: 1, last: 1, step: 1 },
    complexity: COMPLEXITY,
    convergence: READS_LOCALLY,
    parse: (args) => ({ key: args[0]!, range: parseRange(args.slice(1), form) }),
    run: (tx, { key, range }, call) => scoredReply(membersOf(tx.sortedSets.get(key), range), range.withScores, call),
  });
}

const LIMITS = "[LIMIT offset count]";

export const zrange = defineRange({
  name: "ZRANGE",
  since: "1.2.0",
  syntax: `key start stop [BYSCORE | BYLEX] [REV] ${LIMITS} [WITHSCORES]`,
  summary: "Answers members of a sorted set in a range of ranks, scores or bytes.",
  form: { by: null, reverse: null, takesWithScores: true },
});

export const zrevrange = defineRange({
  name: "ZREVRANGE",
  since: "1.2.0",
  syntax: "key start stop [WITHSCORES]",
  summary: "Answers members of a sorted set in a range of ranks from the highest score on.",
  form: { by: "rank", reverse: true, takesWithScores: true },
});

export const zrangebyscore = defineRange({
  name: "ZRANGEBYSCORE",
  since: "1.0.5",
  syntax: `key min max [WITHSCORES] ${LIMITS}`,
  summary: "Answers members of a sorted set in a range of scores.",
  form: { by: "score", reverse: false, takesWithScores: true },
});

export const zrevrangebyscore = defineRange({
  name: "ZREVRANGEBYSCORE",
  since: "2.2.0",
  syntax: `key max min [WITHSCORES] ${LIMITS}`,
  summary: "Answers members of a sorted set in a range of scores, the highest first.",
  form: { by: "score", reverse: true, takesWithScores: true },
});

export const zrangebylex = defineRange({
  name: "ZRANGEBYLEX",
  since: "2.8.9",
  syntax: `key min max ${LIMITS}`,
  summary: "Answers members of one score in a range of bytes.",
  form: { by: "lex", reverse: false, takesWithScores: true },
});

export const zrevrangebylex = defineRange({
  name: "ZREVRANGEBYLEX",
  since: "2.8.9",
  syntax: `key max min ${LIMITS}`,
  summary: "Answers members of one score in a range of bytes, the last first.",
  form: { by: "lex", reverse: true, takesWithScores: true },
});

export const zrangestore = defineCommand({
  name: "ZRANGESTORE",
  group: "sorted-set",
  since: "6.2.0",
  arity: -5,
  flags: ["write", "denyoom"],
  keys: [
    { first: 1, last: 1, step: 1, flags: ["OW", "update"] },
    { first: 2, last: 2, step: 1, flags: ["RO", "access"] },
  ],
  syntax: `destination source min max [BYSCORE | BYLEX] [REV] ${LIMITS}`,
  summary: "Stores members of a sorted set in a range; answers how many they are.",
  complexity: COMPLEXITY,
  convergence: "K9: as effects: what was observed of the destination is deleted, what this region saw is written.",
  parse: (args) => ({
    to: args[0]!,
    from: args[1]!,
    range: parseRange(args.slice(2), { by: null, reverse: null, takesWithScores: false }),
  }),
  run(tx, { to, from, range }) {
    const members = membersOf(tx.sortedSets.get(from), range);
    tx.sortedSets.store(to, members);
    return members.length;
  },
});

interface RemoveShape {
  readonly name: string;
  readonly since: string;
  readonly syntax: string;
  readonly summary: string;
  readonly boundsOf: (first: string, second: string) => Bounds;
}

function defineRemove({ boundsOf, ...meta }: RemoveShape): Command {
  return defineCommand({
    ...meta,
    group: "sorted-set",
    arity: 4,
    flags: ["write"],
    keys: { first: 1, last: 1, step: 1, flags: ["RW", "delete"] },
    complexity: "O(log(N)+M) for M members removed",
    convergence: "Z3, Z5: this region decides which members go, and what it has not seen of them stays.",
    parse: (args) => ({ key: args[0]!, bounds: boundsOf(args[1]!, args[2]!) }),
    run(tx, { key, bounds }) {
      const set = tx.sortedSets.get(key);
      if (set === null) return 0;
      const { from, to } = bounds(set);
      if (from >= to) return 0;
      const members = set.slice(from, to).map(({ member }) => member);
      if (members.length > 0) tx.sortedSets.remove(key, members);
      return members.length;
    },
  });
}

export const zremrangebyrank = defineRemove({
  name: "ZREMRANGEBYRANK",
  since: "2.0.0",
  syntax: "key start stop",
  summary: "Removes members of a sorted set in a range of ranks; answers how many they were.",
  boundsOf: rankBounds,
});

export const zremrangebyscore = defineRemove({
  name: "ZREMRANGEBYSCORE",
  since: "1.2.0",
  syntax: "key min max",
  summary: "Removes members of a sorted set in a range of scores; answers how many they were.",
  boundsOf: scoreBounds,
});

export const zremrangebylex = defineRemove({
  name: "ZREMRANGEBYLEX",
  since: "2.8.9",
  syntax: "key min max",
  summary: "Removes members of one score in a range of bytes; answers how many they were.",
  boundsOf: lexBounds,
});
