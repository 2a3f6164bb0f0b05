/**
 * Integers of up to 53 bits, not negative, as two of 32 and 21 bits: what an object keeps of a number beyond 31 bits is to V8 an object
 * of its own, three words where two numbers of 32 bits take two.
 */

/** The lower 32 bits, signed. */
export function lowWord(value: number): number {
  return value | 0;
}

/** The upper 21 bits. */
export function highWord(value: number): number {
  return Math.floor(value / 2 ** 32);
}

export function joinWords(high: number, low: number): number {
  return high * 2 ** 32 + (low >>> 0);
}
