import type { BinaryString } from "../../base/bytes.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { clampedIntegerWord, isWord } from "../words.ts";

/** A range as BITCOUNT and BITPOS word it: in bytes unless BIT says otherwise, from the end when negative. */
export interface BitRange {
  readonly start: number;
  /** Null: the end of the value. */
  readonly end: number | null;
  readonly inBits: boolean;
}

/** `[start [end [BYTE | BIT]]]`. */
export function bitRangeWords(words: readonly BinaryString[]): BitRange {
  const start = words[0] === undefined ? 0 : clampedIntegerWord(words[0]);
  const end = words[1] === undefined ? null : clampedIntegerWord(words[1]);
  if (words.length > 3) throw SYNTAX_ERROR;
  if (words.length === 3 && !isWord(words[2], "BIT") && !isWord(words[2], "BYTE")) throw SYNTAX_ERROR;
  return { start, end, inBits: isWord(words[2], "BIT") };
}

/** First and last bit that are meant, both included; null when none are. */
export function resolveBitRange(
  { start, end, inBits }: BitRange,
  bytes: number,
): { readonly first: number; readonly last: number } | null {
  const length = inBits ? bytes * 8 : bytes;
  const wanted = end ?? length - 1;
  if (start < 0 && wanted < 0 && start > wanted) return null;
  const from = start < 0 ? Math.max(0, length + start) : start;
  const to = Math.min(wanted < 0 ? Math.max(0, length + wanted) : wanted, length - 1);
  if (from > to) return null;
  return inBits ? { first: from, last: to } : { first: from * 8, last: to * 8 + 7 };
}
