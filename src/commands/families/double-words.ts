import type { ReplyError } from "../../resp/reply-error.ts";
import { isInfiniteWord } from "../words.ts";
import { NOT_A_FLOAT } from "../refusals.ts";

/** Words as doubles, by the rules of the C library that Redis leans on: decimals, hexadecimals, infinities. */

const DECIMAL = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/u;
const HEXADECIMAL = /^([+-]?)0[xX](?=[0-9a-fA-F.])([0-9a-fA-F]*)\.?([0-9a-fA-F]*)(?:[pP]([+-]?[0-9]+))?$/u;
const NONZERO_DIGIT = /^[^eEpP]*[1-9a-fA-F]/u;

/** Digits that a number holds exactly. */
const PLAIN_DIGITS_MAX = 15;
const ZERO = 48;

/** A word of digits alone, as most scores are; -1 for every other. */
function plainInteger(word: string): number {
  const { length } = word;
  if (length === 0 || length > PLAIN_DIGITS_MAX) return -1;
  let value = 0;
  for (let index = 0; index < length; index++) {
    const digit = word.charCodeAt(index) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** A double; infinite when written so, and never because it is too large. Throws the given refusal. */
export function doubleWord(word: string, refusal: ReplyError = NOT_A_FLOAT): number {
  const value = parseDouble(word);
  if (Number.isNaN(value)) throw refusal;
  if (!Number.isFinite(value) && !isInfiniteWord(word)) throw refusal;
  if (value === 0 && NONZERO_DIGIT.test(word.replace(/^[+-]?0[xX]/u, ""))) throw refusal;
  return value + 0;
}

/** NaN where the word is no number; what is too large is infinite. */
export function parseDouble(word: string): number {
  const plain = plainInteger(word);
  if (plain >= 0) return plain;
  if (DECIMAL.test(word)) return Number(word);
  if (isInfiniteWord(word)) return word.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const hexadecimal = HEXADECIMAL.exec(word);
  return hexadecimal === null ? Number.NaN : hexadecimalDouble(hexadecimal);
}

function hexadecimalDouble([, sign, whole, fraction, power]: RegExpExecArray): number {
  const digits = `${whole}${fraction}`;
  if (digits === "" || digits.length > 300) return Number.NaN;
  const magnitude = Number(`0x${digits}`) * 2 ** (Number(power ?? 0) - 4 * fraction!.length);
  return sign === "-" ? -magnitude : magnitude;
}
