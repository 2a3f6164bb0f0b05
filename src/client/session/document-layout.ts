import type { Command } from "../callers/caller.ts";
import { differenceOf } from "./difference.ts";
import { isObject, type JsonObject, type JsonValue, type Path } from "./json.ts";
import { GENERATION_FIELD, type Layout, type StoredSession } from "./layout.ts";
import { partsOf } from "./parts.ts";

/** A session as a JSON document: objects in it merge key by key, at any depth. */
export const DOCUMENT_LAYOUT: Layout = {
  name: "document",

  load: (key) => ["JSON.GET", key],

  read(reply): StoredSession | null {
    if (typeof reply !== "string") return null;
    const stored = JSON.parse(reply) as JsonValue;
    if (!isObject(stored)) return null;
    const { [GENERATION_FIELD]: generation, ...data } = stored;
    return { generation: typeof generation === "string" ? generation : "", data };
  },

  changes(before, after, isCounter): readonly Command[] {
    const { patch, nulls, sums, appends } = differenceOf(before, after, isCounter);
    const commands: Command[] = [];
    if (patch !== null) commands.push(["JSON.MERGE", "$", JSON.stringify(patch)]);
    for (const path of nulls) commands.push(["JSON.SET", pathText(path), "null"]);
    for (const { path, by, isNew } of sums) {
      // Two that make a counter at once both add to the same nothing.
      if (isNew) commands.push(["JSON.SET", pathText(path), "0", "NX"]);
      commands.push(["JSON.NUMINCRBY", pathText(path), String(by)]);
    }
    for (const { path, items } of appends) {
      for (const some of partsOf(items)) {
        commands.push(["JSON.ARRAPPEND", pathText(path), ...some.map((item) => JSON.stringify(item))]);
      }
    }
    return commands;
  },

  whole: (data: JsonObject, generation) => [
    ["JSON.SET", "$", JSON.stringify({ ...data, [GENERATION_FIELD]: generation })],
  ],
};

/** As RedisJSON writes it: every key in brackets, so that it may have any name. */
function pathText(path: Path): string {
  return `$${path.map((key) => `[${JSON.stringify(key)}]`).join("")}`;
}
