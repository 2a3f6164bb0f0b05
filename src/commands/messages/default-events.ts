import type { BinaryString } from "../../base/bytes.ts";
import type { CommandInfo } from "../command-meta.ts";
import type { EventClass } from "./event-classes.ts";

/**
 * What a command is told as when its `run` tells nothing by itself: under its own name, for each key that it has changed. For most
 * commands that is the name Redis has for the event; the rest is this table.
 */

const CLASSES: Readonly<Record<string, EventClass>> = {
  generic: "generic",
  string: "string",
  bitmap: "string",
  hyperloglog: "string",
  hash: "hash",
  list: "list",
  set: "set",
  "sorted-set": "zset",
  geo: "zset",
  stream: "stream",
};

type Name = string | ((argv: readonly BinaryString[], key: BinaryString) => string) | null;

/** An element moves from the key at the first place to that at the second. */
const moved =
  (from: number, to: number): Name =>
  (argv, key) => {
    const end = (word: BinaryString | undefined): string => (word?.toUpperCase() === "LEFT" ? "l" : "r");
    return key === argv[2] ? `${end(argv[to])}push` : `${end(argv[from])}pop`;
  };
const ends =
  (at: (argv: readonly BinaryString[]) => number, least: string, most: string): Name =>
  (argv) =>
    ["LEFT", "MIN"].includes(argv[at(argv)]?.toUpperCase() ?? "") ? least : most;
/** The word behind as many keys as the word at `countAt` says. */
const afterKeys =
  (countAt: number) =>
  (argv: readonly BinaryString[]): number =>
    countAt + Number(argv[countAt]) + 1;
const popThenPush: Name = (argv, key) => (key === argv[2] ? "lpush" : "rpop");

/** These tell by themselves what they do, and may change what is kept of a key without doing anything that shows. */
const TELLING = ["del", "unlink", "getdel", "sadd", "smove", "sinterstore", "sunionstore", "sdiffstore"];

const NAMES: Readonly<Record<string, Name>> = {
  ...Object.fromEntries(TELLING.map((name) => [name, null])),
  lpushx: "lpush",
  rpushx: "rpush",
  blpop: "lpop",
  brpop: "rpop",
  rpoplpush: popThenPush,
  brpoplpush: popThenPush,
  lmove: moved(3, 4),
  blmove: moved(3, 4),
  lmpop: ends(afterKeys(1), "lpop", "rpop"),
  blmpop: ends(afterKeys(2), "lpop", "rpop"),
  zincrby: "zincr",
  bzpopmin: "zpopmin",
  bzpopmax: "zpopmax",
  zmpop: ends(afterKeys(1), "zpopmin", "zpopmax"),
  bzmpop: ends(afterKeys(2), "zpopmin", "zpopmax"),
  geoadd: "zadd",
  georadius: "georadiusstore",
  georadiusbymember: "georadiusstore",
  bitop: "set",
  bitfield: "setbit",
  pfmerge: "pfadd",
  sort: "sortstore",
  hgetdel: "hdel",
  hsetex: "hset",
  "json.forget": "json.del",
  // What a group has delivered is no event of the stream.
  xack: null,
  xackdel: "xdel",
  xdelex: "xdel",
  xclaim: null,
  xautoclaim: null,
  xreadgroup: null,
};

export interface DefaultEvent {
  readonly kind: EventClass;
  readonly event: string;
}

/** Null when nothing is told. */
export function defaultEvent(
  command: CommandInfo,
  argv: readonly BinaryString[],
  key: BinaryString,
): DefaultEvent | null {
  const { fullName, group } = command;
  const name = Object.hasOwn(NAMES, fullName) ? NAMES[fullName]! : fullName.replace("|", "-");
  if (name === null) return null;
  // JSON's are events of a module there.
  return { kind: CLASSES[group] ?? "module", event: typeof name === "string" ? name : name(argv, key) };
}
