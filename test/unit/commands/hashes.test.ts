import { describe, expect, test } from "vitest";
import { CommandWorld, expected, found, type Plain } from "./command-world.ts";

type Step = string | readonly string[] | Plain;
const WRONG = "-WRONGTYPE Operation against a key holding the wrong kind of value";

const CASES: readonly (readonly [string, readonly Step[]])[] = [
  [
    "HSET and HGET",
    [
      "hset h a 1 b 2",
      2,
      "hset h a 3 c 4",
      1,
      "hget h a",
      "3",
      "hget h x",
      null,
      "hget nothing a",
      null,
      "hset h d 1 d 2",
      1,
      "hget h d",
      "2",
      "hset h a",
      "-ERR wrong number of arguments for 'hset' command",
      "hset h a 1 b",
      "-ERR wrong number of arguments for 'hset' command",
    ],
  ],
  [
    "HMSET and HMGET",
    [
      "hmset h a 1 b 2",
      "+OK",
      "hmget h a x b",
      ["1", null, "2"],
      "hmget nothing a",
      [null],
      "hmset h a",
      "-ERR wrong number of arguments for 'hmset' command",
      "hmset h a 1 b",
      "-ERR wrong number of arguments for 'hmset' command",
    ],
  ],
  ["HSETNX", ["hsetnx h a 1", 1, "hsetnx h a 2", 0, "hget h a", "1"]],
  [
    "HDEL takes the key with its last field",
    ["hset h a 1 b 2", 2, "hdel h a a x", 1, "hdel h b", 1, "exists h", 0, "hdel h b", 0],
  ],
  [
    "HLEN, HSTRLEN and HEXISTS",
    [
      "hset h a abc",
      1,
      "hlen h",
      1,
      "hlen nothing",
      0,
      "hstrlen h a",
      3,
      "hstrlen h x",
      0,
      "hexists h a",
      1,
      "hexists h x",
      0,
      "hexists nothing a",
      0,
    ],
  ],
  [
    "HGETALL, HKEYS and HVALS",
    [
      "hset h a 1",
      1,
      "hgetall h",
      { map: [["a", "1"]] },
      "hkeys h",
      ["a"],
      "hvals h",
      ["1"],
      "hgetall nothing",
      { map: [] },
      "hkeys nothing",
      [],
      "hvals nothing",
      [],
    ],
  ],
  [
    "HINCRBY",
    [
      "hincrby h n 5",
      5,
      "hincrby h n -7",
      -2,
      "hget h n",
      "-2",
      "hset h s abc",
      1,
      "hincrby h s 1",
      "-ERR hash value is not an integer",
      "hincrby h n x",
      "-ERR value is not an integer or out of range",
      "hset h m 9223372036854775807",
      1,
      "hincrby h m 1",
      "-ERR increment or decrement would overflow",
    ],
  ],
  [
    "HINCRBYFLOAT",
    [
      "hincrbyfloat h f 1.5",
      "1.5",
      "hincrbyfloat h f 0.1",
      "1.6",
      "hset h s abc",
      1,
      "hincrbyfloat h s 1",
      "-ERR hash value is not a float",
      "hincrbyfloat h f inf",
      "-ERR value is NaN or Infinity",
      "hincrbyfloat h f x",
      "-ERR value is not a valid float",
    ],
  ],
  [
    "HRANDFIELD",
    [
      "hset h a 1",
      1,
      "hrandfield h",
      "a",
      "hrandfield h 5",
      ["a"],
      "hrandfield h -2",
      ["a", "a"],
      "hrandfield h 1 withvalues",
      ["a", "1"],
      "hrandfield h 0",
      [],
      "hrandfield nothing",
      null,
      "hrandfield nothing 3",
      [],
      "hrandfield h x",
      "-ERR value is not an integer or out of range",
      "hrandfield h 1 foo",
      "-ERR syntax error",
      "hrandfield h -9223372036854775808",
      "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
      "hrandfield h 4611686018427387904 withvalues",
      "-ERR value is out of range",
    ],
  ],
  [
    "HSCAN",
    [
      "hset h a 1",
      1,
      "hscan h 0",
      ["0", ["a", "1"]],
      "hscan h 0 novalues",
      ["0", ["a"]],
      "hscan h 0 match b*",
      ["0", []],
      "hscan h 0 count 0",
      "-ERR syntax error",
      "hscan h x",
      "-ERR invalid cursor",
      "hscan nothing 0",
      ["0", []],
      "hscan h 0 type x",
      "-ERR syntax error",
    ],
  ],
  [
    "other types are refused",
    [
      "set s v",
      "+OK",
      "hset s a 1",
      WRONG,
      "hget s a",
      WRONG,
      "hgetall s",
      WRONG,
      "hdel s a",
      WRONG,
      "hincrby s a 1",
      WRONG,
      "hincrbyfloat s a 1",
      WRONG,
      "hscan s 0",
      WRONG,
      "hrandfield s",
      WRONG,
      "hsetnx s a 1",
      WRONG,
      "hmset s a 1",
      WRONG,
      "get s",
      "v",
    ],
  ],
];

describe("hashes", () => {
  test.each(CASES)("%s", (_name, steps) => {
    const results = new CommandWorld().script(...steps);
    expect(found(results)).toEqual(expected(results));
  });

  test("HRANDFIELD answers pairs in RESP3", () => {
    const world = new CommandWorld();
    world.run("hset h a 1");
    world.first.protocol = 3;
    expect(world.run("hrandfield h 1 withvalues")).toEqual([["a", "1"]]);
  });

  test("HRANDFIELD answers distinct fields", () => {
    const world = new CommandWorld();
    world.run(["hset", "h", ...Array.from({ length: 50 }, (_, index) => [`f${index}`, "v"]).flat()]);
    const fields = world.run("hrandfield h 20") as string[];
    expect(new Set(fields).size).toBe(20);
  });

  test("HSCAN walks a large hash whole", () => {
    const world = new CommandWorld();
    world.run(["hset", "h", ...Array.from({ length: 1000 }, (_, index) => [`f${index}`, `${index}`]).flat()]);
    const seen = new Set<string>();
    let cursor = "0";
    let calls = 0;
    do {
      const [next, items] = world.run(`hscan h ${cursor} novalues count 100`) as [string, string[]];
      for (const field of items) seen.add(field);
      cursor = next;
      calls++;
    } while (cursor !== "0");
    expect(seen.size).toBe(1000);
    expect(calls).toBeGreaterThan(5);
  });

  test("E5: HSET keeps the deadline of the key", () => {
    const world = new CommandWorld();
    world.run("hset h a 1");
    world.run("expire h 10");
    world.run("hset h b 2");
    expect(world.run("ttl h")).toBe(10);
  });
});
