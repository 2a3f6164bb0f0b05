import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { encodeReply } from "../../../src/resp/reply-encoder.ts";
import { CommandWorld } from "../../unit/commands/command-world.ts";
import { ALLOWED_DIFFERENCES } from "./allowed-differences.ts";
import { hasRedisServer, RedisProcess } from "./redis-process.ts";
import { REFUSAL_SCRIPT } from "./refusal-script.ts";
import { parseReply, type RespValue } from "./resp-values.ts";
import { generateScript } from "./script-generator.ts";
import { STREAM_FAMILIES } from "./stream-families.ts";
import { normalStreamReply } from "./stream-normal.ts";

const SCRIPTS = Number(process.env["ANTIPODE_DIFFERENTIAL_SCRIPTS"] ?? 40);
const FIRST_SEED = Number(process.env["ANTIPODE_DIFFERENTIAL_SEED"] ?? 1);
const SCRIPT_COMMANDS = 300;

const redisIsHere = hasRedisServer();
if (!redisIsHere) console.log("differential: skipped, there is no redis-server on the PATH");

describe.skipIf(!redisIsHere)("generated scripts answer as a real Redis does", () => {
  let redis: RedisProcess;
  beforeAll(async () => {
    redis = await RedisProcess.start();
  });
  afterAll(() => redis.stop());

  test.each([2, 3] as const)("refusals and small answers, RESP%i", async (protocol) => {
    const script = REFUSAL_SCRIPT.map((line) => line.split(" "));
    await redis.run([["reset"], ["hello", String(protocol)], ["flushall"], ["slowlog", "reset"]]);
    await redis.run([
      ["config", "set", "slowlog-log-slower-than", "-1", "repl-backlog-size", "1mb", "maxclients", "10000"],
    ]);
    const theirs = await redis.run(script);
    expect(compareAll(script, runHere(script, protocol), theirs)).toEqual([]);
  });

  for (let seed = FIRST_SEED; seed < FIRST_SEED + SCRIPTS; seed++) {
    const protocol = seed % 2 === 0 ? 3 : 2;
    test(`seed ${seed}, RESP${protocol}`, async () => {
      const script = generateScript(seededRandom(seed), SCRIPT_COMMANDS, seed % 4 === 3 ? STREAM_FAMILIES : undefined);
      await redis.run([["reset"], ["hello", String(protocol)], ["flushall"]]);
      const theirs = await redis.run(script);
      const differences = compareAll(script, runHere(script, protocol), theirs);
      expect(differences.slice(0, 3)).toEqual([]);
    });
  }
});

function runHere(script: readonly (readonly string[])[], protocol: 2 | 3): RespValue[] {
  const world = new CommandWorld();
  world.first.protocol = protocol;
  world.engine.clock.jump(Date.now() - world.engine.clock.wallMs());
  return script.map((words) => {
    const outcome = world.outcome(words);
    // The one that waits is told that its time is over: the others must not wait for it.
    if (outcome.kind === "suspended") {
      outcome.cancel();
      return "+OK";
    }
    const bytes = encodeReply(outcome.reply!, protocol);
    return parseReply(bytes, 0)!.value;
  });
}

interface Difference {
  readonly index: number;
  readonly command: readonly string[];
  readonly ours: RespValue;
  readonly theirs: RespValue;
}

function compareAll(
  script: readonly (readonly string[])[],
  ours: readonly RespValue[],
  theirs: readonly RespValue[],
): Difference[] {
  const differences: Difference[] = [];
  const compare = (index: number, command: readonly string[], left: RespValue, right: RespValue): void => {
    const [mine, other] = [normal(command, left), normal(command, right)];
    if (JSON.stringify(mine) === JSON.stringify(other)) return;
    if (ALLOWED_DIFFERENCES.some(({ accepts }) => accepts(command, mine, other))) return;
    differences.push({ index, command, ours: mine, theirs: other });
  };
  let queued: (readonly string[])[] = [];
  for (const [index, command] of script.entries()) {
    const [left, right] = [ours[index]!, theirs[index]!];
    if (left === "+QUEUED") queued.push(command);
    if (
      command[0] === "exec" &&
      typeof left !== "string" &&
      typeof right !== "string" &&
      left.length === right.length
    ) {
      // The first item of a parsed list is its kind.
      for (const [item, inner] of queued.entries()) compare(index, inner, left[item + 1]!, right[item + 1]!);
    } else {
      compare(index, command, left, right);
    }
    if (command.length === 1 && (command[0] === "exec" || command[0] === "discard")) queued = [];
  }
  return differences;
}

/** Sets have no order, and neither have walks and random members. */
const SORTED_UNORDERED = [
  "smembers",
  "sunion",
  "sinter",
  "sdiff",
  "sscan",
  "spop",
  "srandmember",
  "zscan",
  "zrandmember",
];

const UNORDERED: ReadonlySet<string> = new Set([
  "keys",
  "scan",
  "hkeys",
  "hvals",
  "hgetall",
  "hscan",
  "hrandfield",
  ...SORTED_UNORDERED,
]);

/** Replies whose order means nothing, in one order. */
function normal(words: readonly string[], value: RespValue): RespValue {
  return UNORDERED.has(words[0]!.toLowerCase()) ? deepSorted(value) : normalStreamReply(words, value);
}

function deepSorted(value: RespValue): RespValue {
  if (typeof value === "string") return value;
  return value.map(deepSorted).toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
}
