import type { BinaryString } from "../../base/bytes.ts";

/** Integers of 1–64 bits inside a string, at any bit: what BITFIELD reads and writes. Exact, so bigints. */
export interface BitType {
  readonly signed: boolean;
  readonly bits: number;
}

export type Overflow = "wrap" | "sat" | "fail";

/** Zeros follow the end of the text. */
export function readInteger(text: BinaryString, at: number, { signed, bits }: BitType): bigint {
  const first = Math.floor(at / 8);
  const last = Math.floor((at + bits - 1) / 8);
  let value = 0n;
  for (let index = first; index <= last; index++) {
    value = (value << 8n) | BigInt(index < text.length ? text.charCodeAt(index) : 0);
  }
  value >>= BigInt((last + 1) * 8 - (at + bits));
  const unsigned = BigInt.asUintN(bits, value);
  return signed ? BigInt.asIntN(bits, unsigned) : unsigned;
}

/** The text with that integer in it, as long as it has to be. */
export function withInteger(text: BinaryString, at: number, { bits }: BitType, value: bigint): BinaryString {
  const first = Math.floor(at / 8);
  const last = Math.floor((at + bits - 1) / 8);
  const padding = BigInt((last + 1) * 8 - (at + bits));
  const mask = ((1n << BigInt(bits)) - 1n) << padding;
  let window = 0n;
  for (let index = first; index <= last; index++) {
    window = (window << 8n) | BigInt(index < text.length ? text.charCodeAt(index) : 0);
  }
  window = (window & ~mask) | (BigInt.asUintN(bits, value) << padding);
  const bytes: number[] = [];
  for (let index = last; index >= first; index--) {
    bytes.unshift(Number(window & 0xffn));
    window >>= 8n;
  }
  return text.slice(0, first).padEnd(first, "\0") + String.fromCharCode(...bytes) + text.slice(last + 1);
}

/** `value` as the type can hold it; null when it overflows and must fail. */
export function fitted(value: bigint, { signed, bits }: BitType, overflow: Overflow): bigint | null {
  const width = BigInt(bits);
  const max = signed ? (1n << (width - 1n)) - 1n : (1n << width) - 1n;
  const min = signed ? -(1n << (width - 1n)) : 0n;
  if (value >= min && value <= max) return value;
  if (overflow === "fail") return null;
  if (overflow === "sat") return value > max ? max : min;
  return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}
