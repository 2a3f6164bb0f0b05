import type { BinaryString } from "../../base/bytes.ts";
import { BAD_AMOUNT } from "../limit-refusals.ts";
import { clampedIntegerWord } from "../words.ts";
import type { ReplyError } from "../../resp/reply-error.ts";

/** 2^53 / 1000: what many regions add at once stays a whole number that doubles know exactly. */
export const AMOUNT_MAX = 9_007_199_254_740;

export function amountWord(word: BinaryString, refusal: ReplyError = BAD_AMOUNT): number {
  const amount = clampedIntegerWord(word, refusal);
  if (amount < 1 || amount > AMOUNT_MAX) throw refusal;
  return amount;
}
