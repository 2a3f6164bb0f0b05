import { describe, expect, test } from "vitest";
import { CommandWorld, expected, found, type Plain } from "./command-world.ts";

type Step = string | readonly string[] | Plain;
const WRONG = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const SYNTAX = "-ERR syntax error";
const double = (value: number): Plain => ({ double: value });
/** Members with scores, as RESP2 has them. */
const flat = (...items: readonly (string | number)[]): Plain =>
  items.map((item) => (typeof item === "number" ? double(item) : item));
const ABC: readonly Step[] = ["zadd z 1 a 2 b 3 c", 3];

const CASES: readonly (readonly [string, readonly Step[]])[] = [
  [
    "ZADD and its options",
    [
      "zadd z 1 a 2 b",
      2,
      "zadd z 5 a",
      0,
      "zadd z ch 6 a 2 b 3 c",
      2,
      "zadd z nx 9 a 9 d",
      1,
      "zadd z xx 7 a 7 new",
      0,
      "zadd z gt ch 1 a",
      0,
      "zadd z gt ch 8 a",
      1,
      "zadd z lt ch 9 a",
      0,
      "zadd z lt ch 1 a",
      1,
      "zadd z xx gt 5 nothing",
      0,
      "zadd z incr 2.5 a",
      double(3.5),
      "zadd z nx incr 2.5 a",
      null,
      "zadd z gt incr -1 a",
      null,
      "zadd z xx incr 1 nothing",
      null,
      "zadd none xx 1 a",
      0,
      "exists none",
      0,
      "zadd z 1 x 2 x",
      1,
      "zscore z x",
      double(2),
      "zadd z -0 x",
      0,
      "zscore z x",
      double(0),
    ],
  ],
  [
    "ZADD: mistakes",
    [
      ["zadd", "z", "1"],
      "-ERR wrong number of arguments for 'zadd' command",
      "zadd z 1 a 2",
      SYNTAX,
      "zadd z nx xx",
      SYNTAX,
      "zadd z nx xx 1 a",
      "-ERR XX and NX options at the same time are not compatible",
      "zadd z gt lt 1 a",
      "-ERR GT, LT, and/or NX options at the same time are not compatible",
      "zadd z gt nx 1 a",
      "-ERR GT, LT, and/or NX options at the same time are not compatible",
      "zadd z incr 1 a 2 b",
      "-ERR INCR option supports a single increment-element pair",
      "zadd z x a",
      "-ERR value is not a valid float",
      "zadd z nan a",
      "-ERR value is not a valid float",
      ["zadd", "z", "", "a"],
      "-ERR value is not a valid float",
      ["zadd", "z", " 1", "a"],
      "-ERR value is not a valid float",
      "zadd z 1e400 a",
      "-ERR value is not a valid float",
      "zadd z 1e-400 a",
      "-ERR value is not a valid float",
      "zadd z 1 a x b",
      "-ERR value is not a valid float",
      "exists z",
      0,
    ],
  ],
  [
    "scores: hexadecimal, infinite, large and small",
    [
      "zadd z 0x10 h inf i -infinity j 1e300 l 1e-300 s .5 f",
      6,
      "zmscore z h i j l s f none",
      [double(16), double(Infinity), double(-Infinity), double(1e300), double(1e-300), double(0.5), null],
      "zincrby z 5 i",
      double(Infinity),
      "zincrby z -inf i",
      "-ERR resulting score is not a number (NaN)",
      "zincrby z inf h",
      double(Infinity),
      "zincrby z 1e-300 s",
      double(2e-300),
      "zincrby z nan s",
      "-ERR value is not a valid float",
    ],
  ],
  [
    "ZINCRBY adds exact decimals",
    [
      "zincrby z 0.1 a",
      double(0.1),
      "zincrby z 0.2 a",
      double(0.3),
      "zincrby z -0.3 a",
      double(0),
      "zscore z a",
      double(0),
    ],
  ],
  [
    "ZREM, ZCARD, ZSCORE and ZMSCORE",
    [
      ...ABC,
      "zrem z a a x",
      1,
      "zcard z",
      2,
      "zcard nothing",
      0,
      "zscore z a",
      null,
      "zscore nothing a",
      null,
      "zmscore nothing a",
      [null],
      "zrem z b c",
      2,
      "exists z",
      0,
      "zrem z b",
      0,
    ],
  ],
  [
    "ZRANK and ZREVRANK",
    [
      ...ABC,
      "zrank z a",
      0,
      "zrank z c",
      2,
      "zrevrank z a",
      2,
      "zrank z x",
      null,
      "zrank nothing x",
      null,
      "zrank z b withscore",
      [1, double(2)],
      "zrevrank z a withscore",
      [2, double(1)],
      "zrank z x withscore",
      "null-array",
      "zrank z b foo",
      SYNTAX,
      "zrank z b withscore x",
      "-ERR wrong number of arguments for 'zrank' command",
    ],
  ],
  [
    "ZRANGE and ZREVRANGE by rank",
    [
      ...ABC,
      "zrange z 0 -1",
      ["a", "b", "c"],
      "zrange z 0 -1 rev withscores",
      flat("c", 3, "b", 2, "a", 1),
      "zrange z -2 1",
      ["b"],
      "zrange z 2 1",
      [],
      "zrange z 5 9",
      [],
      "zrevrange z 0 1",
      ["c", "b"],
      "zrange nothing 0 -1",
      [],
      "zrange z x 1",
      "-ERR value is not an integer or out of range",
      "zrange z 0 1 limit 0 1",
      "-ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
      "zrange z 0 1 limit 0 -1",
      ["a", "b"],
      "zrange z 0 1 rev rev",
      SYNTAX,
      "zrevrange z 0 1 rev",
      SYNTAX,
    ],
  ],
  [
    "ranges by score",
    [
      ...ABC,
      "zrangebyscore z 1 2",
      ["a", "b"],
      "zrangebyscore z (1 +inf withscores",
      flat("b", 2, "c", 3),
      "zrevrangebyscore z +inf (1 limit 0 1",
      ["c"],
      "zrevrangebyscore z 2 1",
      ["b", "a"],
      "zrange z 1 3 byscore limit 1 1",
      ["b"],
      "zrange z 3 1 byscore rev limit 0 -1 withscores",
      flat("c", 3, "b", 2, "a", 1),
      "zrangebyscore z 0 5 limit -1 1",
      [],
      "zrangebyscore z 0 5 limit 5 1",
      [],
      "zrangebyscore z 0 5 limit 1",
      SYNTAX,
      "zrangebyscore z x 5",
      "-ERR min or max is not a float",
      "zrangebyscore z ( 1",
      ["a"],
      ["zrangebyscore", "z", "", "1"],
      ["a"],
      "zrangebyscore z 0 5 rev",
      SYNTAX,
      "zcount z (1 inf",
      2,
      "zcount nothing 0 1",
      0,
      "zcount z x 1",
      "-ERR min or max is not a float",
    ],
  ],
  [
    "ranges by bytes",
    [
      "zadd z 0 a 0 b 0 c 0 d",
      4,
      "zrangebylex z - +",
      ["a", "b", "c", "d"],
      "zrangebylex z [b (d",
      ["b", "c"],
      "zrevrangebylex z (d [b",
      ["c", "b"],
      "zrange z [b + bylex limit 1 5",
      ["c", "d"],
      "zrange z + (a bylex rev",
      ["d", "c", "b"],
      "zrangebylex z + -",
      [],
      "zrangebylex z a b",
      "-ERR min or max not valid string range item",
      "zrangebylex z - + withscores",
      "-ERR syntax error, WITHSCORES not supported in combination with BYLEX",
      "zlexcount z [b +",
      3,
      "zlexcount z x +",
      "-ERR min or max not valid string range item",
      "zremrangebylex z [b [c",
      2,
      "zremrangebylex z x [c",
      "-ERR min or max not valid string range item",
    ],
  ],
  [
    "ZREMRANGEBYRANK and ZREMRANGEBYSCORE",
    [
      ...ABC,
      "zremrangebyrank z 0 0",
      1,
      "zremrangebyscore z (2 inf",
      1,
      "zrange z 0 -1",
      ["b"],
      "zremrangebyrank z 0 -1",
      1,
      "exists z",
      0,
      "zremrangebyrank z 0 -1",
      0,
      "zremrangebyrank z x 1",
      "-ERR value is not an integer or out of range",
      "zremrangebyscore z x 1",
      "-ERR min or max is not a float",
    ],
  ],
  [
    "ZRANGESTORE",
    [
      ...ABC,
      "zrangestore d z 0 1",
      2,
      "zrange d 0 -1 withscores",
      flat("a", 1, "b", 2),
      "zrangestore d z (1 inf byscore",
      2,
      "zrange d 0 -1",
      ["b", "c"],
      "zrangestore z z 0 0 rev",
      1,
      "zrange z 0 -1",
      ["c"],
      "set s v",
      "+OK",
      "zrangestore s d 9 9",
      0,
      "exists s",
      0,
      "set s v",
      "+OK",
      "zrangestore d s 0 -1",
      WRONG,
      "zrangestore d z 0 -1 withscores",
      SYNTAX,
    ],
  ],
  [
    "ZPOPMIN and ZPOPMAX",
    [
      ...ABC,
      "zpopmin z",
      flat("a", 1),
      "zpopmax z 2",
      flat("c", 3, "b", 2),
      "exists z",
      0,
      "zpopmin z",
      [],
      "zpopmin z 1",
      [],
      "zpopmin z x",
      "-ERR value is out of range, must be positive",
      "zpopmin z -1",
      "-ERR value is out of range, must be positive",
      "zpopmin z 1 2",
      SYNTAX,
      ...ABC,
      "zpopmin z 0",
      [],
    ],
  ],
  [
    "ZMPOP",
    [
      ...ABC,
      "zmpop 2 nothing z min",
      ["z", [["a", double(1)]]],
      "zmpop 1 z max count 5",
      [
        "z",
        [
          ["c", double(3)],
          ["b", double(2)],
        ],
      ],
      "zmpop 1 z min",
      "null-array",
      "zmpop 0 z min",
      "-ERR numkeys should be greater than 0",
      "zmpop x z min",
      "-ERR numkeys should be greater than 0",
      "zmpop 1 z foo",
      SYNTAX,
      "zmpop 5 z min",
      SYNTAX,
      "zmpop 1 z min count 0",
      "-ERR count should be greater than 0",
      "zmpop 1 z min count",
      SYNTAX,
      "zmpop 1 z min count 1 count 1",
      SYNTAX,
    ],
  ],
  [
    "BZPOPMIN, BZPOPMAX and BZMPOP that need not wait",
    [
      ...ABC,
      "bzpopmin nothing z 0",
      ["z", "a", double(1)],
      "bzpopmax z 0",
      ["z", "c", double(3)],
      "bzmpop 0 1 z min",
      ["z", [["b", double(2)]]],
      "bzpopmin z x",
      "-ERR timeout is not a float or out of range",
      "bzpopmin z -1",
      "-ERR timeout is negative",
      "bzmpop x 1 z foo",
      SYNTAX,
      "bzmpop x 1 z min",
      "-ERR timeout is not a float or out of range",
      "set s v",
      "+OK",
      "bzpopmin nothing s 1",
      WRONG,
      "multi",
      "+OK",
      "bzpopmin z 0",
      "+QUEUED",
      "bzmpop 0 1 z max",
      "+QUEUED",
      "exec",
      ["null-array", "null-array"],
    ],
  ],
  [
    "ZUNION, ZINTER and ZDIFF",
    [
      ...ABC,
      "zadd y 10 b 20 c 30 d",
      3,
      "sadd s c d",
      2,
      "zunion 2 z y withscores",
      flat("a", 1, "b", 12, "c", 23, "d", 30),
      "zunion 2 z y weights 2 1 aggregate max withscores",
      flat("a", 2, "b", 10, "c", 20, "d", 30),
      "zinter 3 z y s withscores",
      flat("c", 24),
      "zinter 2 z y aggregate min",
      ["b", "c"],
      "zdiff 2 z s withscores",
      flat("a", 1, "b", 2),
      "zinter 2 z nothing",
      [],
      "zdiff 2 nothing z",
      [],
      "zunion 2 z y weights inf 0 withscores",
      flat("d", 0, "a", Infinity, "b", Infinity, "c", Infinity),
    ],
  ],
  [
    "ZUNION and its kin: mistakes",
    [
      ...ABC,
      "set str v",
      "+OK",
      "zunion 0 z",
      "-ERR at least 1 input key is needed for 'zunion' command",
      "zunion x z",
      "-ERR value is not an integer or out of range",
      "zunion 2 z",
      SYNTAX,
      "zunion 2 nothing str foo",
      WRONG,
      "zunion 1 z foo",
      SYNTAX,
      "zunion 1 z weights",
      SYNTAX,
      "zunion 1 z weights x",
      "-ERR weight value is not a float",
      "zunion 1 z aggregate foo",
      SYNTAX,
      "zdiff 1 z weights 1",
      SYNTAX,
      "zunionstore d 0 z",
      "-ERR at least 1 input key is needed for 'zunionstore' command",
      "zunionstore d 1 z withscores",
      SYNTAX,
      "zintercard 0 z",
      "-ERR at least 1 input key is needed for 'zintercard' command",
      "zintercard 1 z limit -1",
      "-ERR LIMIT can't be negative",
      "zintercard 1 z limit",
      SYNTAX,
    ],
  ],
  [
    "ZUNIONSTORE, ZINTERSTORE, ZDIFFSTORE and ZINTERCARD",
    [
      ...ABC,
      "zadd y 10 b 20 c",
      2,
      "set d v",
      "+OK",
      "zunionstore d 2 z y weights 1 0.5",
      3,
      "zrange d 0 -1 withscores",
      flat("a", 1, "b", 7, "c", 13),
      "zinterstore d 2 z y",
      2,
      "zdiffstore d 2 z y",
      1,
      "zrange d 0 -1",
      ["a"],
      "zdiffstore d 1 nothing",
      0,
      "exists d",
      0,
      "zintercard 2 z y",
      2,
      "zintercard 2 z y limit 1",
      1,
      "zintercard 2 z nothing",
      0,
    ],
  ],
  [
    "ZRANDMEMBER and ZSCAN: edges and mistakes",
    [
      "zadd z 1 a",
      1,
      "zrandmember z",
      "a",
      "zrandmember z 5 withscores",
      flat("a", 1),
      "zrandmember z -2",
      ["a", "a"],
      "zrandmember z 0",
      [],
      "zrandmember nothing",
      null,
      "zrandmember nothing 1",
      [],
      "zrandmember z x",
      "-ERR value is not an integer or out of range",
      "zrandmember z 1 foo",
      SYNTAX,
      "zrandmember z 9223372036854775807 withscores",
      "-ERR value is out of range",
      "zscan z 0",
      ["0", ["a", "1"]],
      "zscan z 0 match b*",
      ["0", []],
      "zscan z x",
      "-ERR invalid cursor",
      "zscan nothing 0",
      ["0", []],
    ],
  ],
  [
    "OBJECT ENCODING of sorted sets",
    [
      ...ABC,
      "object encoding z",
      "listpack",
      ["zadd", "z", "1", "x".repeat(65)],
      1,
      "object encoding z",
      "skiplist",
      "zadd y 1 a 2 b",
      2,
      "config set zset-max-listpack-entries 1",
      "+OK",
      "object encoding y",
      "skiplist",
      "type y",
      "+zset",
    ],
  ],
  [
    "other types are refused",
    [
      "set s v",
      "+OK",
      ...[
        "zadd s 1 a",
        "zincrby s 1 a",
        "zrem s a",
        "zscore s a",
        "zmscore s a",
        "zcard s",
        "zcount s 0 1",
        "zlexcount s - +",
        "zrank s a",
        "zrevrank s a withscore",
        "zrange s 0 1",
        "zrevrange s 0 1",
        "zrangebyscore s 0 1",
        "zrevrangebylex s + -",
        "zremrangebyrank s 0 1",
        "zpopmin s",
        "zmpop 1 s min",
        "bzmpop 0 1 s min",
        "zrandmember s",
        "zscan s 0",
        "zunion 1 s",
        "zunionstore d 1 s",
        "zintercard 1 s",
      ].flatMap((words): Step[] => [words, WRONG]),
    ],
  ],
];

const many = (count: number): string[] => Array.from({ length: count }, (_, index) => [`${index}`, `m${index}`]).flat();

describe("sorted sets", () => {
  test.each(CASES)("%s", (_name, steps) => {
    const results = new CommandWorld().script(...steps);
    expect(found(results)).toEqual(expected(results));
  });

  test("pairs are arrays of their own in RESP3, but for a pop without a count", () => {
    const world = new CommandWorld();
    world.run("zadd z 1 a 2 b");
    world.first.protocol = 3;
    const pairs = [flat("a", 1), flat("b", 2)];
    expect(world.run("zrange z 0 -1 withscores")).toEqual(pairs);
    expect(world.run("zunion 1 z withscores")).toEqual(pairs);
    expect(world.run("zrandmember z 5 withscores")).toEqual(pairs);
    expect(world.run("zpopmin z")).toEqual(flat("a", 1));
    expect(world.run("zpopmin z 1")).toEqual([flat("b", 2)]);
  });

  test("ranks stay right while scores change", () => {
    const world = new CommandWorld();
    world.run(["zadd", "z", ...many(2000)]);
    expect(world.run("zrank z m1500")).toBe(1500);
    world.run("zincrby z 5000 m10");
    world.run("zadd z -1 m1999");
    world.run("zrem z m0");
    expect(world.run("zrank z m10")).toBe(1998);
    expect(world.run("zrank z m1999")).toBe(0);
    expect(world.run("zrange z 1 3")).toEqual(["m1", "m2", "m3"]);
    expect(world.run("zcount z 1000 1009")).toBe(10);
    expect(world.run("zremrangebyscore z 100 199")).toBe(100);
    expect(world.run("zrank z m200")).toBe(199 - 100);
  });

  test("ZSCAN walks a large sorted set whole", () => {
    const world = new CommandWorld();
    world.run(["zadd", "z", ...many(1000)]);
    const seen = new Map<string, string>();
    let cursor = "0";
    do {
      const [next, items] = world.run(`zscan z ${cursor} count 100`) as [string, string[]];
      for (let index = 0; index < items.length; index += 2) seen.set(items[index]!, items[index + 1]!);
      cursor = next;
    } while (cursor !== "0");
    expect(seen.size).toBe(1000);
    expect(seen.get("m123")).toBe("123");
  });

  test("ZRANDMEMBER answers distinct members", () => {
    const world = new CommandWorld();
    world.run(["zadd", "z", ...many(300)]);
    expect(new Set(world.run("zrandmember z 200") as string[]).size).toBe(200);
  });

  test("BZPOPMIN waits for a member, first come first served, and BZMPOP for the next", async () => {
    const world = new CommandWorld();
    const [second, third] = [world.connect(), world.connect()];
    const waiting = [
      world.outcome("bzpopmin a z 0", second),
      world.outcome("bzmpop 0 1 z max count 2", third),
    ] as const;
    expect(waiting.map(({ kind }) => kind)).toEqual(["suspended", "suspended"]);
    world.run("zadd z 1 x 2 y 3 w");
    const replies = await Promise.all(
      waiting.map((one) => (one.kind === "suspended" ? one.done : Promise.resolve(one))),
    );
    expect(replies.map(({ reply }) => JSON.stringify(reply))).toEqual([
      JSON.stringify(["z", "x", { value: 1 }]),
      JSON.stringify([
        "z",
        [
          ["w", { value: 3 }],
          ["y", { value: 2 }],
        ],
      ]),
    ]);
    expect(world.run("exists z")).toBe(0);
  });

  test("E5: ZADD keeps the deadline of the key; a STORE ends it", () => {
    const world = new CommandWorld();
    world.run("zadd z 1 a");
    world.run("expire z 10");
    world.run("zadd z 2 b");
    expect(world.run("ttl z")).toBe(10);
    world.run("zunionstore z 1 z");
    expect(world.run("ttl z")).toBe(-1);
  });

  test("RENAME and COPY carry a sorted set", () => {
    const world = new CommandWorld();
    world.run("zadd z 1.5 a inf b");
    world.run("copy z y");
    world.run("rename z w");
    for (const key of ["y", "w"]) {
      expect(world.run(`zrange ${key} 0 -1 withscores`)).toEqual(flat("a", 1.5, "b", Infinity));
    }
  });
});
