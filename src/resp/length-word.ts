const CR = 13;
const ZERO = 48;
/** Digits that the quick way reads. */
const PLAIN_DIGITS_MAX = 9;
const CANONICAL = /^(?:0|-?[1-9][0-9]{0,18})$/u;

/**
 * The decimal number that stands at `at` and ends in CR LF before `end`; -1 when it is not plainly there: negative, padded,
 * long, or cut. The slow way (`parseLengthWord`) says what it is then. `lengthDigits` of it tells where the line ended.
 */
export function plainLength(chunk: Buffer, at: number, end: number): number {
  const stop = Math.min(end - 1, at + PLAIN_DIGITS_MAX + 1);
  let value = 0;
  for (let index = at; index < stop; index++) {
    const byte = chunk[index]!;
    if (byte === CR) return index === at ? -1 : value;
    const digit = byte - ZERO;
    if (digit < 0 || digit > 9 || (value === 0 && index > at)) return -1;
    value = value * 10 + digit;
  }
  return -1;
}

/** Decimal digits of a number below 10⁹. */
export function lengthDigits(length: number): number {
  if (length < 10) return 1;
  if (length < 100) return 2;
  if (length < 1_000) return 3;
  if (length < 10_000) return 4;
  if (length < 100_000) return 5;
  if (length < 1_000_000) return 6;
  if (length < 10_000_000) return 7;
  return length < 100_000_000 ? 8 : 9;
}

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
