import type { ReplyError } from "../../resp/reply-error.ts";
import { isInfiniteWord } from "../words.ts";
import { NOT_A_FLOAT } from "../refusals.ts";

/** Words as doubles, by the rules of the C library that Redis leans on: decimals, hexadecimals, infinities. */

const DECIMAL = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/u;
const HEXADECIMAL = /^([+-]?)0[xX](?=[0-9a-fA-F.])([0-9a-fA-F]*)\.?([0-9a-fA-F]*)(?:[pP]([+-]?[0-9]+))?$/u;
const NONZERO_DIGIT = /^[^eEpP]*[1-9a-fA-F]/u;

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
