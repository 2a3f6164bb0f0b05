import type { Keyspace } from "../../src/keyspace/keyspace.ts";
import type { ModelKey } from "./reference-model.ts";
import { sortedValue } from "./reference/sorted-actions.ts";

/** What clients see of these keys of database 0, as the reference model says it. */
export function visibleState(keyspace: Keyspace, keys: Iterable<string>): Record<string, ModelKey> {
  const state: Record<string, ModelKey> = {};
  keyspace.transact(0, (tx) => {
    for (const key of keys) {
      const type = tx.typeOf(key);
      if (type === null) continue;
      const deadlineMs = tx.deadlineOf(key)!;
      if (type === "string") {
        state[key] = { type, deadlineMs, value: tx.strings.get(key)! };
        continue;
      }
      if (type === "list") {
        state[key] = { type, deadlineMs, value: tx.lists.get(key)!.slice(0, Infinity) };
        continue;
      }
      if (type === "set" || type === "zset") {
        state[key] = { type, deadlineMs, value: sortedValue(tx, key, type) };
        continue;
      }
      const hash = tx.hashes.get(key)!;
      const ends = [...hash.fields()].map((field) => [field, hash.deadlineOf(field)!] as const);
      state[key] = {
        type,
        deadlineMs,
        value: Object.fromEntries([...hash.entries()].toSorted()),
        fieldDeadlines: Object.fromEntries(ends.filter(([, atMs]) => atMs !== 0)),
      };
    }
  });
  return state;
}
