import type { BinaryString } from "../../base/bytes.ts";
import { addIntegers, fitsInt64, formatDecimal, parseDecimal, parseInt64, type Delta } from "../../crdt/delta.ts";
import type { ReplyError } from "../../resp/reply-error.ts";
import { DECREMENT_OVERFLOW, NOT_A_FLOAT, NOT_AN_INTEGER, WOULD_NOT_BE_FINITE, WOULD_OVERFLOW } from "../refusals.ts";
import { decimalWord, integerWord, isInfiniteWord } from "../words.ts";

/**
 * INCRBY and INCRBYFLOAT, for string keys and for fields. The sum is computed here to be answered and checked; what is
 * written is the increment, so that concurrent ones add up.
 */

type Decimal = NonNullable<ReturnType<typeof parseDecimal>>;
/** Digits before the point in a long double at most. */
const EXPONENT_MAX = 4932;

/** The argument of DECRBY, negated: all of 64 bits but the smallest. */
export function negatedWord(word: BinaryString): number | bigint {
  const value = integerWord(word);
  if (typeof value === "number") return value === 0 ? 0 : -value;
  if (!fitsInt64(-value)) throw DECREMENT_OVERFLOW;
  return -value;
}

/** The integer a value would become. Throws the given refusal, or the overflow's. */
export function increased(
  value: BinaryString | null,
  delta: number | bigint,
  refusal: ReplyError = NOT_AN_INTEGER,
): number | bigint {
  const before = value === null ? 0 : parseInt64(value);
  if (before === null) throw refusal;
  const after = addIntegers(before, delta);
  if (!fitsInt64(after)) throw WOULD_OVERFLOW;
  return after;
}

export interface FloatIncrement {
  readonly value: Decimal;
  /** As it is written: an integer where it is one, so that INCRBY stays possible. */
  readonly delta: Delta;
}

/** The argument of INCRBYFLOAT. `infinite` is what an infinity is refused with. */
export function floatIncrementWord(word: BinaryString, infinite: ReplyError): FloatIncrement {
  if (isInfiniteWord(word)) throw infinite;
  const value = decimalWord(word, NOT_A_FLOAT);
  const text = formatDecimal(value);
  return { value, delta: parseInt64(text) ?? text };
}

/** A stored number: `inf` can be set and read, and be added to only in vain. */
type StoredFloat = Decimal | "infinite";

/** A value that is to be added to; an absent one is 0. */
export function floatValue(value: BinaryString | null, refusal: ReplyError = NOT_A_FLOAT): StoredFloat {
  if (value !== null && isInfiniteWord(value)) return "infinite";
  const decimal = parseDecimal(value ?? "0");
  if (decimal === null) throw refusal;
  return decimal;
}

/** The text a value would become. */
export function increasedFloat(before: StoredFloat, increment: FloatIncrement): BinaryString {
  if (before === "infinite") throw WOULD_NOT_BE_FINITE;
  const after = before.plus(increment.value);
  if (after.e > EXPONENT_MAX) throw WOULD_NOT_BE_FINITE;
  return formatDecimal(after);
}
