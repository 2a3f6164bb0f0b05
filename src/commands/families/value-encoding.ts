import type { BinaryString } from "../../base/bytes.ts";
import { parseInt64 } from "../../crdt/delta.ts";
import type { KeyType } from "../../crdt/operations/operation-kind.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { ConfigStore } from "../config-store.ts";

/** Strings up to this length sit inside Redis' object header. */
const EMBEDDED_BYTES_MAX = 44;

/** What `list-max-listpack-size` -1 to -5 stand for. */
const LISTPACK_BYTES_MAX = [4096, 4096, 8192, 16_384, 32_768, 65_536];
const LISTPACK_HEADER_BYTES = 7;
/** About what a listpack adds to a value. */
const LISTPACK_ENTRY_BYTES = 2;

type EncodingOf = (tx: Transaction, key: BinaryString, config: ConfigStore) => string;

const BY_TYPE: Readonly<Record<KeyType, EncodingOf>> = {
  string(tx, key) {
    const value = tx.strings.get(key)!;
    if (parseInt64(value) !== null) return "int";
    return value.length <= EMBEDDED_BYTES_MAX ? "embstr" : "raw";
  },
  hash(tx, key, config) {
    const hash = tx.hashes.get(key)!;
    if (hash.size > config.number("hash-max-listpack-entries")) return "hashtable";
    const bytesMax = config.number("hash-max-listpack-value");
    for (const [field, value] of hash.entries()) {
      if (field.length > bytesMax || value.length > bytesMax) return "hashtable";
    }
    return "listpack";
  },
  list(tx, key, config) {
    const list = tx.lists.get(key)!;
    const limit = config.number("list-max-listpack-size");
    if (limit >= 0) return list.size <= limit ? "listpack" : "quicklist";
    const bytesMax = LISTPACK_BYTES_MAX[-limit] ?? LISTPACK_BYTES_MAX.at(-1)!;
    let bytes = LISTPACK_HEADER_BYTES;
    list.walk(0, (value) => (bytes += value.length + LISTPACK_ENTRY_BYTES) <= bytesMax);
    return bytes <= bytesMax ? "listpack" : "quicklist";
  },
  set(tx, key, config) {
    const { size, members } = tx.sets.get(key)!;
    if (size <= config.number("set-max-intset-entries") && members.every((member) => parseInt64(member) !== null)) {
      return "intset";
    }
    const bytesMax = config.number("set-max-listpack-value");
    const compact = size <= config.number("set-max-listpack-entries");
    return compact && members.every((member) => member.length <= bytesMax) ? "listpack" : "hashtable";
  },
  sketch: () => "raw",
  "ReJSON-RL": () => "raw",
  limit: () => "raw",
  stream: () => "stream",
  zset(tx, key, config) {
    const set = tx.sortedSets.get(key)!;
    if (set.size > config.number("zset-max-listpack-entries")) return "skiplist";
    const bytesMax = config.number("zset-max-listpack-value");
    return [...set.all()].every(({ member }) => member.length <= bytesMax) ? "listpack" : "skiplist";
  },
};

/**
 * The encoding Redis would have chosen for such a value. Nothing here is stored that way: clients and test suites ask for it.
 * Null when the key is absent. A key's history (an APPEND makes a string `raw` in Redis) is not known.
 */
export function encodingOf(tx: Transaction, key: BinaryString, config: ConfigStore): string | null {
  const type = tx.typeOf(key);
  return type === null ? null : BY_TYPE[type](tx, key, config);
}
