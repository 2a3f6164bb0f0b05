import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeReply } from "../../../src/resp/reply-encoder.ts";
import { CommandWorld } from "../../unit/commands/command-world.ts";
import { LUA_SNIPPETS } from "./lua-snippets.ts";
import { hasRedisServer, RedisProcess } from "./redis-process.ts";
import { parseReply, type RespValue } from "./resp-values.ts";

const redisIsHere = hasRedisServer();
if (!redisIsHere) console.log("differential: scripts skipped, there is no redis-server on the PATH");

describe.skipIf(!redisIsHere)("scripts answer as a real Redis' do", () => {
  let redis: RedisProcess;
  beforeAll(async () => {
    redis = await RedisProcess.start();
  });
  afterAll(() => redis.stop());

  for (const [about, snippets] of Object.entries(LUA_SNIPPETS)) {
    test.each([2, 3] as const)(`${about}, RESP%i`, async (protocol) => {
      const commands = snippets.map((source) => ["eval", source, "2", "{k}1", "{k}2", "a", "10", ""]);
      await redis.run([["reset"], ["hello", String(protocol)], ["flushall"]]);
      const theirs = await redis.run(commands);
      const ours = runHere(commands, protocol);
      const differences = snippets.flatMap((source, index) =>
        isSame(source, ours[index]!, theirs[index]!) ? [] : [{ source, ours: ours[index], theirs: theirs[index] }],
      );
      expect(differences).toEqual([]);
    });
  }
});

function runHere(commands: readonly (readonly string[])[], protocol: 2 | 3): RespValue[] {
  const world = new CommandWorld();
  world.first.protocol = protocol;
  return commands.map((words) => parseReply(encodeReply(world.done(words).reply!, protocol), 0)!.value);
}

function isSame(_source: string, ours: RespValue, theirs: RespValue): boolean {
  return JSON.stringify(ours) === JSON.stringify(theirs);
}
