import type { BinaryString } from "../../base/bytes.ts";
import type { Probe } from "../../base/counted-pages.ts";
import type { Scored } from "../../crdt/score.ts";
import type { SortedSetView } from "../../keyspace/types/zset/sorted-set-port.ts";
import { BOUND_NOT_A_FLOAT, BOUND_NOT_A_STRING } from "../collection-refusals.ts";
import { integerWord } from "../words.ts";
import { parseDouble } from "./double-words.ts";

/**
 * Parts of a sorted set: by rank, by score, by bytes. Each is words turned into bounds, and bounds turned into ranks, from where
 * on all three are the same.
 */
export interface Ranks {
  readonly from: number;
  /** Not included. */
  readonly to: number;
}

/** Which ranks of a sorted set are meant. */
export type Bounds = (set: SortedSetView) => Ranks;

const SPACE = 32;
const NOTHING: Ranks = { from: 0, to: 0 };

/** By rank, as in ZRANGE: negative ones count from the end. `reverse`: ranks are those of the reversed order. */
export function rankBounds(startWord: BinaryString, stopWord: BinaryString, reverse = false): Bounds {
  const [start, stop] = [Number(integerWord(startWord)), Number(integerWord(stopWord))];
  return ({ size }) => {
    const from = Math.max(0, start < 0 ? size + start : start);
    const to = Math.min(size, (stop < 0 ? size + stop : stop) + 1);
    if (from >= to) return NOTHING;
    return reverse ? { from: size - to, to: size - from } : { from, to };
  };
}

/** By score: `1.5`, `(1.5` (not itself), `-inf`. */
export function scoreBounds(minWord: BinaryString, maxWord: BinaryString): Bounds {
  const min = scoreBound(minWord);
  const max = scoreBound(maxWord);
  return (set) => ranks(countBelow(set, min.score, !min.open), countBelow(set, max.score, max.open));
}

/** How many members lie below a score; `itself`: those that have it do not count. */
function countBelow(set: SortedSetView, bound: number, itself: boolean): number {
  // From the lowest on, which is most of what is asked for, nothing needs to be looked at.
  if (itself && bound === Number.NEGATIVE_INFINITY) return 0;
  return set.countBefore(itself ? ({ score }) => (score < bound ? -1 : 1) : ({ score }) => (score <= bound ? -1 : 1));
}

interface ScoreBound {
  readonly score: number;
  readonly open: boolean;
}

function scoreBound(word: BinaryString): ScoreBound {
  const open = word.startsWith("(");
  // The C library skips spaces, and reads nothing as 0.
  const spaced = open ? word.slice(1) : word;
  const number = spaced.charCodeAt(0) <= SPACE ? spaced.replace(/^[ \t\n\v\f\r]+/u, "") : spaced;
  const score = number === "" ? 0 : parseDouble(number);
  if (Number.isNaN(score)) throw BOUND_NOT_A_FLOAT;
  return { score, open };
}

/** By bytes, for members of one score: `[a` and what follows, `(a` and only what follows, `-` from the first, `+` to the last. */
export function lexBounds(minWord: BinaryString, maxWord: BinaryString): Bounds {
  const [min, max] = [lexBound(minWord), lexBound(maxWord)];
  const before = (bound: LexBound, member: string, inclusive: boolean): boolean => {
    if (bound.end !== null) return bound.end === "last";
    return member < bound.member || (inclusive && member === bound.member);
  };
  const beforeMin: Probe<Scored> = ({ member }) => (before(min, member, min.open) ? -1 : 1);
  const notPastMax: Probe<Scored> = ({ member }) => (before(max, member, !max.open) ? -1 : 1);
  return (set) => ranks(set.countBefore(beforeMin), set.countBefore(notPastMax));
}

interface LexBound {
  readonly end: "first" | "last" | null;
  readonly member: string;
  readonly open: boolean;
}

function lexBound(word: BinaryString): LexBound {
  if (word === "-") return { end: "first", member: "", open: false };
  if (word === "+") return { end: "last", member: "", open: false };
  if (!word.startsWith("(") && !word.startsWith("[")) throw BOUND_NOT_A_STRING;
  return { end: null, member: word.slice(1), open: word.startsWith("(") };
}

function ranks(from: number, to: number): Ranks {
  return from < to ? { from, to } : NOTHING;
}
