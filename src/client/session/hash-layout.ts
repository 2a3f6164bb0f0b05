import type { Command } from "../callers/caller.ts";
import { emptyObject, isEqual, isObject, type JsonObject, type JsonValue, type Path } from "./json.ts";
import { GENERATION_FIELD, type Layout, type StoredSession } from "./layout.ts";
import { partsOf } from "./parts.ts";

/**
 * A session as a hash: a field for each value that is no object, named by the keys that lead to it (`cart.tea.quantity`), with the value as
 * JSON. So objects merge at any depth, by the rules of hashes alone. An object without keys is a field of its own; where a field is a value and
 * others lie beneath it, because two requests disagreed on what it is, those beneath are shown.
 */
export const HASH_LAYOUT: Layout = {
  name: "hash",

  load: (key) => ["HGETALL", key],

  read(reply): StoredSession | null {
    const data = emptyObject();
    let generation = "";
    const fields = pairsOf(reply);
    // Outer ones first: what lies beneath replaces them.
    for (const [field, value] of fields.toSorted(([left], [right]) => left.length - right.length)) {
      if (field === GENERATION_FIELD) generation = value;
      else put(data, keysOf(field), JSON.parse(value) as JsonValue);
    }
    // Applications expect objects with a prototype.
    return fields.length === 0 ? null : { generation, data: JSON.parse(JSON.stringify(data)) as JsonObject };
  },

  changes(before, after, isCounter): readonly Command[] {
    const known = leavesOf(before);
    const wanted = leavesOf(after);
    const gone = [...known].filter(([field]) => !wanted.has(field)).map(([, { path }]) => path);
    // What was hidden above them goes as well: it would be seen again.
    const removed = new Set(gone.flatMap((path) => path.map((_, depth) => fieldOf(path.slice(0, depth + 1)))));
    const set: string[] = [];
    const sums: Command[] = [];
    for (const [field, { path, value }] of wanted) {
      const from = known.get(field)?.value;
      if (isEqual(from, value)) continue;
      const by = isCounter(path) ? stepBetween(from, value) : null;
      if (by === null) set.push(field, JSON.stringify(value));
      else sums.push(["HINCRBY", field, String(by)]);
    }
    return [
      ...partsOf([...removed].filter((field) => !wanted.has(field))).map((fields) => ["HDEL", ...fields]),
      ...partsOf(set).map((pairs) => ["HSET", ...pairs]),
      ...sums,
    ];
  },

  whole(data, generation) {
    const fields = [...leavesOf(data)].flatMap(([field, { value }]) => [field, JSON.stringify(value)]);
    return partsOf([GENERATION_FIELD, generation, ...fields]).map((pairs) => ["HSET", ...pairs]);
  },
};

interface Leaf {
  readonly path: Path;
  readonly value: JsonValue;
}

/** Every value that is no object, and every object without keys, by its field. */
function leavesOf(data: JsonObject): ReadonlyMap<string, Leaf> {
  const leaves = new Map<string, Leaf>();
  const visit = (path: Path, value: JsonValue): void => {
    const keys = isObject(value) ? Object.keys(value) : [];
    if (keys.length === 0) leaves.set(fieldOf(path), { path, value });
    for (const key of keys) visit([...path, key], (value as JsonObject)[key]!);
  };
  for (const [key, value] of Object.entries(data)) visit([key], value);
  return leaves;
}

/** Keys with dots between them; a dot or backslash of a key's own has a backslash before it. */
function fieldOf(path: Path): string {
  return path.map((key) => key.replaceAll(/[.\\]/gu, (character) => `\\${character}`)).join(".");
}

function keysOf(field: string): Path {
  const keys = [""];
  for (let at = 0; at < field.length; at++) {
    if (field[at] === ".") keys.push("");
    else keys[keys.length - 1] += field[at] === "\\" ? field.charAt(++at) : field.charAt(at);
  }
  return keys;
}

function put(data: Record<string, JsonValue>, path: Path, value: JsonValue): void {
  let at = data;
  for (const key of path.slice(0, -1)) {
    if (!isObject(at[key])) at[key] = emptyObject();
    at = at[key];
  }
  at[path.at(-1)!] = isObject(value) ? emptyObject() : value;
}

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
