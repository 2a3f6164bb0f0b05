import type { BinaryString } from "../../base/bytes.ts";
import type { ReplyError } from "../../resp/reply-error.ts";
import { FIELD_COUNT_MISMATCH, FIELD_COUNT_NOT_POSITIVE, FIELDS_MISSING } from "../collection-refusals.ts";
import { integerWord, isWord } from "../words.ts";

/**
 * `FIELDS numfields field …` at the end of a command, `width` words a field (2 for HSETEX). Throws Redis' refusals before it
 * looks at the fields.
 */
export function fieldsWords(
  args: readonly BinaryString[],
  at: number,
  badCount: ReplyError = FIELD_COUNT_NOT_POSITIVE,
  width = 1,
): readonly BinaryString[] {
  if (!isWord(args[at], "FIELDS")) throw FIELDS_MISSING;
  const count = integerWord(args[at + 1] ?? "", badCount);
  if (count < 1) throw badCount;
  const words = args.slice(at + 2);
  if (BigInt(count) * BigInt(width) !== BigInt(words.length)) throw FIELD_COUNT_MISMATCH;
  return words;
}
