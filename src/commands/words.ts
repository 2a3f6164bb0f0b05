import { parseDecimal, parseInt64 } from "../crdt/delta.ts";
import { DATABASE_COUNT } from "../crdt/operations/operation-kind.ts";
import {
  BAD_FLOAT_TIMEOUT,
  DB_OUT_OF_RANGE,
  NEGATIVE_TIMEOUT,
  NOT_A_FLOAT,
  NOT_AN_INTEGER,
  TIMEOUT_OUT_OF_RANGE,
} from "./refusals.ts";
import type { ReplyError } from "../resp/reply-error.ts";

/**
 * Argument words as numbers, by Redis' strict rules: no spaces, no plus, no leading zeros, 64 bits. Everything here throws
 * the given refusal and nothing else.
 */

/** A signed 64-bit integer; a bigint where a number would not be exact. */
export function integerWord(word: string, refusal: ReplyError = NOT_AN_INTEGER): number | bigint {
  const value = parseInt64(word);
  if (value === null) throw refusal;
  return value;
}

/** A signed 64-bit integer, clamped to what a number holds exactly: for counts, offsets and times, where no more matters. */
export function clampedIntegerWord(word: string, refusal: ReplyError = NOT_AN_INTEGER): number {
  const value = integerWord(word, refusal);
  if (typeof value === "number") return value;
  return value > 0n ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
}

/** A database number from SELECT, COPY … DB, MOVE: 32-bit integer first, then in range. */
export function databaseWord(word: string, refusal: ReplyError = NOT_AN_INTEGER): number {
  const value = integerWord(word, refusal);
  if (typeof value !== "number" || value > 0x7fffffff || value < -0x80000000) throw refusal;
  if (value < 0 || value >= DATABASE_COUNT) throw DB_OUT_OF_RANGE;
  return value;
}

const INFINITE = /^[+-]?inf(?:inity)?$/iu;

/** True for the words that a C library reads as infinity. */
export function isInfiniteWord(word: string): boolean {
  return INFINITE.test(word);
}

/** A finite decimal number, exactly as written. */
export function decimalWord(
  word: string,
  refusal: ReplyError = NOT_A_FLOAT,
): NonNullable<ReturnType<typeof parseDecimal>> {
  const value = parseDecimal(word);
  if (value === null) throw refusal;
  return value;
}

/** Option words are taken in any case. */
export function isWord(argument: string | undefined, word: string): boolean {
  return argument !== undefined && argument.length === word.length && argument.toUpperCase() === word;
}

/** A timeout of a blocking command, in seconds with a fraction, as whole milliseconds rounded up; 0: for ever. */
export function timeoutWord(word: string): number {
  if (isInfiniteWord(word)) throw word.startsWith("-") ? NEGATIVE_TIMEOUT : TIMEOUT_OUT_OF_RANGE;
  const ms = decimalWord(word, BAD_FLOAT_TIMEOUT).times(1000);
  if (ms.lt(0)) throw NEGATIVE_TIMEOUT;
  if (ms.gt(Number.MAX_SAFE_INTEGER)) throw TIMEOUT_OUT_OF_RANGE;
  return Math.ceil(Math.max(0, ms.toNumber()));
}
