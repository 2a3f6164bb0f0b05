import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seededRandom, type Random } from "../../../src/base/random.ts";
import { encodeReply } from "../../../src/resp/reply-encoder.ts";
import { CommandWorld } from "../../unit/commands/command-world.ts";
import { hasRedisServer, RedisProcess } from "./redis-process.ts";
import { parseReply, type RespValue } from "./resp-values.ts";

/** Users with random rules, here and in a real Redis: the same calls must be allowed to both. */

const SEEDS = Number(process.env["ANTIPODE_DIFFERENTIAL_SCRIPTS"] ?? 40);

const RULES = [
  ..."allkeys resetkeys allchannels resetchannels allcommands nocommands reset clearselectors on off nopass resetpass".split(
    " ",
  ),
  ..."~a* ~a ~[ab]? %R~b* %W~c* %RW~d* %rw~* %R~* ~*".split(" "),
  ..."&* &news &news.* &n?ws".split(" "),
  ..."+@all -@all +@read -@read +@write -@write +@hash -@hash +@keyspace -@string +@fast -@slow -@dangerous".split(" "),
  ..."+@connection +@transaction -@admin +@pubsub -@blocking +@bitmap".split(" "),
  ..."+get -get +set -set +mget +rename +copy +del -del +config +config|get -config|set +object|encoding".split(" "),
  ..."+select|0 +select|1 +getex +hset +hdel -hdel +client -client|kill +client|id +acl|whoami +memory|usage".split(
    " ",
  ),
  ">one",
  ">two",
  "<one",
  "!x",
  `#${"0".repeat(64)}`,
  "(+get ~a*)",
  "(+@write %W~b*)",
  "(allcommands allkeys)",
  "(+set",
  "~c*)",
  "+nothing",
  "+@nothing",
  "+config|nothing",
  "foo",
  "%~a",
];

const CALLS = [
  "get a",
  "get b1",
  "get c",
  "set a 1",
  "set b 1",
  "set c1 1 get",
  "mget a b",
  "mset a 1 c 1",
  "rename a b",
  "rename b1 d",
  "copy b1 c1",
  "copy c b",
  "del a c",
  "exists zzz",
  "type c",
  "hset a f v",
  "hdel b f",
  "expire d 10",
  "getex a",
  "object encoding b",
  "memory usage c",
  "config get x",
  "config set x y",
  "select 0",
  "select 1",
  "select 2",
  "client id",
  "client kill x:1",
  "acl whoami",
  "acl list",
  "ping",
  "auth x",
  "flushall",
  "keys *",
  "scan 0",
  "dbsize",
  "multi",
  "info",
].map((line) => line.split(" "));

const redisIsHere = hasRedisServer();
if (!redisIsHere) console.log("rights: skipped, there is no redis-server on the PATH");

describe.skipIf(!redisIsHere)("rights are those of a real Redis", () => {
  let redis: RedisProcess;
  beforeAll(async () => {
    redis = await RedisProcess.start();
  });
  afterAll(() => redis.stop());

  for (let seed = 1; seed <= SEEDS; seed++) {
    test(`seed ${seed}`, async () => {
      const script = scriptOf(seededRandom(seed));
      await redis.run([["reset"], ["acl", "deluser", "u"]]);
      const theirs = await redis.run(script);
      const world = new CommandWorld();
      const differences = script.flatMap((words, index) => {
        const mine = normal(parseReply(encodeReply(world.done(words).reply!, 2), 0)!.value, words);
        const other = normal(theirs[index]!, words);
        return JSON.stringify(mine) === JSON.stringify(other) ? [] : [{ words: words.join(" "), mine, other }];
      });
      expect(differences.slice(0, 3)).toEqual([]);
    });
  }
});

function scriptOf(random: Random): string[][] {
  const script: string[][] = [];
  for (let round = 0; round < 12; round++) {
    const rules = Array.from({ length: 1 + random.below(4) }, () => RULES[random.below(RULES.length)]!);
    script.push(["acl", "setuser", "u", ...rules]);
    for (const call of CALLS) script.push(["acl", "dryrun", "u", ...call]);
    script.push(["acl", "getuser", "u"]);
  }
  return script;
}

/** What is compared: errors word for word; of refusals the kind (7.2 words them anew); of a user what does not depend on the version. */
function normal(reply: RespValue, words: readonly string[]): RespValue {
  if (words[1] === "dryrun" && typeof reply === "string") {
    return /^"(?:This user|User u) has no permissions to/u.test(reply)
      ? reply.replace(/^"(?:This user|User u)/u, "")
      : reply;
  }
  if (words[1] !== "getuser" || typeof reply === "string") return reply;
  const fields = reply.slice(1);
  const at = (name: string): RespValue => fields[fields.indexOf(`"${name}`) + 1]!;
  const flags = (at("flags") as readonly RespValue[]).filter((flag) => flag !== '"sanitize-payload');
  return [flags, at("passwords"), at("keys"), at("channels")];
}
