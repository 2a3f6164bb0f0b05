const CANONICAL = /^(?:0|-?[1-9][0-9]{0,18})$/u;

/**
 * A signed 64-bit integer as Redis reads one in the protocol: no sign but `-`, no leading zeros, no spaces. NaN when it is
 * none. Beyond 2^53 the result is rounded; every limit lies far below.
 */
export function parseLengthWord(word: string): number {
  if (!CANONICAL.test(word)) return Number.NaN;
  if (word.length > 18) {
    const exact = BigInt(word);
    if (BigInt.asIntN(64, exact) !== exact) return Number.NaN;
  }
  return Number(word);
}
