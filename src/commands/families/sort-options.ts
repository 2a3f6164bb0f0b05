import type { BinaryString } from "../../base/bytes.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { clampedIntegerWord, isWord } from "../words.ts";
import { SortPattern } from "./sort-pattern.ts";

export interface SortOptions {
  /** Null: by the elements themselves; without a `*`: not at all. */
  by: SortPattern | null;
  /** Null for `#`: the element itself. */
  readonly gets: (SortPattern | null)[];
  descending: boolean;
  alpha: boolean;
  offset: number;
  /** Negative: to the end. */
  count: number;
  store: BinaryString | null;
}

/** The words behind the key. */
export function sortOptions(args: readonly BinaryString[], mayStore: boolean): SortOptions {
  const options: SortOptions = {
    by: null,
    gets: [],
    descending: false,
    alpha: false,
    offset: 0,
    count: -1,
    store: null,
  };
  for (let at = 0; at < args.length; at++) {
    const [word, left] = [args[at], args.length - at - 1];
    if (isWord(word, "ASC")) options.descending = false;
    else if (isWord(word, "DESC")) options.descending = true;
    else if (isWord(word, "ALPHA")) options.alpha = true;
    else if (isWord(word, "LIMIT") && left >= 2) {
      options.offset = Math.max(0, clampedIntegerWord(args[at + 1]!));
      options.count = clampedIntegerWord(args[at + 2]!);
      at += 2;
    } else if (isWord(word, "STORE") && left >= 1 && mayStore) options.store = args[++at]!;
    else if (isWord(word, "BY") && left >= 1) options.by = new SortPattern(args[++at]!);
    else if (isWord(word, "GET") && left >= 1) {
      const pattern = args[++at]!;
      options.gets.push(pattern === "#" ? null : new SortPattern(pattern));
    } else throw SYNTAX_ERROR;
  }
  return options;
}
