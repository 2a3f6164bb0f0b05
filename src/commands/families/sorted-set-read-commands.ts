import type { BinaryString } from "../../base/bytes.ts";
import type { Random } from "../../base/random.ts";
import type { Scored } from "../../crdt/score.ts";
import type { SortedSetView } from "../../keyspace/types/zset/sorted-set-port.ts";
import { formatDouble } from "../../resp/format-double.ts";
import { DoubleReply, NULL_ARRAY, type Reply } from "../../resp/reply.ts";
import { defineCommand, READS_LOCALLY, type Command } from "../define-command.ts";
import { definerOfReads } from "./define-read.ts";
import { OUT_OF_RANGE, outOfRange, SYNTAX_ERROR, wrongNumberOfArguments } from "../refusals.ts";
import { integerWord, isWord } from "../words.ts";
import { chooseDistinct, chooseRepeated } from "./random-choice.ts";
import { scanOptions } from "./scan-options.ts";
import { lexBounds, scoreBounds, type Bounds } from "./sorted-set-bounds.ts";
import { scoredReply } from "./sorted-set-replies.ts";

/** Reading members of one sorted set: their scores, ranks and number. */

const defineSortedSetRead = definerOfReads<SortedSetView>("sorted-set", (tx, key) => tx.sortedSets.get(key));

const scoreReply = (score: number | null | undefined): Reply => (score == null ? null : new DoubleReply(score));

export const zscore = defineSortedSetRead({
  name: "ZSCORE",
  since: "1.2.0",
  arity: 3,
  flags: ["readonly", "fast"],
  syntax: "key member",
  summary: "Answers the score of a member.",
  complexity: "O(1)",
  parse: (args) => args[1]!,
  answer: (set, member) => scoreReply(set?.score(member)),
});

export const zmscore = defineSortedSetRead({
  name: "ZMSCORE",
  since: "6.2.0",
  arity: -3,
  flags: ["readonly", "fast"],
  syntax: "key member [member ...]",
  summary: "Answers the scores of members; null where there is none.",
  complexity: "O(N) in the number of members given",
  parse: (args) => args.slice(1),
  answer: (set, members) => members.map((member) => scoreReply(set?.score(member))),
});

export const zcard = defineSortedSetRead({
  name: "ZCARD",
  since: "1.2.0",
  arity: 2,
  flags: ["readonly", "fast"],
  keyFlags: ["RO"],
  syntax: "key",
  summary: "Answers how many members a sorted set has.",
  complexity: "O(1)",
  parse: () => null,
  answer: (set) => set?.size ?? 0,
});

function countIn(set: SortedSetView | null, bounds: Bounds): number {
  if (set === null) return 0;
  const { from, to } = bounds(set);
  return to - from;
}

export const zcount = defineSortedSetRead({
  name: "ZCOUNT",
  since: "2.0.0",
  arity: 4,
  flags: ["readonly", "fast"],
  syntax: "key min max",
  summary: "Answers how many members have a score in a range.",
  complexity: "O(log(N))",
  parse: (args) => scoreBounds(args[1]!, args[2]!),
  answer: countIn,
});

export const zlexcount = defineSortedSetRead({
  name: "ZLEXCOUNT",
  since: "2.8.9",
  arity: 4,
  flags: ["readonly", "fast"],
  syntax: "key min max",
  summary: "Answers how many members of one score are in a range of bytes.",
  complexity: "O(log(N))",
  parse: (args) => lexBounds(args[1]!, args[2]!),
  answer: countIn,
});

function defineRank(name: "ZRANK" | "ZREVRANK", reverse: boolean): Command {
  return defineSortedSetRead({
    name,
    since: "2.0.0",
    arity: -3,
    flags: ["readonly", "fast"],
    syntax: "key member [WITHSCORE]",
    summary: `Answers the place of a member from the ${reverse ? "highest" : "lowest"} score on, the first is 0.`,
    complexity: "O(log(N))",
    parse(args) {
      if (args.length > 3) throw wrongNumberOfArguments(name.toLowerCase());
      if (args.length === 3 && !isWord(args[2], "WITHSCORE")) throw SYNTAX_ERROR;
      return { member: args[1]!, withScore: args.length === 3 };
    },
    answer(set, { member, withScore }) {
      const rank = set?.rankOf(member) ?? -1;
      if (set === null || rank < 0) return withScore ? NULL_ARRAY : null;
      const shown = reverse ? set.size - 1 - rank : rank;
      return withScore ? [shown, new DoubleReply(set.score(member)!)] : shown;
    },
  });
}

export const zrank = defineRank("ZRANK", false);
export const zrevrank = defineRank("ZREVRANK", true);

export const zscan = defineCommand({
  name: "ZSCAN",
  group: "sorted-set",
  since: "2.8.0",
  arity: -3,
  flags: ["readonly"],
  keys: { first: 1, last: 1, step: 1 },
  syntax: "key cursor [MATCH pattern] [COUNT count]",
  summary: "Walks the members of a sorted set with their scores, some at a time.",
  complexity: "O(COUNT) a call, O(N) for a whole walk",
  convergence: `${READS_LOCALLY} A member that is there during the whole walk is answered.`,
  parse: (args) => ({ key: args[0]!, options: scanOptions(args[1]!, args.slice(2), []) }),
  run(tx, { key, options }) {
    const found: BinaryString[] = [];
    const next = tx.sortedSets.get(key)?.scan(options.cursor, options.count, ({ member, score }) => {
      if (options.match === null || options.match.matches(member)) found.push(member, formatDouble(score));
    });
    return [String(next ?? 0), found];
  },
});

/** Members of one answer with repetition: bounds what a single word (`-1000000000`) can make us build. */
const RANDOM_MEMBERS_MAX = 10_000_000;

export const zrandmember = defineSortedSetRead({
  name: "ZRANDMEMBER",
  since: "6.2.0",
  arity: -2,
  flags: ["readonly"],
  syntax: "key [count [WITHSCORES]]",
  summary: "Answers random members of a sorted set: distinct ones, or with a negative count possibly repeated ones.",
  complexity: "O(N*log(M)) for N members answered of M",
  parse(args) {
    if (args.length === 1) return { count: null, withScores: false };
    const count = integerWord(args[1]!);
    if (count === -9223372036854775808n) throw outOfRange("-9223372036854775807", "9223372036854775807");
    if (args.length > 3 || (args.length === 3 && !isWord(args[2], "WITHSCORES"))) throw SYNTAX_ERROR;
    const withScores = args.length === 3;
    const half = 4611686018427387903n;
    if (withScores && (BigInt(count) > half || BigInt(count) < -half)) throw OUT_OF_RANGE;
    return { count: Number(count), withScores };
  },
  answer(set, { count, withScores }, call) {
    const { random } = call.server;
    if (set === null) return count === null ? null : [];
    if (count === null) return set.at(random.below(set.size))!.member;
    if (count < -RANDOM_MEMBERS_MAX) throw OUT_OF_RANGE;
    return scoredReply(chosen(set, count, random), withScores, call);
  },
});

function chosen(set: SortedSetView, count: number, random: Random): readonly Scored[] {
  if (count >= set.size) return set.slice(0, set.size);
  const ranks = count < 0 ? chooseRepeated(set.size, -count, random) : chooseDistinct(set.size, count, random);
  return ranks.map((rank) => set.at(rank)!);
}
