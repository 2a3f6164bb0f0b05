import type { BinaryString } from "../../base/bytes.ts";
import type { Scored } from "../../crdt/score.ts";
import type { SortedSetView } from "../../keyspace/types/zset/sorted-set-port.ts";
import { LIMIT_BY_RANK, WITHSCORES_BY_LEX } from "../collection-refusals.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { clampedIntegerWord, isWord } from "../words.ts";
import { lexBounds, rankBounds, scoreBounds, type Bounds } from "./sorted-set-bounds.ts";

/** ZRANGE with all its options, and its older forms, which are ZRANGE with some of them settled. */

export type By = "rank" | "score" | "lex";

export interface RangeForm {
  /** Null: the words decide. */
  readonly by: By | null;
  readonly reverse: boolean | null;
  readonly takesWithScores: boolean;
}

export interface Range {
  readonly bounds: Bounds;
  readonly reverse: boolean;
  readonly withScores: boolean;
  /** Members to leave out at the beginning; negative: all. */
  readonly offset: number;
  /** Members to answer at most; negative: no limit. */
  readonly limit: number;
}

/** `words`: from the first bound on. */
export function parseRange(words: readonly BinaryString[], form: RangeForm): Range {
  let { by, reverse } = form;
  let withScores = false;
  let [offset, limit] = [0, -1];
  for (let index = 2; index < words.length; index++) {
    const word = words[index];
    if (form.takesWithScores && isWord(word, "WITHSCORES")) withScores = true;
    else if (isWord(word, "LIMIT") && index + 2 < words.length) {
      offset = clampedIntegerWord(words[index + 1]!);
      limit = clampedIntegerWord(words[index + 2]!);
      index += 2;
    } else if (reverse === null && isWord(word, "REV")) reverse = true;
    else if (by === null && isWord(word, "BYLEX")) by = "lex";
    else if (by === null && isWord(word, "BYSCORE")) by = "score";
    else throw SYNTAX_ERROR;
  }
  const backwards = reverse ?? false;
  // As Redis has it: a LIMIT of -1 is no limit, and goes unnoticed.
  if (limit !== -1 && (by ?? "rank") === "rank") throw LIMIT_BY_RANK;
  if (withScores && by === "lex") throw WITHSCORES_BY_LEX;
  const bounds = boundsOf(by ?? "rank", words[0]!, words[1]!, backwards);
  if ((by ?? "rank") === "rank") [offset, limit] = [0, -1];
  return { bounds, reverse: backwards, withScores, offset, limit };
}

function boundsOf(by: By, first: BinaryString, second: BinaryString, reverse: boolean): Bounds {
  if (by === "rank") return rankBounds(first, second, reverse);
  const [min, max] = reverse ? [second, first] : [first, second];
  return by === "score" ? scoreBounds(min, max) : lexBounds(min, max);
}

/** The members of a range, in the order it asks for. */
export function membersOf(set: SortedSetView | null, { bounds, reverse, offset, limit }: Range): readonly Scored[] {
  if (set === null || offset < 0) return [];
  const { from, to } = bounds(set);
  const length = Math.max(0, Math.min(to - from - offset, limit < 0 ? Number.POSITIVE_INFINITY : limit));
  return reverse
    ? set.slice(to - offset - length, to - offset).toReversed()
    : set.slice(from + offset, from + offset + length);
}
