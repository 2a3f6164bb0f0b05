import { SetReply, type Reply } from "../../../src/resp/reply.ts";
import type { Argv } from "./random-command.ts";
import type { UniqueHow } from "./steps.ts";

/** What one reader was shown of the checkers' own keys, in one transaction. */
export interface Observation {
  readonly region: string;
  /** The two halves of each pair, by name. */
  readonly pairs: ReadonlyMap<string, readonly [string | null, string | null]>;
  /** Names of unique writes that were there. */
  readonly present: ReadonlySet<string>;
  readonly counters: ReadonlyMap<string, string | null>;
}

export const PAIRS = ["p0", "p1", "p2"];
export const COUNTERS = ["c0", "c1"];
const COLLECTIONS = ["set", "hash", "zset", "list"] as const;

/** How a unique write is sent, and what it is called in an observation. */
export function uniqueCommand(how: UniqueHow, value: string): Argv {
  switch (how) {
    case "string":
      return ["SET", `u:${value}`, value];
    case "set":
      return ["SADD", "uset", value];
    case "hash":
      return ["HSET", "uhash", value, "1"];
    case "zset":
      return ["ZADD", "uzset", "1", value];
    case "list":
      return ["RPUSH", "ulist", value];
  }
}

export function uniqueName(how: UniqueHow | "follow", value: string): string {
  return how === "string" || how === "follow" ? `u:${value}` : `${how}/${value}`;
}

/** The commands of one look. `strings`: names of unique writes that are strings. */
export function lookCommands(strings: readonly string[]): readonly Argv[] {
  return [
    ["MGET", ...PAIRS.flatMap((pair) => [`${pair}:x`, `${pair}:y`])],
    ...PAIRS.flatMap((pair) => [
      ["HGET", `${pair}:hx`, "f"],
      ["HGET", `${pair}:hy`, "f"],
    ]),
    ["MGET", ...COUNTERS],
    ["SMEMBERS", "uset"],
    ["HKEYS", "uhash"],
    ["ZRANGE", "uzset", "0", "-1"],
    ["LRANGE", "ulist", "0", "-1"],
    ["MGET", "nothing", ...strings],
  ];
}

export function observationOf(region: string, strings: readonly string[], reply: Reply | undefined): Observation {
  const replies = (reply as readonly Reply[]).map((one) => textsOf(one));
  const [plainPairs, ...rest] = replies as [Texts, ...Texts[]];
  const pairs = new Map<string, readonly [string | null, string | null]>();
  for (const [index, pair] of PAIRS.entries()) {
    pairs.set(pair, [plainPairs[index * 2]!, plainPairs[index * 2 + 1]!]);
    pairs.set(`${pair} (hashes)`, [rest[index * 2]![0]!, rest[index * 2 + 1]![0]!]);
  }
  const [counters, ...collections] = rest.slice(PAIRS.length * 2) as [Texts, ...Texts[]];
  const texts = collections.pop()!;
  const present = new Set<string>();
  for (const [index, how] of COLLECTIONS.entries())
    for (const value of collections[index]!) present.add(uniqueName(how, value!));
  for (const [index, name] of strings.entries()) if (texts[index + 1] !== null) present.add(name);
  return { region, pairs, present, counters: new Map(COUNTERS.map((counter, index) => [counter, counters[index]!])) };
}

type Texts = readonly (string | null)[];

function textsOf(reply: Reply): Texts {
  if (reply === null || typeof reply === "string") return [reply];
  const members = reply instanceof SetReply ? reply.members : reply;
  if (!Array.isArray(members)) throw new Error(`a look was answered ${JSON.stringify(reply)}`);
  return (members as readonly Reply[]).map((one) => (typeof one === "string" ? one : null));
}
