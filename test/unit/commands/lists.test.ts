import { describe, expect, test } from "vitest";
import { CommandWorld, expected, found, type Plain } from "./command-world.ts";

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const SYNTAX = "-ERR syntax error";
const NOT_AN_INTEGER = "-ERR value is not an integer or out of range";

function check(...steps: readonly (readonly Plain[])[]): void {
  const results = new CommandWorld().script(...(steps.flat(1) as readonly string[]));
  expect(found(results)).toEqual(expected(results));
}

describe("commands of lists", () => {
  test("push at both ends, pop one or several", () => {
    check(
      ["rpush l a b", 2, "lpush l y x", 4, ["lrange", "l", "0", "-1"], ["x", "y", "a", "b"]],
      ["lpushx none a", 0, "rpushx none a", 0, "lpushx l w", 5, "rpushx l c d", 7],
      ["lpop l", "w", "rpop l", "d", "lpop l 2", ["x", "y"], "rpop l 2", ["c", "b"]],
      ["lpop l 0", [], "lpop l 9", ["a"], "exists l", 0, "lpop l", null, "lpop l 3", "null-array", "llen l", 0],
      ["lpop l -1", "-ERR value is out of range, must be positive"],
      ["rpop l x", "-ERR value is out of range, must be positive"],
      ["lpop l 1 2", "-ERR wrong number of arguments for 'lpop' command"],
      ["set s 1", "+OK", "lpush s a", WRONG_TYPE, "rpushx s a", WRONG_TYPE, "rpop s", WRONG_TYPE, "llen s", WRONG_TYPE],
    );
  });

  test("read ranges and places", () => {
    check(
      ["rpush l a b c d", 4, "lrange l 1 2", ["b", "c"], "lrange l -3 -2", ["b", "c"], "lrange l 2 1", []],
      [
        "lrange l -100 100",
        ["a", "b", "c", "d"],
        "lrange l 4 9",
        [],
        "lrange none 0 1",
        [],
        "lrange l x 1",
        NOT_AN_INTEGER,
      ],
      ["lindex l 0", "a", "lindex l -1", "d", "lindex l 4", null, "lindex l -5", null, "lindex none x", null],
      ["lindex l x", NOT_AN_INTEGER, "llen l", 4],
    );
  });

  test("LPOS counts, skips and bounds, from either end", () => {
    check(
      ["rpush l a b c a b a", 6, "lpos l a", 0, "lpos l x", null, "lpos none a", null, "lpos none a count 1", []],
      ["lpos l a rank 2", 3, "lpos l a rank -1", 5, "lpos l a rank -2 count 0", [3, 0], "lpos l a count 2", [0, 3]],
      ["lpos l a count 0 maxlen 4", [0, 3], "lpos l b rank -1 maxlen 1", null, "lpos l b rank -1 maxlen 2", 4],
      ["lpos l a rank", SYNTAX, "lpos l a foo 1", SYNTAX, "lpos l a count -1", "-ERR COUNT can't be negative"],
      ["lpos l a maxlen x", "-ERR MAXLEN can't be negative"],
      [
        "lpos l a rank 0",
        "-ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
        "lpos l a rank -9223372036854775808",
        "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
      ],
    );
  });

  test("change elements in the middle", () => {
    check(
      ["rpush l a b a c a", 5, "lset l 1 B", "+OK", "lset l -1 A", "+OK", "lset l 5 x", "-ERR index out of range"],
      ["lset l x y", NOT_AN_INTEGER, "lset none x y", "-ERR no such key"],
      ["linsert l before a 0", 6, "linsert l after A 1", 7, "linsert l after none 1", -1, "linsert none before a 1", 0],
      ["linsert l foo a 1", SYNTAX, "lrange l 0 -1", ["0", "a", "B", "a", "c", "A", "1"]],
      ["lrem l 1 a", 1, "rpush l a a", 8, "lrem l -2 a", 2, "lrem l 0 a", 1, "lrem l 0 a", 0, "lrem none 0 a", 0],
      ["lrange l 0 -1", ["0", "B", "c", "A", "1"], "ltrim l 1 -2", "+OK", "lrange l 0 -1", ["B", "c", "A"]],
      ["ltrim l 5 9", "+OK", "exists l", 0, "ltrim none 0 1", "+OK", "lrem l x a", NOT_AN_INTEGER],
    );
  });

  test("move from list to list, and round within one", () => {
    check(
      ["rpush l a b c", 3, "lmove l m left right", "a", "rpoplpush l m", "c", "lrange m 0 -1", ["c", "a"]],
      ["lmove l l left left", "b", "lrange l 0 -1", ["b"], "lmove m m left right", "c", "lrange m 0 -1", ["a", "c"]],
      ["lmove none m left right", null, "rpoplpush none m", null, "lmove l m up down", SYNTAX],
      ["set s 1", "+OK", "lmove l s left left", WRONG_TYPE, "lmove s l left left", WRONG_TYPE, "lrange l 0 -1", ["b"]],
      ["expire l 100", 1, "lmove l l left right", "b", "ttl l", 100, "lmove l m left left", "b", "exists l", 0],
    );
  });

  test("LMPOP takes from the first list that has something", () => {
    check(
      ["rpush m a b c", 3, "lmpop 2 l m left", ["m", ["a"]], "lmpop 2 l m right count 5", ["m", ["c", "b"]]],
      ["lmpop 2 l m left", "null-array", "lmpop 0 l left", "-ERR numkeys should be greater than 0"],
      ["lmpop 2 l left", SYNTAX, "lmpop 1 l left count 0", "-ERR count should be greater than 0"],
      ["lmpop 1 l left count", SYNTAX, "lmpop 1 l left count 1 count 2", SYNTAX, "lmpop 1 l up", SYNTAX],
      ["set s 1", "+OK", "lmpop 2 l s left", WRONG_TYPE],
    );
  });

  test("the encoding Redis would have chosen", () => {
    const world = new CommandWorld();
    world.run("rpush l a b c");
    expect(world.run("object encoding l")).toBe("listpack");
    world.run(["rpush", "l", "x".repeat(9000)]);
    expect(world.run("object encoding l")).toBe("quicklist");
    world.run("config set list-max-listpack-size 4");
    expect(world.run("object encoding l")).toBe("listpack");
    world.run("rpush l e");
    expect(world.run("object encoding l")).toBe("quicklist");
  });
});
