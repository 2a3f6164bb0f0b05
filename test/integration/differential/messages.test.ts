import { createConnection, type NetConnectOpts, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silentLogger } from "../../../src/base/logger.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { DEFAULT_RESP_LIMITS } from "../../../src/server/resp/resp-limits.ts";
import { startRespServer, type RunningRespServer } from "../../../src/server/resp/resp-server.ts";
import { CommandWorld } from "../../unit/commands/command-world.ts";
import { hasRedisServer, RedisProcess } from "./redis-process.ts";

const redisIsHere = hasRedisServer();
if (!redisIsHere) console.log("differential: skipped, there is no redis-server on the PATH");

/** One connection, and everything that came over it. */
class Talker {
  readonly #socket: Socket;
  #received = "";
  #arrived: () => void = () => {};
  #count = 0;

  constructor(options: NetConnectOpts) {
    this.#socket = createConnection(options);
    this.#socket.on("data", (chunk) => {
      this.#received += chunk.toString("latin1");
      this.#arrived();
    });
  }

  /** Sends lines in one go; answers what came until a PING behind them was answered, without that answer. */
  async say(...lines: readonly string[]): Promise<string> {
    const mark = `mark-${this.#count++}`;
    this.#socket.write([...lines, `PING ${mark}`, ""].join("\r\n"));
    const end = new RegExp(`(?:\\*2\\r\\n\\$4\\r\\npong\\r\\n)?\\$\\d+\\r\\n${mark}\\r\\n`, "u");
    for (;;) {
      const found = end.exec(this.#received);
      if (found === null) {
        await new Promise<void>((resolve) => (this.#arrived = resolve));
        continue;
      }
      const text = this.#received.slice(0, found.index);
      this.#received = this.#received.slice(found.index + found[0].length);
      return text;
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}

type Step = readonly [who: number, ...lines: readonly string[]];

/** Runs a play of several connections on one server; after each step everybody tells what has come. */
async function perform(options: NetConnectOpts, steps: readonly Step[]): Promise<readonly string[]> {
  const people = [0, 1, 2].map(() => new Talker(options));
  const seen: string[] = [];
  for (const [who, ...lines] of steps) {
    seen.push(`${who} says ${lines.join("; ")}`, normal(await people[who]!.say(...lines)));
    // Twice: what one hears of another may still be on its way when it is first asked.
    for (let round = 0; round < 2; round++) {
      for (const [index, person] of people.entries()) {
        if (index !== who || round > 0) seen.push(`${index} hears`, normal(await person.say()));
      }
    }
  }
  for (const person of people) person.close();
  return seen
    .filter((text, index) => index % 2 === 0 || text !== "")
    .filter((text, index, all) => !isIdle(text, all[index + 1]));
}

/** Somebody heard nothing. */
function isIdle(text: string, next: string | undefined): boolean {
  return text.endsWith(" hears") && (next === undefined || next.endsWith(" hears") || next.includes(" says "));
}

function normal(text: string): string {
  return text
    .replaceAll(/\d{10}\.\d{6} \[(\d+) [^\]]*\]/gu, "TIME [$1 ADDRESS]")
    .replaceAll(/\+TIME \[\d+ ADDRESS\] "PING" "mark-\d+"\r\n/gu, "");
}

const SUBSCRIBING: readonly Step[] = [
  // One name of a kind at a time: where there are several, Redis goes through them in the order of a hash.
  [0, "SUBSCRIBE a a", "PSUBSCRIBE n*", "SSUBSCRIBE s"],
  [1, "PUBSUB CHANNELS", "PUBSUB NUMSUB a b c", "PUBSUB NUMPAT", "PUBSUB SHARDNUMSUB s a", "PUBSUB SHARDCHANNELS"],
  [1, "PUBLISH a hello", "PUBLISH news hello", "SPUBLISH s hello", "PUBLISH s hello", "SPUBLISH a x", 'PUBLISH b ""'],
  [0, "SUBSCRIBE b", "UNSUBSCRIBE a z", "PUNSUBSCRIBE n*", "SUNSUBSCRIBE"],
  [1, "PUBLISH a hello", "PUBLISH news hello", "SPUBLISH s hello"],
  [0, "UNSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE"],
  [0, "MULTI", "SUBSCRIBE a b", "UNSUBSCRIBE a", "EXEC"],
  [1, "MULTI", "PUBLISH b 1", "PUBLISH b 2", "EXEC"],
  [0, "RESET"],
  [1, "PUBLISH b 3", "PUBSUB CHANNELS", "PUBLISH b", "SUBSCRIBE", "PUBSUB", "PUBSUB NOTHING", "PUBSUB NUMPAT x"],
];
const RESP2_ONLY: readonly Step[] = [
  [0, "SUBSCRIBE a"],
  [0, "GET k", "PING", "CONFIG GET maxmemory", "HELLO 3", "MULTI", "PUBLISH a 1", "NOTHING", "GET"],
];
const MONITORING: readonly Step[] = [
  [0, "MONITOR"],
  [
    1,
    'SET k "\\x00\\xff\\n\\"q\\\\"',
    "select 3",
    "get k",
    "AUTH user pass",
    "CONFIG GET maxmemory",
    "CLIENT GETNAME",
    "GET",
  ],
  [1, "MULTI", "SET k 1", "INCR k", "EXEC"],
  [0, "MULTI", "MONITOR", "EXEC"],
  [0, "RESET"],
  [1, "SET k 1"],
];
const TRACKING: readonly Step[] = [
  [0, "CLIENT TRACKING ON", "GET a", "MGET b c", "CLIENT TRACKINGINFO", "CLIENT GETREDIR"],
  [1, "SET a 1", "SET a 2", "DEL b", "HSET h f 1"],
  [0, "SET c 1", "GET c", "CLIENT TRACKING ON NOLOOP", "SET c 2", "GET c"],
  [1, "MULTI", "SET c 3", "SET a 3", "EXEC"],
  [0, "GET a"],
  [1, "FLUSHALL"],
  [0, "CLIENT TRACKING ON BCAST", "CLIENT TRACKING OFF", "CLIENT TRACKING ON BCAST PREFIX p: PREFIX q:"],
  [1, "SET p:1 1", "SET q:1 1", "SET r:1 1", "DEL p:1"],
  [0, "CLIENT TRACKING ON BCAST PREFIX p:x", "CLIENT TRACKINGINFO", "CLIENT TRACKING OFF"],
  [0, "CLIENT TRACKING ON OPTIN", "GET a", "CLIENT CACHING YES", "GET b", "GET c", "CLIENT CACHING NO"],
  [1, "MSET a 1 b 1 c 1"],
];
const EVENTS: readonly Step[] = [
  [0, "PSUBSCRIBE __key*__:*"],
  ...[
    "SET k v",
    "SET k v EX 100",
    "GETEX k PERSIST",
    "APPEND k x",
    "INCRBY n 5",
    "MSET a 1 b 2",
    "RENAME a c",
    "COPY c d",
    "MOVE d 1",
    "EXPIRE c 100",
    "PERSIST c",
    "EXPIRE c -1",
    "HSET h f 1",
    "HINCRBY h f 1",
    "HDEL h f",
    "SADD s a b",
    "SREM s a",
    "SPOP s",
    "GETDEL k",
    "DEL n b nothing",
    "GET nothing",
    "SETNX k v",
  ].map((line): Step => [1, line]),
];

describe.skipIf(!redisIsHere)("messages come as from a real Redis", () => {
  let redis: RedisProcess;
  let here: RunningRespServer;

  beforeAll(async () => {
    redis = await RedisProcess.start();
    const world = new CommandWorld();
    let id = 0;
    here = await startRespServer({
      host: "127.0.0.1",
      port: 0,
      executor: world.dispatcher,
      nextClientId: () => 1_000 + ++id,
      limits: DEFAULT_RESP_LIMITS,
      clock: systemClock(),
      logger: silentLogger,
    });
  });
  afterAll(async () => {
    await here.drain(0);
    redis.stop();
  });

  async function compare(protocol: 2 | 3, steps: readonly Step[]): Promise<void> {
    const all: readonly Step[] = [
      [1, "FLUSHALL", "CONFIG SET notify-keyspace-events KEAm"],
      ...[0, 1, 2].map((who): Step => [who, `HELLO ${protocol}`]),
      ...steps,
    ];
    const [host, port] = here.address.split(":") as [string, string];
    const [theirs, ours] = await Promise.all([
      perform({ path: redis.path }, all),
      perform({ host, port: Number(port) }, all),
    ]);
    // What HELLO says of the server is compared elsewhere.
    const begin = (lines: readonly string[]): readonly string[] =>
      lines.slice(lines.indexOf(`${steps[0]![0]} says ${steps[0]!.slice(1).join("; ")}`));
    expect(begin(ours)).toEqual(begin(theirs));
  }

  test.each([2, 3] as const)("K7: subscribing and publishing, RESP%i", (protocol) => compare(protocol, SUBSCRIBING));
  test("K7: what a RESP2 connection that listens may do", () => compare(2, RESP2_ONLY));
  test.each([2, 3] as const)("MONITOR, RESP%i", (protocol) => compare(protocol, MONITORING));
  test("CLIENT TRACKING, RESP3", () => compare(3, TRACKING));
  test.each([2, 3] as const)("keyspace notifications, RESP%i", (protocol) => compare(protocol, EVENTS));
});
