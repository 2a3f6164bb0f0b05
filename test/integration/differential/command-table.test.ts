import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { COMMANDS } from "../../../src/commands/command-table.ts";
import type { Command } from "../../../src/commands/define-command.ts";
import { describeCommand } from "../../../src/commands/families/command-description.ts";
import { encodeReply } from "../../../src/resp/reply-encoder.ts";
import { hasRedisServer, RedisProcess } from "./redis-process.ts";
import { parseReply, type RespValue } from "./resp-values.ts";

/** What COMMAND INFO answers, without its subcommands: words that have no order are sorted. */
type Row = Readonly<Record<"arity" | "flags" | "range" | "categories" | "keys", unknown>>;

const rowOf = (info: readonly RespValue[]): Row => {
  const [, , arity, flags, first, last, step, categories, , keys] = info;
  return {
    arity,
    flags: sorted(flags!),
    range: [first, last, step],
    categories: sorted(categories!),
    keys: (keys as readonly RespValue[]).slice(1).map((spec) => withSortedFlags(spec)),
  };
};

function sorted(words: RespValue): readonly RespValue[] {
  return (words as readonly RespValue[]).slice(1).toSorted();
}

/** A specification's notes (our Redis has some) are prose. */
function withSortedFlags(spec: RespValue): readonly RespValue[] {
  const items = (spec as readonly RespValue[]).slice(1);
  const at = (name: string): RespValue => items[items.indexOf(`"${name}`) + 1]!;
  return [sorted(at("flags")), at("begin_search"), at("find_keys")];
}

const redisIsHere = hasRedisServer();
if (!redisIsHere) console.log("command table: skipped, there is no redis-server on the PATH");

describe.skipIf(!redisIsHere)("the command table says what Redis' does", () => {
  let redis: RedisProcess;
  beforeAll(async () => {
    redis = await RedisProcess.start();
  });
  afterAll(() => redis.stop());

  test("arity, flags, categories and keys of every command that Redis 7.0 has", async () => {
    const ours = leaves();
    const theirs = await redis.run(ours.map(({ fullName }) => ["command", "info", fullName]));
    const differences = ours.flatMap((command, index) => {
      const reply = theirs[index] as readonly RespValue[];
      if (typeof reply[1] === "string") return [];
      const mine = rowOf(parseReply(encodeReply(describeCommand(command), 2), 0)!.value as readonly RespValue[]);
      const other = rowOf(reply[1] as readonly RespValue[]);
      return (Object.keys(mine) as (keyof Row)[])
        .filter((what) => JSON.stringify(mine[what]) !== JSON.stringify(other[what]))
        .filter((what) => !(ALLOWED[command.fullName] ?? []).includes(what))
        .map(
          (what) => `${command.fullName} ${what}: ${JSON.stringify(mine[what])}, Redis ${JSON.stringify(other[what])}`,
        );
    });
    expect(differences).toEqual([]);
  });
});

function leaves(): Command[] {
  return [...COMMANDS.values()].flatMap((command) => [command, ...command.subcommands.values()]);
}

/** Where a row differs on purpose. */
const ALLOWED: Readonly<Record<string, readonly (keyof Row)[]>> = {
  // 7.2 says that it also reads.
  xautoclaim: ["keys"],
  // Redis 7.2 asks for one word less than 7.0.
  "command|getkeys": ["arity"],
  "command|getkeysandflags": ["arity"],
  // 7.2 says of scripts that they may replicate.
  eval: ["flags"],
  evalsha: ["flags"],
  fcall: ["flags"],
  // Since 7.2 scripts may call it, and it counts as one that waits.
  wait: ["flags", "categories"],
  // Since 7.2 scripts may call what blocks: there it does not wait.
  blpop: ["flags"],
  brpop: ["flags"],
  blmove: ["flags"],
  brpoplpush: ["flags"],
  bzpopmin: ["flags"],
  bzpopmax: ["flags"],
  // With WITHSCORE, as 7.2 has them.
  zrank: ["arity"],
  zrevrank: ["arity"],
};
