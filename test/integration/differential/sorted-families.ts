import type { Make } from "./script-generator.ts";

/** Sets and sorted sets. Scores are sums of powers of two, where doubles and exact decimals agree. */

const MEMBERS = ["a", "b", "c", "d", "10", "-3", "7", "07", "\xff\0", "", "x".repeat(70)];
const SCORES = ["0", "1", "-1", "2.5", "0.125", "1e3", "inf", "-inf", "+5", "0x10", ".5"];
const ODD_SCORES = ["nan", "", "x", " 1", "1e400", "1e-400", "1.5x"];
const SCORE_BOUNDS = ["-inf", "+inf", "0", "(0", "1", "(1", "2.5", "(", "", "x", "(x", "inf"];
const LEX_BOUNDS = ["-", "+", "[a", "(a", "[b", "(c", "[", "(", "x", "", "[\xff"];
const RANKS = ["0", "1", "-1", "2", "-2", "5", "-100", "100", "x", "9223372036854775807", "-9223372036854775808"];
const SET_KEYS = ["s", "t", "u"];
const SORTED_KEYS = ["z", "y", "w"];

const CONDITIONS = [[], [], ["nx"], ["xx"], ["gt"], ["lt"], ["xx", "gt"], ["nx", "xx"], ["gt", "lt"], ["nx", "gt"]];

export const SORTED_FAMILIES: readonly Make[] = [
  (p) => [p.one(["sadd", "srem", "smismember"]), p.one([...SET_KEYS, p.key()]), p.many(() => [p.one(MEMBERS)])],
  (p) => ["sadd", p.one(SET_KEYS), p.many(() => [p.one(MEMBERS)])],
  (p) => [p.one(["smembers", "scard", "type"]), p.one([...SET_KEYS, ...SORTED_KEYS, p.key()])],
  (p) => ["sismember", p.one(SET_KEYS), p.one(MEMBERS)],
  (p) => ["smove", p.one([...SET_KEYS, p.key()]), p.one([...SET_KEYS, p.key()]), p.one(MEMBERS)],
  (p) => [p.one(["sunion", "sinter", "sdiff"]), p.many(() => [p.one([...SET_KEYS, ...SET_KEYS, p.key()])])],
  (p) => [
    p.one(["sunionstore", "sinterstore", "sdiffstore"]),
    p.one([...SET_KEYS, p.key()]),
    p.many(() => [p.one([...SET_KEYS, ...SET_KEYS, p.key()])]),
  ],
  (p) => [
    "sintercard",
    p.one(["1", "2", "2", "0", "x", "9"]),
    p.one(SET_KEYS),
    p.one(SET_KEYS),
    p.option([], ["limit", p.one(RANKS)], ["limit"], ["foo"]),
  ],
  (p) => [
    p.one(["srandmember", "spop"]),
    p.one([...SET_KEYS, p.key()]),
    p.option(["100"], ["0"], ["x"], ["1", "2"], ["-9223372036854775808"]),
  ],
  (p) => [
    p.one(["sscan", "zscan"]),
    p.one([...SET_KEYS, ...SORTED_KEYS]),
    "0",
    p.option([], ["match", "a*"], ["count", "100"]),
  ],
  (p) => [
    "zadd",
    p.one(SORTED_KEYS),
    p.option(...CONDITIONS),
    p.option([], [], ["ch"], ["incr"]),
    p.many(() => [p.one(SCORES), p.one(MEMBERS)]),
  ],
  (p) => ["zadd", p.one(SORTED_KEYS), p.many(() => [p.one(SCORES), p.one(MEMBERS)])],
  (p) => ["zadd", "lex", p.many(() => ["0", p.one(MEMBERS)])],
  (p) => [
    "zadd",
    p.key(),
    p.option([], ["nx"]),
    p.one([...SCORES, ...ODD_SCORES]),
    p.one(MEMBERS),
    p.option([], [], ["1"]),
  ],
  (p) => ["zincrby", p.one([...SORTED_KEYS, p.key()]), p.one([...SCORES, ...SCORES, ...ODD_SCORES]), p.one(MEMBERS)],
  (p) => [p.one(["zrem", "zmscore"]), p.one([...SORTED_KEYS, p.key()]), p.many(() => [p.one(MEMBERS)])],
  (p) => [p.one(["zscore", "zrank", "zrevrank"]), p.one([...SORTED_KEYS, p.key()]), p.one(MEMBERS)],
  (p) => ["zcard", p.one([...SORTED_KEYS, p.key()])],
  (p) => [p.one(["zcount", "zremrangebyscore"]), p.one(SORTED_KEYS), p.one(SCORE_BOUNDS), p.one(SCORE_BOUNDS)],
  (p) => [p.one(["zlexcount", "zremrangebylex"]), "lex", p.one(LEX_BOUNDS), p.one(LEX_BOUNDS)],
  (p) => ["zremrangebyrank", p.one(SORTED_KEYS), p.one(RANKS), p.one(RANKS)],
  (p) => [
    p.one(["zrange", "zrevrange"]),
    p.one([...SORTED_KEYS, p.key()]),
    p.one(RANKS),
    p.one(RANKS),
    p.option([], ["withscores"], ["rev"], ["rev", "withscores"], ["limit", "0", "1"], ["limit", "0", "-1"]),
  ],
  (p) => [
    p.one(["zrangebyscore", "zrevrangebyscore", "zrange"]),
    p.one(SORTED_KEYS),
    p.one(SCORE_BOUNDS),
    p.one(SCORE_BOUNDS),
    p.option([], ["withscores"], ["byscore"], ["byscore", "rev"], ["limit", p.one(RANKS), p.one(RANKS)]),
    p.option([], [], ["limit", p.one(RANKS), p.one(RANKS)], ["limit", "1"]),
  ],
  (p) => [
    p.one(["zrangebylex", "zrevrangebylex", "zrange"]),
    "lex",
    p.one(LEX_BOUNDS),
    p.one(LEX_BOUNDS),
    p.option([], ["bylex"], ["bylex", "rev"], ["withscores"], ["limit", p.one(RANKS), p.one(RANKS)]),
  ],
  (p) => [
    "zrangestore",
    p.one([...SORTED_KEYS, p.key()]),
    p.one([...SORTED_KEYS, p.key()]),
    p.option(
      ["0", "-1"],
      ["1", "2"],
      ["0", "1", "rev"],
      ["-inf", "5", "byscore"],
      ["0", "1", "withscores"],
      ["-", "+", "bylex"],
    ),
  ],
  (p) => [
    p.one(["zpopmin", "zpopmax"]),
    p.one([...SORTED_KEYS, p.key()]),
    p.option([], ["1"], ["2"], ["0"], ["-1"], ["x"], ["1", "2"]),
  ],
  (p) => [
    "zmpop",
    p.one(["1", "2", "2", "0", "x", "9"]),
    p.one([...SORTED_KEYS, p.key()]),
    p.one(SORTED_KEYS),
    p.one(["min", "max", "foo"]),
    p.option([], ["count", p.one(["1", "2", "0", "x"])], ["count"], ["foo"]),
  ],
  () => ["zadd", "full", "1", "a", "2", "b"],
  (p) => [
    p.one(["bzpopmin", "bzpopmax"]),
    p.option(["nothing", "full"], ["full"], ["full", "z"]),
    p.one(["0.01", "0.02", "x", "-1"]),
  ],
  (p) => [
    "bzmpop",
    p.one(["0.01", "0.02", "x", "-1"]),
    p.option(["1", "full"], ["2", "nothing", "full"]),
    p.one(["min", "max"]),
  ],
  (p) => ["zrandmember", p.one(SORTED_KEYS), p.option(["100"], ["100", "withscores"], ["0"], ["x"], ["1", "foo"])],
  (p) => [
    p.one(["zunion", "zinter", "zdiff"]),
    p.option(
      ["1", p.one(SORTED_KEYS)],
      ["2", p.one(SORTED_KEYS), p.one([...SET_KEYS, ...SORTED_KEYS, p.key()])],
      ["0", "z"],
      ["x", "z"],
    ),
    p.option([], ["weights", "2", "0.5"], ["weights", "2"], ["weights", "x", "1"], ["weights", "inf", "0"]),
    p.option([], ["aggregate", p.one(["sum", "MIN", "max", "foo"])]),
    p.option([], ["withscores"], ["limit", "1"]),
  ],
  (p) => [
    p.one(["zunionstore", "zinterstore", "zdiffstore"]),
    p.one([...SORTED_KEYS, p.key()]),
    p.option(
      ["1", p.one(SORTED_KEYS)],
      ["2", p.one(SORTED_KEYS), p.one([...SET_KEYS, ...SORTED_KEYS, p.key()])],
      ["0", "z"],
    ),
    p.option([], [], ["weights", "2", "0.5"], ["weights", "2"], ["aggregate", "max"], ["withscores"]),
  ],
  (p) => [
    "zintercard",
    p.one(["1", "2", "2", "0", "x", "9"]),
    p.one([...SORTED_KEYS, ...SET_KEYS, p.key()]),
    p.one(SORTED_KEYS),
    p.option([], ["limit", p.one(RANKS)], ["limit"], ["weights", "1"]),
  ],
];
