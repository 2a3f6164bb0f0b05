import type { BinaryString } from "../../base/bytes.ts";

/**
 * Pinned keys: the hash tag of a key, as Redis Cluster has it (what stands between the first `{` and the next `}`), names its home
 * when it begins with `home:`. All commands on such a key run in one region, its home's.
 */
export const TAG = "{home:";

/** The name of the key's home; null when the key is not pinned. */
export function homeOf(key: BinaryString): string | null {
  const open = key.indexOf("{");
  if (open < 0 || !key.startsWith(TAG, open)) return null;
  const close = key.indexOf("}", open);
  return close <= open + TAG.length ? null : key.slice(open + TAG.length, close);
}
