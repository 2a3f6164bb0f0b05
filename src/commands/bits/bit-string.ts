import type { BinaryString } from "../../base/bytes.ts";

/** Bits of a binary string: bit 0 is the highest of the first byte, as Redis counts them. */

const ONES: readonly number[] = Array.from({ length: 256 }, (_, byte) => {
  let ones = 0;
  for (let rest = byte; rest > 0; rest >>= 1) ones += rest & 1;
  return ones;
});

export function getBit(text: BinaryString, at: number): 0 | 1 {
  const byte = text.charCodeAt(Math.floor(at / 8));
  if (Number.isNaN(byte)) return 0;
  return ((byte >> (7 - (at % 8))) & 1) as 0 | 1;
}

/** The text with one bit changed, as long as it has to be. */
export function withBit(text: BinaryString, at: number, bit: 0 | 1): BinaryString {
  const index = Math.floor(at / 8);
  const byte = index < text.length ? text.charCodeAt(index) : 0;
  const mask = 1 << (7 - (at % 8));
  const changed = String.fromCharCode(bit === 1 ? byte | mask : byte & ~mask);
  return text.slice(0, index).padEnd(index, "\0") + changed + text.slice(index + 1);
}

/** Ones from bit `first` to bit `last`, both included. */
export function countOnes(text: BinaryString, first: number, last: number): number {
  const [firstByte, lastByte] = [Math.floor(first / 8), Math.floor(last / 8)];
  let ones = 0;
  for (let index = firstByte; index <= lastByte; index++) {
    let byte = text.charCodeAt(index);
    if (index === firstByte) byte &= 0xff >> (first % 8);
    if (index === lastByte) byte &= 0xff << (7 - (last % 8));
    ones += ONES[byte & 0xff]!;
  }
  return ones;
}

/** The first bit of that kind from bit `first` to bit `last`, both included; -1 when there is none. */
export function findBit(text: BinaryString, bit: 0 | 1, first: number, last: number): number {
  const skip = bit === 1 ? 0 : 0xff;
  let at = first;
  while (at <= last) {
    if (at % 8 === 0 && at + 7 <= last && text.charCodeAt(at / 8) === skip) {
      at += 8;
      continue;
    }
    if (getBit(text, at) === bit) return at;
    at++;
  }
  return -1;
}
