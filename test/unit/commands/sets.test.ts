import { describe, expect, test } from "vitest";
import { CommandWorld, expected, found, type Plain } from "./command-world.ts";

type Step = string | readonly string[] | Plain;
const WRONG = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const set = (...members: string[]): Plain => ({ set: members });

const CASES: readonly (readonly [string, readonly Step[]])[] = [
  [
    "SADD, SCARD and SMEMBERS",
    [
      "sadd s 3 1 2 1",
      3,
      "sadd s 1",
      0,
      "sadd s 4 1",
      1,
      "scard s",
      4,
      "scard nothing",
      0,
      "smembers s",
      set("1", "2", "3", "4"),
      "smembers nothing",
      set(),
      "sadd w b a",
      2,
      "smembers w",
      set("b", "a"),
      "sadd s",
      "-ERR wrong number of arguments for 'sadd' command",
    ],
  ],
  [
    "SISMEMBER and SMISMEMBER",
    [
      "sadd s a b",
      2,
      "sismember s a",
      1,
      "sismember s x",
      0,
      "sismember nothing x",
      0,
      "smismember s a x b",
      [1, 0, 1],
      "smismember nothing a b",
      [0, 0],
    ],
  ],
  [
    "SREM takes the key with its last member",
    ["sadd s a b", 2, "srem s x", 0, "srem s a a x", 1, "srem s b", 1, "exists s", 0, "srem s b", 0, "type s", "+none"],
  ],
  [
    "SMOVE",
    [
      "sadd a 1 2",
      2,
      "sadd b 3",
      1,
      "smove a b 1",
      1,
      "smove a b 1",
      0,
      "smembers b",
      set("1", "3"),
      "smove a a 2",
      1,
      "smove a b 2",
      1,
      "exists a",
      0,
      "smove a b 2",
      0,
      "set str v",
      "+OK",
      "smove nothing str x",
      0,
      "smove b str x",
      WRONG,
      "smove str b x",
      WRONG,
    ],
  ],
  [
    "SUNION, SINTER and SDIFF",
    [
      "sadd a 1 2 3",
      3,
      "sadd b 2 3 4",
      3,
      "sadd c 3 5",
      2,
      "sunion a b c",
      set("1", "2", "3", "4", "5"),
      "sinter a b",
      set("2", "3"),
      "sinter a b c",
      set("3"),
      "sinter a nothing",
      set(),
      "sdiff a b c",
      set("1"),
      "sdiff a nothing",
      set("1", "2", "3"),
      "sdiff a a",
      set(),
      "sdiff nothing a",
      set(),
      "set str v",
      "+OK",
      "sunion a str",
      WRONG,
      "sinter nothing str",
      WRONG,
      "sdiff nothing str",
      WRONG,
    ],
  ],
  [
    "SUNIONSTORE, SINTERSTORE and SDIFFSTORE",
    [
      "sadd a 1 2 3",
      3,
      "sadd b 2 3 4",
      3,
      "sunionstore d a b",
      4,
      "smembers d",
      set("1", "2", "3", "4"),
      "sinterstore d a b",
      2,
      "smembers d",
      set("2", "3"),
      "sdiffstore d a b",
      1,
      "smembers d",
      set("1"),
      "sinterstore d a nothing",
      0,
      "exists d",
      0,
      "set d v",
      "+OK",
      "sunionstore d a",
      3,
      "type d",
      "+set",
      "expire d 100",
      1,
      "sdiffstore d d b",
      1,
      "ttl d",
      -1,
      "set str v",
      "+OK",
      "sunionstore d str",
      WRONG,
      "smembers d",
      set("1"),
      "sinterstore str nothing a",
      0,
      "exists str",
      0,
    ],
  ],
  [
    "SINTERCARD",
    [
      "sadd a 1 2 3",
      3,
      "sadd b 2 3 4",
      3,
      "sintercard 2 a b",
      2,
      "sintercard 2 a b limit 1",
      1,
      "sintercard 2 a b limit 0",
      2,
      "sintercard 1 nothing",
      0,
      "sintercard x a",
      "-ERR numkeys should be greater than 0",
      "sintercard 0 a",
      "-ERR numkeys should be greater than 0",
      "sintercard 3 a b",
      "-ERR Number of keys can't be greater than number of args",
      "sintercard 1 a limit",
      "-ERR syntax error",
      "sintercard 1 a limit x",
      "-ERR LIMIT can't be negative",
      "sintercard 1 a limit -1",
      "-ERR LIMIT can't be negative",
      "sintercard 1 a foo 1",
      "-ERR syntax error",
    ],
  ],
  [
    "SPOP and SRANDMEMBER: edges and mistakes",
    [
      "spop nothing",
      null,
      "spop nothing 1",
      set(),
      "srandmember nothing",
      null,
      "srandmember nothing 1",
      [],
      "sadd s a",
      1,
      "srandmember s",
      "a",
      "srandmember s 0",
      [],
      "srandmember s 5",
      ["a"],
      "srandmember s -3",
      ["a", "a", "a"],
      "srandmember s x",
      "-ERR value is not an integer or out of range",
      "srandmember s -9223372036854775808",
      "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
      "srandmember s -1000000000",
      "-ERR value is out of range",
      "srandmember s 1 2",
      "-ERR syntax error",
      "spop s x",
      "-ERR value is out of range, must be positive",
      "spop s -1",
      "-ERR value is out of range, must be positive",
      "spop s 1 2",
      "-ERR syntax error",
      "spop s 0",
      set(),
      "spop s",
      "a",
      "exists s",
      0,
    ],
  ],
  [
    "SSCAN: options and mistakes",
    [
      "sadd s a b",
      2,
      "sscan s 0",
      ["0", ["a", "b"]],
      "sscan s 0 match b*",
      ["0", ["b"]],
      "sscan s 0 count 0",
      "-ERR syntax error",
      "sscan s x",
      "-ERR invalid cursor",
      "sscan s 0 novalues",
      "-ERR syntax error",
      "sscan nothing 0",
      ["0", []],
    ],
  ],
  [
    "OBJECT ENCODING of sets",
    [
      "sadd s 1 2",
      2,
      "object encoding s",
      "intset",
      "sadd s a",
      1,
      "object encoding s",
      "listpack",
      ["sadd", "s", "x".repeat(65)],
      1,
      "object encoding s",
      "hashtable",
      "config set set-max-intset-entries 2",
      "+OK",
      "sadd i 1 2 3",
      3,
      "object encoding i",
      "listpack",
      "config set set-max-listpack-entries 2",
      "+OK",
      "object encoding i",
      "hashtable",
    ],
  ],
  [
    "other types are refused",
    [
      "set str v",
      "+OK",
      "sadd str a",
      WRONG,
      "srem str a",
      WRONG,
      "sismember str a",
      WRONG,
      "smismember str a",
      WRONG,
      "smembers str",
      WRONG,
      "scard str",
      WRONG,
      "spop str",
      WRONG,
      "srandmember str",
      WRONG,
      "sscan str 0",
      WRONG,
      "sintercard 1 str",
      WRONG,
      "sadd s a",
      1,
      "get s",
      WRONG,
    ],
  ],
];

const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);

describe("sets", () => {
  test.each(CASES)("%s", (_name, steps) => {
    const results = new CommandWorld().script(...steps);
    expect(found(results)).toEqual(expected(results));
  });

  test("SRANDMEMBER and SPOP answer distinct members, and SPOP removes what it answers", () => {
    const world = new CommandWorld();
    world.run(["sadd", "s", ...many(500)]);
    const shown = world.run("srandmember s 100") as string[];
    expect(new Set(shown).size).toBe(100);
    const popped = (world.run("spop s 200") as { set: string[] }).set;
    expect(new Set(popped).size).toBe(200);
    expect(world.run(["smismember", "s", ...popped])).toEqual(popped.map(() => 0));
    expect(world.run("scard s")).toBe(300);
    expect((world.run("spop s 1000") as { set: string[] }).set).toHaveLength(300);
    expect(world.run("exists s")).toBe(0);
  });

  test("SSCAN walks a large set whole, while members come and go", () => {
    const world = new CommandWorld();
    world.run(["sadd", "s", ...many(1000)]);
    const seen = new Set<string>();
    let cursor = "0";
    let calls = 0;
    do {
      const [next, members] = world.run(`sscan s ${cursor} count 100`) as [string, string[]];
      for (const member of members) seen.add(member);
      cursor = next;
      world.run(`srem s m${calls} m${999 - calls}`);
      world.run(`sadd s new${calls++}`);
    } while (cursor !== "0");
    expect(calls).toBeGreaterThan(5);
    for (const member of many(1000).slice(calls, 1000 - calls))
      expect([member, seen.has(member)]).toEqual([member, true]);
  });

  test("E5: SADD keeps the deadline of the key", () => {
    const world = new CommandWorld();
    world.run("sadd s a");
    world.run("expire s 10");
    world.run("sadd s b");
    expect(world.run("ttl s")).toBe(10);
  });

  test("RENAME and COPY carry a set", () => {
    const world = new CommandWorld();
    world.run("sadd s a b");
    world.run("copy s t");
    world.run("rename s u");
    expect([world.run("smembers t"), world.run("smembers u"), world.run("exists s")]).toEqual([
      set("a", "b"),
      set("a", "b"),
      0,
    ]);
  });
});
