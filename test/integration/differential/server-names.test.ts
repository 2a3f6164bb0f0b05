import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeReply } from "../../../src/resp/reply-encoder.ts";
import { CommandWorld } from "../../unit/commands/command-world.ts";
import { hasRedisServer, RedisProcess } from "./redis-process.ts";
import { parseReply, type RespValue } from "./resp-values.ts";

/** Tools ask by name: every name a real Redis has in its answers is in ours. */

const redisIsHere = hasRedisServer();
if (!redisIsHere) console.log("server names: skipped, there is no redis-server on the PATH");

describe.skipIf(!redisIsHere)("the server's answers have Redis' names", () => {
  let redis: RedisProcess;
  beforeAll(async () => {
    redis = await RedisProcess.start();
  });
  afterAll(() => redis.stop());

  async function both(words: readonly string[]): Promise<readonly [ours: RespValue, theirs: RespValue]> {
    const world = new CommandWorld();
    world.run("set k v");
    const [, theirs] = await redis.run([["set", "k", "v"], words]);
    return [parseReply(encodeReply(world.done(words).reply!, 2), 0)!.value, theirs!];
  }

  test("INFO everything", async () => {
    const [ours, theirs] = await both(["info", "everything"]);
    const names = (text: RespValue): string[] =>
      [...String(text).matchAll(/^(?:# )?(\w+)(?=:|\r)/gmu)].map((match) => match[1]!);
    const mine = new Set(names(ours));
    const perCommand = /^(?:cmdstat|latency_percentiles|errorstat)_/u;
    expect(names(theirs).filter((name) => !mine.has(name) && !perCommand.test(name))).toEqual([]);
  });

  test("CONFIG GET *", async () => {
    const [ours, theirs] = await both(["config", "get", "*"]);
    const names = (reply: RespValue): RespValue[] =>
      (reply as RespValue[]).slice(1).filter((_, index) => index % 2 === 0);
    const mine = new Set(names(ours));
    expect(names(theirs).filter((name) => !mine.has(name))).toEqual([]);
  });

  test("MEMORY STATS", async () => {
    const [ours, theirs] = await both(["memory", "stats"]);
    const names = (reply: RespValue): RespValue[] =>
      (reply as RespValue[]).slice(1).filter((_, index) => index % 2 === 0);
    const mine = new Set(names(ours));
    expect(names(theirs).filter((name) => !mine.has(name))).toEqual([]);
  });

  test("CLIENT LIST", async () => {
    const [ours, theirs] = await both(["client", "list"]);
    const names = (text: RespValue): string[] => [...String(text).matchAll(/([a-z-]+)=/gu)].map((match) => match[1]!);
    const mine = new Set(names(ours));
    expect(names(theirs).filter((name) => !mine.has(name))).toEqual([]);
  });
});
