import type { BinaryString } from "../../base/bytes.ts";
import { INT64_MIN } from "../../crdt/delta.ts";
import type { ListView } from "../../keyspace/types/list/list-port.ts";
import { LPOS_COUNT, LPOS_MAXLEN, LPOS_RANK } from "../collection-refusals.ts";
import { defineCommand, READS_LOCALLY } from "../define-command.ts";
import { outOfRange, SYNTAX_ERROR } from "../refusals.ts";
import { clampedIntegerWord, integerWord, isWord } from "../words.ts";
import { boundedWord } from "./list-access.ts";

/** Reading lists. */

export const llen = defineCommand({
  name: "LLEN",
  group: "list",
  since: "1.0.0",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RO"] },
  syntax: "key",
  summary: "Answers how many elements a list has.",
  complexity: "O(1)",
  convergence: READS_LOCALLY,
  parse: (args) => args[0]!,
  run: (tx, key) => tx.lists.get(key)?.size ?? 0,
});

export const lrange = defineCommand({
  name: "LRANGE",
  group: "list",
  since: "1.0.0",
  arity: 4,
  flags: ["readonly"],
  keys: { first: 1, last: 1, step: 1, flags: ["RO", "access"] },
  syntax: "key start stop",
  summary: "Answers a range of elements, both ends included; negative: from the end.",
  complexity: "O(log M + N) for N elements of a list of M",
  convergence: READS_LOCALLY,
  parse: (args) => ({ key: args[0]!, start: clampedIntegerWord(args[1]!), stop: clampedIntegerWord(args[2]!) }),
  run(tx, { key, start, stop }) {
    const list = tx.lists.get(key);
    if (list === null) return [];
    return list.slice(rankOf(list.size, start), rankOf(list.size, stop) + 1);
  },
});

export const lindex = defineCommand({
  name: "LINDEX",
  group: "list",
  since: "1.0.0",
  arity: 3,
  flags: ["readonly"],
  keys: { first: 1, last: 1, step: 1, flags: ["RO", "access"] },
  syntax: "key index",
  summary: "Answers the element at an index; negative: from the end; null outside.",
  complexity: "O(log N) in the length of the list",
  convergence: READS_LOCALLY,
  parse: (args) => ({ key: args[0]!, index: args[1]! }),
  run(tx, { key, index }) {
    const list = tx.lists.get(key);
    if (list === null) return null;
    const at = clampedIntegerWord(index);
    return list.at(at < 0 ? list.size + at : at) ?? null;
  },
});

interface Search {
  readonly key: BinaryString;
  readonly value: BinaryString;
  /** The how-manieth match comes first; negative: counted and searched from the end. */
  readonly rank: number;
  /** Null: only one, answered alone; 0: all. */
  readonly count: number | null;
  /** 0: all. */
  readonly comparisonsMax: number;
}

export const lpos = defineCommand<Search>({
  name: "LPOS",
  group: "list",
  since: "6.0.6",
  arity: -3,
  flags: ["readonly"],
  keys: { first: 1, last: 1, step: 1, flags: ["RO", "access"] },
  syntax: "key element [RANK rank] [COUNT num-matches] [MAXLEN len]",
  summary: "Answers the index of an element, or of several that are equal.",
  complexity: "O(N) in the elements compared",
  convergence: READS_LOCALLY,
  parse(args) {
    let [rank, count, comparisonsMax]: [number, number | null, number] = [1, null, 0];
    for (let index = 2; index < args.length; index += 2) {
      const word = args[index + 1];
      if (word === undefined) throw SYNTAX_ERROR;
      if (isWord(args[index], "RANK")) rank = rankWord(word);
      else if (isWord(args[index], "COUNT")) count = boundedWord(word, 0, LPOS_COUNT);
      else if (isWord(args[index], "MAXLEN")) comparisonsMax = boundedWord(word, 0, LPOS_MAXLEN);
      else throw SYNTAX_ERROR;
    }
    return { key: args[0]!, value: args[1]!, rank, count, comparisonsMax };
  },
  run(tx, search) {
    const list = tx.lists.get(search.key);
    const found = list === null ? [] : matches(list, search);
    return search.count === null ? (found[0] ?? null) : found;
  },
});

function matches(list: ListView, { value, rank, count, comparisonsMax }: Search): readonly number[] {
  const found: number[] = [];
  const wanted = count === 0 ? list.size : (count ?? 1);
  let comparisonsLeft = comparisonsMax === 0 ? list.size : comparisonsMax;
  let toSkip = Math.abs(rank) - 1;
  const visit = (one: BinaryString, at: number): boolean => {
    if (comparisonsLeft-- === 0) return false;
    if (one !== value) return true;
    if (toSkip > 0) toSkip--;
    else found.push(at);
    return found.length < wanted;
  };
  if (rank > 0) list.walk(0, visit);
  else list.walkBack(list.size - 1, visit);
  return found;
}

function rankWord(word: string): number {
  if (integerWord(word) === INT64_MIN) throw outOfRange(String(INT64_MIN + 1n), String(-(INT64_MIN + 1n)));
  const rank = clampedIntegerWord(word);
  if (rank === 0) throw LPOS_RANK;
  return rank;
}

/** An index as a rank, clamped so that a range may begin before and end behind a list. */
export function rankOf(size: number, index: number): number {
  return index < 0 ? Math.max(-1, size + index) : Math.min(index, size);
}
