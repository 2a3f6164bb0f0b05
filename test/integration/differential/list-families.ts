import type { Make } from "./script-generator.ts";

/** Lists. What blocks is asked where it must not wait: with something there, a wrong word, or inside MULTI. */

const LISTS = ["l", "m", "q"];
const VALUES = ["a", "b", "c", "a", "", "x".repeat(70), "\xff\0"];
const ENDS = ["left", "right", "LEFT", "RIGHT", "left", "right", "middle"];
const COUNTS = ["0", "1", "2", "3", "-1", "-2", "100", "x", "1.5", "9223372036854775807", "-9223372036854775808"];
const INDEXES = ["0", "1", "-1", "2", "-2", "5", "-5", "100", "-100", "x", "9223372036854775807"];
const TIMEOUTS = ["-1", "x", "", "nan"];

export const LIST_FAMILIES: readonly Make[] = [
  (p) => [p.one(["lpush", "rpush"]), p.one(LISTS), p.many(() => [p.one(VALUES)])],
  (p) => [p.one(["lpush", "rpush", "lpushx", "rpushx"]), p.one([...LISTS, p.key()]), p.many(() => [p.one(VALUES)])],
  (p) => [p.one(["lpop", "rpop"]), p.one([...LISTS, p.key()]), p.option([], [], [p.one(COUNTS)], ["1", "2"])],
  (p) => [p.one(["llen", "type"]), p.one([...LISTS, p.key()])],
  (p) => ["lrange", p.one([...LISTS, p.key()]), p.one(INDEXES), p.one(INDEXES)],
  (p) => ["lrange", p.one(LISTS), "0", "-1"],
  (p) => ["lindex", p.one([...LISTS, p.key()]), p.one(INDEXES)],
  (p) => ["lset", p.one([...LISTS, p.key()]), p.one(INDEXES), p.one(VALUES)],
  (p) => [
    "linsert",
    p.one([...LISTS, p.key()]),
    p.one(["before", "after", "BEFORE", "foo"]),
    p.one(VALUES),
    p.one(["i", "j", "a"]),
  ],
  (p) => ["lrem", p.one([...LISTS, p.key()]), p.one(COUNTS), p.one(VALUES)],
  (p) => ["ltrim", p.one([...LISTS, p.key()]), p.one(INDEXES), p.one(INDEXES)],
  (p) => [
    "lpos",
    p.one([...LISTS, p.key()]),
    p.one(VALUES),
    p.option([], [], ["rank", p.one(["1", "2", "-1", "-2", "0", "x"])], ["rank"]),
    p.option([], ["count", p.one(["0", "1", "2", "-1", "x"])]),
    p.option([], ["maxlen", p.one(["0", "1", "2", "3", "-1", "x"])], ["foo", "1"]),
  ],
  (p) => [
    "lmove",
    p.one([...LISTS, p.key()]),
    p.one([...LISTS, p.key()]),
    p.one(ENDS),
    p.one(ENDS),
    p.option([], [], [], ["odd"]),
  ],
  (p) => ["rpoplpush", p.one([...LISTS, p.key()]), p.one([...LISTS, p.key()])],
  (p) => [
    "lmpop",
    p.one(["1", "2", "2", "3", "0", "x", "-1"]),
    p.one([...LISTS, p.key()]),
    p.one(LISTS),
    p.one(ENDS),
    p.option([], [], ["count", p.one(COUNTS)], ["count"], ["count", "1", "count", "2"], ["foo", "1"]),
  ],
  (p) => [p.one(["blpop", "brpop"]), p.many(() => [p.one([...LISTS, p.key()])]), p.one(TIMEOUTS)],
  (p) => ["blmove", p.one(LISTS), p.one(LISTS), p.one(ENDS), p.one(ENDS), p.one(TIMEOUTS)],
  (p) => ["brpoplpush", p.one(LISTS), p.one(LISTS), p.one(TIMEOUTS)],
  (p) => ["blmpop", p.one(TIMEOUTS), p.one(["1", "2", "0", "x"]), p.one(LISTS), p.one(LISTS), p.one(ENDS)],
];
