import type { BinaryString } from "./bytes.ts";

/**
 * 32-bit hash of a binary string: FNV-1a with murmur3's finaliser for the low bits. Decides shards, the order of SCAN and the
 * order of rows on disk, so it must never change. Not for anything an attacker may aim at: a shard full of chosen keys is
 * still a Map.
 */
export function hash32(text: BinaryString): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
