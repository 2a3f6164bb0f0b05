import { Big } from "big.js";
import { MalformedBytesError, type ByteReader, type ByteWriter } from "../base/bytes.ts";

/**
 * Increments and the numbers they are added to. Totals never pass through doubles: integers are exact (a number while
 * safe, a bigint beyond), fractions are exact decimals. Exact sums do not depend on their order, so every region gets the
 * same digits whatever arrived first and whatever was folded when.
 *
 * A fraction is a plain decimal string with at most 17 places, which is what INCRBYFLOAT prints.
 */
export type Delta = number | bigint | string;

export const INT64_MAX = 9_223_372_036_854_775_807n;
export const INT64_MIN = -9_223_372_036_854_775_808n;
export const DECIMAL_PLACES_MAX = 17;

const INTEGER = /^(?:0|-?[1-9][0-9]{0,18})$/u;
const DECIMAL = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?$/u;
/** Redis computes in long doubles, which end near 1e4932. */
const EXPONENT_MAX = 4932;

/** The text as a signed 64-bit integer, by Redis' strict rules (no leading zeros, plus or spaces); null otherwise. */
export function parseInt64(text: string): number | bigint | null {
  if (text.length > 20 || !INTEGER.test(text)) return null;
  const small = Number(text);
  if (Number.isSafeInteger(small)) return small;
  const big = BigInt(text);
  return big > INT64_MAX || big < INT64_MIN ? null : big;
}

/** The text as an exact decimal; null when it is not a finite decimal number (`inf`, `nan`, words). */
export function parseDecimal(text: string): Big | null {
  if (text.length > 5000 || !DECIMAL.test(text)) return null;
  const value = new Big(text.startsWith("+") ? text.slice(1) : text);
  return value.e > EXPONENT_MAX || value.e < -EXPONENT_MAX ? null : value;
}

/** As INCRBYFLOAT prints: no exponent, at most 17 places, no trailing zeros. */
export function formatDecimal(value: Big): string {
  const text = value.toFixed(DECIMAL_PLACES_MAX, 1);
  const trimmed = text.replace(/\.?0+$/u, "");
  return trimmed === "-0" || trimmed === "" ? "0" : trimmed;
}

/** The sum of two integers, as a number while it is safe. */
export function addIntegers(left: number | bigint, right: number | bigint): number | bigint {
  if (typeof left === "number" && typeof right === "number") {
    const sum = left + right;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return narrow(BigInt(left) + BigInt(right));
}

export function fitsInt64(value: number | bigint): boolean {
  return typeof value === "number" || (value <= INT64_MAX && value >= INT64_MIN);
}

function narrow(value: bigint): number | bigint {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

/** The sum of two increments. */
export function addDeltas(left: Delta, right: Delta): Delta {
  if (typeof left !== "string" && typeof right !== "string") return addIntegers(left, right);
  return new Big(String(left)).plus(new Big(String(right))).toFixed();
}

/** The exact sum of a decimal text and an increment, without an exponent. */
export function exactSum(base: string, sum: Delta): string {
  return new Big(base).plus(new Big(String(sum))).toFixed();
}

/** Whether the total of a counter fits what Redis can show. */
export interface Total {
  readonly text: string;
  /** False when `text` is not the whole truth: the sum was saturated or rounded for display, or is hidden. */
  readonly exact: boolean;
}

/**
 * Base plus increments as a client sees it. A base that is no number hides the increments. An integer sum outside 64 bits is
 * shown saturated: no region refused its part, and the sum itself is kept.
 */
export function totalOf(base: string | null, sum: Delta): Total {
  const integer = base === null ? 0 : parseInt64(base);
  if (integer !== null && typeof sum !== "string") {
    const total = addIntegers(integer, sum);
    if (fitsInt64(total)) return { text: String(total), exact: true };
    return { text: String(total > 0 ? INT64_MAX : INT64_MIN), exact: false };
  }
  const decimal = parseDecimal(base ?? "0");
  if (decimal === null) return { text: base!, exact: false };
  const total = decimal.plus(new Big(String(sum)));
  const text = formatDecimal(total);
  return { text, exact: new Big(text).eq(total) };
}

const TAG = { positive: 0, negative: 1, bigint: 2, decimal: 3 } as const;

/** An increment as bytes: a tag, then a varint or the digits. */
export function encodeDelta(writer: ByteWriter, delta: Delta): void {
  if (typeof delta === "number") {
    writer.u8(delta < 0 ? TAG.negative : TAG.positive);
    writer.varint(Math.abs(delta));
  } else {
    writer.u8(typeof delta === "bigint" ? TAG.bigint : TAG.decimal);
    writer.binary(String(delta));
  }
}

export function decodeDelta(reader: ByteReader): Delta {
  const tag = reader.u8();
  if (tag === TAG.positive) return reader.varint();
  if (tag === TAG.negative) return -reader.varint();
  const text = reader.binary();
  if (tag === TAG.bigint && /^-?[0-9]{1,30}$/u.test(text)) return BigInt(text);
  if (tag === TAG.decimal && parseDecimal(text) !== null) return text;
  throw new MalformedBytesError(`an increment is malformed`);
}
