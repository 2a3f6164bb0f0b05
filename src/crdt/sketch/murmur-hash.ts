const MASK = (1n << 64n) - 1n;
const MULTIPLIER = 0xc6a4a7935bd1e995n;
const SHIFT = 47n;
/** Redis' seed: hashes must agree with its own, since clients move sketches between the two. */
const SEED = 0xadc83b19n;

/** MurmurHash64A (Austin Appleby, public domain) of a binary string, as Redis' HyperLogLog uses it. */
export function murmurHash64(text: string): bigint {
  const blocks = Math.floor(text.length / 8);
  let hash = SEED ^ ((BigInt(text.length) * MULTIPLIER) & MASK);
  for (let block = 0; block < blocks; block++) {
    let part = littleEndian(text, block * 8, 8);
    part = (part * MULTIPLIER) & MASK;
    part ^= part >> SHIFT;
    part = (part * MULTIPLIER) & MASK;
    hash = ((hash ^ part) * MULTIPLIER) & MASK;
  }
  const rest = text.length - blocks * 8;
  if (rest > 0) hash = ((hash ^ littleEndian(text, blocks * 8, rest)) * MULTIPLIER) & MASK;
  hash ^= hash >> SHIFT;
  hash = (hash * MULTIPLIER) & MASK;
  return hash ^ (hash >> SHIFT);
}

function littleEndian(text: string, start: number, length: number): bigint {
  let low = 0;
  let high = 0;
  for (let index = Math.min(length, 4) - 1; index >= 0; index--) low = low * 256 + text.charCodeAt(start + index);
  for (let index = length - 1; index >= 4; index--) high = high * 256 + text.charCodeAt(start + index);
  return (BigInt(high) << 32n) | BigInt(low);
}
