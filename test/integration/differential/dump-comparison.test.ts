import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeReply } from "../../../src/resp/reply-encoder.ts";
import { CommandWorld } from "../../unit/commands/command-world.ts";
import { hasRedisServer, RedisProcess } from "./redis-process.ts";
import { parseReply, type RespValue } from "./resp-values.ts";

/** What a real Redis dumps is restored here, and the other way round; then both answer the same questions alike. */

const LONG = "abcdef".repeat(40);
const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index * 37 - 500));
const words = (count: number): string[] => Array.from({ length: count }, (_, index) => `${LONG}${index}`);
const paired = (names: readonly string[]): string[] => names.flatMap((name, index) => [name, String(index)]);
const scored = (names: readonly string[]): string[] => names.flatMap((name, index) => [`${index - 3}.5`, name]);

const STREAM = [
  ["xadd", "k", "1-1", "a", "1", "b", "2"],
  ["xadd", "k", "1-2", "a", "3", "b", LONG],
  ["xadd", "k", "5-0", "c", "-7"],
  ["xadd", "k", "18446744073709551615-1", "a", "x", "b", ""],
  ["xgroup", "create", "k", "g", "0"],
  ["xreadgroup", "group", "g", "me", "count", "2", "streams", "k", ">"],
  ["xgroup", "create", "k", "empty", "$"],
  ["xdel", "k", "5-0"],
];

/** Name, commands that make `k`, and what is then asked of it. */
const VALUES: readonly (readonly [string, readonly (readonly string[])[], readonly (readonly string[])[]])[] = [
  ...["", "7", "-129", "70000", "99999999999", "v\0\xff", LONG, "x".repeat(20_000)].map((value) => {
    return [`the string ${value.slice(0, 12)}`, [["set", "k", value]], [["get", "k"]]] as const;
  }),
  [
    "a short list",
    [["rpush", "k", "a", "1", "-5000", "70000", "9223372036854775807", LONG]],
    [["lrange", "k", "0", "-1"]],
  ],
  ["a long list", [["rpush", "k", ...words(300), "y".repeat(9000)]], [["lrange", "k", "0", "-1"]]],
  ...[
    [1, 2, 3],
    [1, 70_000],
    [5_000_000_000, -1],
  ].map((members) => {
    return [`the set ${members.join()}`, [["sadd", "k", ...members.map(String)]], [["sort", "k"]]] as const;
  }),
  ["a small set", [["sadd", "k", "a", "b", "1"]], [["sort", "k", "alpha"]]],
  ["a large set", [["sadd", "k", ...words(200)]], [["sort", "k", "alpha"]]],
  ["a small hash", [["hset", "k", "a", "1", "b", "xyz"]], [["hmget", "k", "a", "b"]]],
  [
    "a large hash",
    [["hset", "k", ...paired(words(200))]],
    [
      ["hlen", "k"],
      ["hmget", "k", ...words(200)],
    ],
  ],
  [
    "a small sorted set",
    [["zadd", "k", "1", "a", "-inf", "b", "2.5", "c"]],
    [["zrange", "k", "0", "-1", "withscores"]],
  ],
  ["a large sorted set", [["zadd", "k", ...scored(numbers(300))]], [["zrange", "k", "0", "-1", "withscores"]]],
  ["a sketch", [["pfadd", "k", ...numbers(50)]], [["pfcount", "k"]]],
  [
    "a stream",
    STREAM,
    [
      ["xrange", "k", "-", "+"],
      ["xlen", "k"],
      ["xpending", "k", "g"],
      ["xack", "k", "g", "1-1"],
      ["xadd", "k", "7-7", "late", "1"],
    ],
  ],
];

const redisIsHere = hasRedisServer();
if (!redisIsHere) console.log("dumps: skipped, there is no redis-server on the PATH");

describe.skipIf(!redisIsHere)("DUMP and RESTORE, here and in a real Redis", () => {
  let redis: RedisProcess;
  beforeAll(async () => {
    redis = await RedisProcess.start();
  });
  afterAll(() => redis.stop());

  test.each(VALUES)("%s", async (_name, making, asking) => {
    const world = new CommandWorld();
    world.engine.clock.jump(Date.now() - world.engine.clock.wallMs());
    const here = (command: readonly string[]): RespValue =>
      parseReply(encodeReply(world.done(command).reply!, 2), 0)!.value;
    await redis.run([["flushall"], ...making]);
    const theirDump = bulk((await redis.run([["dump", "k"]]))[0]!);
    expect(here(["restore", "k", "0", theirDump])).toBe("+OK");
    // Not what they answered: what is asked may change the value.
    const ourDump = bulk(here(["dump", "k"]));
    expect(await redis.run([["restore", "k", "0", ourDump, "replace"]])).toEqual(["+OK"]);
    expect(asking.map(here)).toEqual(await redis.run(asking));
  });
});

/** The bytes of a bulk string. */
function bulk(value: RespValue): string {
  if (typeof value !== "string" || !value.startsWith('"'))
    throw new Error(`not a bulk string: ${JSON.stringify(value)}`);
  return value.slice(1);
}
