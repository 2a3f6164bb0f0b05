import type { KeyType } from "../crdt/operations/operation-kind.ts";
import type { KeyTable } from "./key-table.ts";

const HASH_END = 2 ** 32;
/** Shards without a key that one SCAN call may pass before it answers: bounds its time on a sparse database. */
const EMPTY_SHARDS_MAX = 4096;
/** Shards tried before RANDOMKEY looks through everything in order. */
const RANDOM_TRIES = 64;

/** SCAN: a cursor is a position in hash space; whole hash values are visited together, so nothing falls between two calls. */
export function scanKeys(
  table: KeyTable,
  db: number,
  cursor: number,
  count: number,
  nowMs: number,
  visit: (key: string, type: KeyType) => void,
): number {
  if (table.count(db) === 0) return 0;
  let position = cursor;
  let visited = 0;
  for (let shards = 0; position < HASH_END && shards < EMPTY_SHARDS_MAX; shards++) {
    const { keys, nextHash } = table.shardFrom(db, position);
    for (const [index, one] of keys.entries()) {
      if (visited >= count && one.hash !== keys[index - 1]?.hash) return one.hash;
      const facet = table.look(db, one).visible(nowMs);
      if (facet !== null) visit(one.key, facet.type);
      visited++;
    }
    position = nextHash;
    if (visited >= count) break;
  }
  return position >= HASH_END ? 0 : position;
}

export function randomVisibleKey(
  table: KeyTable,
  db: number,
  nowMs: number,
  random: { below(bound: number): number },
): string | null {
  if (table.count(db) === 0) return null;
  for (let attempt = 0; attempt < RANDOM_TRIES; attempt++) {
    const keys = [...table.shardFrom(db, random.below(HASH_END)).keys];
    while (keys.length > 0) {
      const index = random.below(keys.length);
      const [one] = keys.splice(index, 1);
      if (table.look(db, one!).visible(nowMs) !== null) return one!.key;
    }
  }
  const found: string[] = [];
  let cursor = 0;
  do cursor = scanKeys(table, db, cursor, 1000, nowMs, (key) => found.push(key));
  while (cursor !== 0 && found.length === 0);
  return found.length === 0 ? null : found[random.below(found.length)]!;
}
