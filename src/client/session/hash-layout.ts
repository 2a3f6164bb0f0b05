import type { Command } from "./callers/caller.ts";
import { emptyObject, isEqual, type JsonValue } from "./json.ts";
import { GENERATION_FIELD, type Layout, type StoredSession } from "./layout.ts";

/** A session as a hash: a field for each of its own keys, with the value as JSON. What is inside a value is replaced with it. */
export const HASH_LAYOUT: Layout = {
  name: "hash",

  load: (key) => ["HGETALL", key],

  read(reply): StoredSession | null {
    const data = emptyObject();
    let generation = "";
    let fields = 0;
    for (const [field, value] of pairsOf(reply)) {
      fields++;
      if (field === GENERATION_FIELD) generation = value;
      else data[field] = JSON.parse(value) as JsonValue;
    }
    return fields === 0 ? null : { generation, data };
  },

  changes(before, after, isCounter): readonly Command[] {
    const removed = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
    const set: string[] = [];
    const sums: Command[] = [];
    for (const [key, value] of Object.entries(after)) {
      const from = Object.hasOwn(before, key) ? before[key]! : undefined;
      if (isEqual(from, value)) continue;
      const by = isCounter([key]) ? stepBetween(from, value) : null;
      if (by === null) set.push(key, JSON.stringify(value));
      else sums.push(["HINCRBY", key, String(by)]);
    }
    return [
      ...(removed.length > 0 ? [["HDEL", ...removed]] : []),
      ...(set.length > 0 ? [["HSET", ...set]] : []),
      ...sums,
    ];
  },

  whole: (data, generation) => [
    [
      "HSET",
      GENERATION_FIELD,
      generation,
      ...Object.entries(data).flatMap(([key, value]) => [key, JSON.stringify(value)]),
    ],
  ],
};

function stepBetween(from: JsonValue | undefined, to: JsonValue): number | null {
  const by =
    Number.isSafeInteger(from ?? 0) && Number.isSafeInteger(to) ? (to as number) - ((from ?? 0) as number) : NaN;
  return Number.isSafeInteger(by) ? by : null;
}

/** A reply of HGETALL: a list of fields and values, or a map of them, by protocol and client. */
function pairsOf(reply: unknown): readonly (readonly [string, string])[] {
  if (Array.isArray(reply)) {
    return Array.from(
      { length: reply.length / 2 },
      (_, at) => [String(reply[2 * at]), String(reply[2 * at + 1])] as const,
    );
  }
  const entries = reply instanceof Map ? [...reply] : Object.entries(reply ?? {});
  return entries.map(([field, value]) => [String(field), String(value)] as const);
}
