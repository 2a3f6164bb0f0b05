import { describe, expect, test } from "vitest";
import { CommandWorld, expected, found, type Plain } from "./command-world.ts";

type Step = string | readonly string[] | Plain;
const SYNTAX = "-ERR syntax error";

const CASES: readonly (readonly [string, readonly Step[]])[] = [
  [
    "SORT by numbers",
    [
      "rpush l 3 1 10 2 -0.5",
      5,
      "sort l",
      ["-0.5", "1", "2", "3", "10"],
      "sort l desc",
      ["10", "3", "2", "1", "-0.5"],
      "sort l limit 1 2",
      ["1", "2"],
      "sort l limit -5 2",
      ["-0.5", "1"],
      "sort l limit 3 -1",
      ["3", "10"],
      "sort l limit 9 1",
      [],
      "sort l limit 0 0",
      [],
      "sort nothing",
      [],
      "sort_ro l desc limit 0 1",
      ["10"],
    ],
  ],
  [
    "SORT by bytes",
    [
      "sadd s b a C 10 9",
      5,
      "sort s",
      "-ERR One or more scores can't be converted into double",
      "sort s alpha",
      ["10", "9", "C", "a", "b"],
      "sort s alpha desc limit 0 2",
      ["b", "a"],
    ],
  ],
  [
    "SORT by other keys, and what they say",
    [
      "rpush l 1 2 3",
      3,
      "mset w_1 30 w_2 20 d_1 one d_3 three",
      "+OK",
      "hset h_1 w 1 name a",
      2,
      "hset h_2 w 3 name b",
      2,
      "hset h_3 w 2",
      1,
      "sort l by w_*",
      ["3", "2", "1"],
      "sort l by h_*->w",
      ["1", "3", "2"],
      "sort l by w_* get #  get d_*".split(/ +/u),
      ["3", "three", "2", null, "1", "one"],
      "sort l by h_*->w desc get h_*->name get h_*->",
      ["b", null, null, null, "a", null],
      "sort l by nosort desc",
      ["1", "2", "3"],
      "sort l by d_* alpha",
      ["2", "1", "3"],
      "sort l get fixed",
      [null, null, null],
      "sort l by h_* desc",
      ["3", "2", "1"],
    ],
  ],
  [
    "SORT of a sorted set that is left in order",
    [
      "zadd z 3 a 1 b 2 c",
      3,
      "sort z by nosort",
      ["b", "c", "a"],
      "sort z by nosort desc limit 0 2",
      ["a", "c"],
      "sort z alpha",
      ["a", "b", "c"],
    ],
  ],
  [
    "SORT … STORE",
    [
      "sadd s 3 1 2",
      3,
      "set dst x",
      "+OK",
      "sort s store dst desc",
      3,
      "lrange dst 0 -1",
      ["3", "2", "1"],
      "sort s get nothing_* store dst",
      3,
      "lrange dst 0 -1",
      ["", "", ""],
      "sort s by nosort store dst",
      3,
      "lrange dst 0 -1",
      ["1", "2", "3"],
      "sort nothing store dst",
      0,
      "exists dst",
      0,
      "command getkeys sort a by store get x store dst",
      ["a", "dst"],
    ],
  ],
  [
    "refusals",
    [
      "set k v",
      "+OK",
      "sort k",
      "-WRONGTYPE Operation against a key holding the wrong kind of value",
      "sort l foo",
      SYNTAX,
      "sort l limit 1",
      SYNTAX,
      "sort l limit a b",
      "-ERR value is not an integer or out of range",
      "sort l by",
      SYNTAX,
      "sort_ro l store k",
      SYNTAX,
    ],
  ],
];

describe("SORT", () => {
  test.each(CASES)("K4, L2: %s", (_name, steps) => {
    const results = new CommandWorld().script(...steps);
    expect(found(results)).toEqual(expected(results));
  });
});

describe("rights", () => {
  test("who may not read every key may not use BY and GET", () => {
    const world = new CommandWorld();
    world.run("rpush l 1 2");
    world.run("acl setuser ann on nopass +@all ~l");
    const ann = world.connect();
    world.run("auth ann x", ann);
    expect(world.run("sort l by w_*", ann)).toBe("-ERR BY option of SORT denied due to insufficient ACL permissions.");
    expect(world.run("sort l get w_*", ann)).toBe(
      "-ERR GET option of SORT denied due to insufficient ACL permissions.",
    );
    expect(world.run("sort l by nosort get #", ann)).toEqual(["1", "2"]);
    world.run("acl setuser ann %R~*");
    expect(world.run("sort l by w_* get w_*", ann)).toEqual([null, null]);
  });
});
