import { createHash } from "node:crypto";
import { SLIDING_WINDOW } from "../../chaos/bench/limit-scripts.ts";
import type { CommandBench } from "./command-bench.ts";

type Command = readonly string[];

/** One kind of work: what is there before it, and the commands whose cost counts. `round`: counts the repetitions. */
export interface Work {
  readonly name: string;
  readonly before?: (bench: CommandBench) => Promise<void>;
  readonly commands: (round: number) => readonly Command[];
  /** Commands of one round, for the cost of one: what the figures are divided by. */
  readonly perRound?: number;
  /**
   * What counts instead: the cost of the peer that applies what was written; or of the road there, from the log to frames (`sent`), and
   * from frames to the peer's log and its reports (`received`).
   */
  readonly at?: "peer" | "sent" | "received";
}

const VALUE = "v".repeat(1024);
const PIPELINE = 16;
const KEYS = 500;
const key = (round: number): string => `key:${(round * 7919) % KEYS}`;

const LIMIT_SCRIPT =
  "local n = redis.call('incr', KEYS[1]) if n == 1 then redis.call('pexpire', KEYS[1], ARGV[1]) end return n <= tonumber(ARGV[2])";
const WINDOW_SHA = createHash("sha1").update(SLIDING_WINDOW).digest("hex");
const SESSION = JSON.stringify({ user: { id: 7, name: "somebody" }, cart: [{ sku: "a", count: 1 }], visits: 1 });

async function fill(bench: CommandBench, count: number, make: (at: number) => Command): Promise<void> {
  const slice = 1_000;
  for (let from = 0; from < count; from += slice) {
    const commands = Array.from({ length: Math.min(slice, count - from) }, (_, at) => make(from + at));
    await bench.send(commands);
  }
}

const fields =
  (count: number) =>
  (bench: CommandBench): Promise<void> =>
    fill(bench, count, (at) => ["HSET", "hash", `field:${at}`, "value"]);

export const WORKS: readonly Work[] = [
  { name: "PING", commands: () => [["PING"]] },
  { name: "SET of 1 KB", commands: (round) => [["SET", key(round), VALUE]] },
  { name: "SET of 1 KB with a deadline", commands: (round) => [["SET", key(round), VALUE, "EX", "1800"]] },
  {
    name: "SET of 1 KB, 16 in one piece",
    commands: (round) => Array.from({ length: PIPELINE }, (_, at) => ["SET", key(round * PIPELINE + at), VALUE]),
    perRound: PIPELINE,
  },
  { name: "SET of 1 KB, in the peer", commands: (round) => [["SET", key(round), VALUE]], at: "peer" },
  { name: "SET of 1 KB, sent to the peer", commands: (round) => [["SET", key(round), VALUE]], at: "sent" },
  { name: "SET of 1 KB, received by the peer", commands: (round) => [["SET", key(round), VALUE]], at: "received" },
  {
    name: "GET of 1 KB",
    before: (bench) => fill(bench, KEYS, (at) => ["SET", `key:${at}`, VALUE]),
    commands: (round) => [["GET", key(round)]],
  },
  {
    name: "GET of 1 KB, 16 in one piece",
    before: (bench) => fill(bench, KEYS, (at) => ["SET", `key:${at}`, VALUE]),
    commands: (round) => Array.from({ length: PIPELINE }, (_, at) => ["GET", key(round * PIPELINE + at)]),
    perRound: PIPELINE,
  },
  { name: "INCR", commands: (round) => [["INCR", key(round)]] },
  {
    name: "EXPIRE",
    before: (bench) => fill(bench, KEYS, (at) => ["SET", `key:${at}`, "v"]),
    commands: (round) => [["EXPIRE", key(round), "60"]],
  },
  {
    name: "HSET in a hash of 10 fields",
    before: fields(10),
    commands: (round) => [["HSET", "hash", `field:${round % 10}`, `value ${round}`]],
  },
  {
    name: "HSET in a hash of 20,000 fields",
    before: fields(20_000),
    commands: (round) => [["HSET", "hash", `field:${round % 20_000}`, `value ${round}`]],
  },
  { name: "HGETALL of 10 fields", before: fields(10), commands: () => [["HGETALL", "hash"]] },
  {
    name: "ZADD in a sorted set of 20,000 members",
    before: (bench) => fill(bench, 20_000, (at) => ["ZADD", "scores", String((at * 7919) % 20_000), `member:${at}`]),
    commands: (round) => [["ZADD", "scores", String(round), `member:${(round * 31) % 20_000}`]],
  },
  {
    name: "LPUSH and RPOP",
    commands: (round) => [
      ["LPUSH", "list", `item ${round}`],
      ["RPOP", "list"],
    ],
  },
  { name: "SADD", commands: (round) => [["SADD", "set", `member:${round}`]] },
  { name: "XADD", commands: (round) => [["XADD", "stream", `${round + 1}-1`, "field", "value"]] },
  {
    name: "MULTI of three writes",
    commands: (round) => [["MULTI"], ["SET", "a", String(round)], ["INCR", "b"], ["HSET", "c", "d", "e"], ["EXEC"]],
  },
  {
    name: "EVAL of a limit",
    commands: (round) => [["EVAL", LIMIT_SCRIPT, "1", `limit:${round % 20}`, "60000", "100"]],
  },
  {
    name: "EVALSHA of a sliding window",
    before: async (bench) => void (await bench.send([["SCRIPT", "LOAD", SLIDING_WINDOW]])),
    commands: (round) => [["EVALSHA", WINDOW_SHA, "1", `limit:${round % 20}`, "10", "60000", String(round)]],
  },
  {
    name: "JSON.NUMINCRBY in a session",
    before: async (bench) => void (await bench.send([["JSON.SET", "session", "$", SESSION]])),
    commands: () => [["JSON.NUMINCRBY", "session", "$.visits", "1"]],
  },
];
