import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seededRandom, type Random } from "../../../src/base/random.ts";
import type { ClientSession } from "../../../src/commands/client-session.ts";
import { encodeReply } from "../../../src/resp/reply-encoder.ts";
import { CommandWorld } from "../../unit/commands/command-world.ts";
import { hasRedisServer, RedisProcess } from "./redis-process.ts";
import { parseReply, type RespValue } from "./resp-values.ts";

/**
 * Several clients wait, in a known order, for lists that another one fills, by itself and in transactions; what each is answered,
 * and what is left, is what a real Redis answers.
 */
const WAITING = 3;
const ROUNDS = 12;
const SEEDS = 8;

const redisIsHere = hasRedisServer();
if (!redisIsHere) console.log("blocking: skipped, there is no redis-server on the PATH");

function one<T>(random: Random, list: readonly T[]): T {
  return list[random.below(list.length)]!;
}

function waitingCommand(random: Random): string[] {
  const [a, b] = [one(random, KEYS), one(random, KEYS)];
  const end = one(random, ["left", "right"]);
  return one(random, [
    ["blpop", a, "0"],
    ["brpop", a, b, "0"],
    ["blmove", a, b, end, one(random, ["left", "right"]), "0"],
    ["brpoplpush", a, b, "0"],
    ["blmpop", "0", "2", a, b, end, "count", "2"],
  ]);
}

const KEYS = ["k", "l", "m"];

function fillingCommands(random: Random): string[][] {
  const key = one(random, KEYS);
  const push = [one(random, ["rpush", "lpush"]), key, ...["a", "b", "c"].slice(0, 1 + random.below(3))];
  return one(random, [
    [push],
    [["multi"], push, ["exec"]],
    [["multi"], push, ["lpop", key], ["exec"]],
    [["multi"], push, ["del", key], ["exec"]],
    [["set", key, "x"], ["del", key], push],
    [push, ["rename", key, one(random, KEYS)]],
    [
      ["lpush", "other", "x", "y"],
      ["copy", "other", key, "replace"],
      ["del", "other"],
    ],
  ]);
}

describe.skipIf(!redisIsHere)("clients that wait are served as by a real Redis", () => {
  let redis: RedisProcess;
  let waiters: RedisProcess[];
  beforeAll(async () => {
    redis = await RedisProcess.start();
    waiters = await Promise.all(Array.from({ length: WAITING }, () => redis.connectAnother()));
    for (const waiter of waiters) await waiter.id();
  });
  afterAll(() => {
    for (const waiter of waiters) waiter.disconnect();
    redis.stop();
  });

  for (let seed = 1; seed <= SEEDS; seed++) {
    test(`seed ${seed}`, async () => {
      const random = seededRandom(seed);
      const world = new CommandWorld();
      const sessions = waiters.map(() => world.connect());
      await redis.run([["flushall"]]);
      for (let round = 0; round < ROUNDS; round++) {
        const waiting = waiters.map(() => waitingCommand(random));
        const ours = waiting.map((words, index) => here(world, words, sessions[index]!));
        const theirs: Promise<RespValue>[] = [];
        for (const [index, words] of waiting.entries()) {
          let isAnswered = false;
          const answer = waiters[index]!.run([words]).then(([reply]) => {
            isAnswered = true;
            return reply!;
          });
          theirs.push(answer);
          // In order: the next one comes once this one waits, or has its answer.
          while (!isAnswered && !(await waits(redis, index, waiters))) await Promise.resolve();
        }
        const commands = [...fillingCommands(random), ...fillingCommands(random)];
        const said = await redis.run(commands);
        const saidHere = commands.map((words) => here(world, words, world.first).reply);
        // Whoever still waits is let go.
        for (const [index, waiter] of waiters.entries()) {
          await redis.run([["client", "unblock", await waiter.id(), "error"]]);
          here(world, ["client", "unblock", String(sessions[index]!.id), "error"], world.first);
        }
        const left = KEYS.map((key) => ["lrange", key, "0", "-1"]);
        const mine = {
          said: await Promise.all(saidHere),
          got: await Promise.all(ours.map(({ reply }) => reply)),
          left: await Promise.all(left.map((words) => here(world, words, world.first).reply)),
        };
        const other = { said, got: await Promise.all(theirs), left: await redis.run(left) };
        expect({ round, waiting, commands, ...mine }).toEqual({ round, waiting, commands, ...other });
      }
    });
  }
});

function here(world: CommandWorld, words: readonly string[], session: ClientSession): { reply: Promise<RespValue> } {
  const outcome = world.outcome(words, session);
  const done = outcome.kind === "done" ? Promise.resolve(outcome) : outcome.done;
  return { reply: done.then(({ reply }) => parseReply(encodeReply(reply!, 2), 0)!.value) };
}

async function waits(redis: RedisProcess, index: number, waiters: readonly RedisProcess[]): Promise<boolean> {
  const [list] = await redis.run([["client", "list", "id", await waiters[index]!.id()]]);
  return String(list).includes("flags=b");
}
