import type { BinaryString } from "../../base/bytes.ts";
import type { ListView, Span } from "../../keyspace/types/list/list-port.ts";
import { OK, type Reply } from "../../resp/reply.ts";
import { INDEX_OUT_OF_RANGE } from "../collection-refusals.ts";
import { defineCommand } from "../define-command.ts";
import { NO_SUCH_KEY, SYNTAX_ERROR } from "../refusals.ts";
import { clampedIntegerWord, isWord } from "../words.ts";
import { rankOf } from "./list-read-commands.ts";

/** Changing lists inside. */

export const lset = defineCommand({
  name: "LSET",
  group: "list",
  since: "1.0.0",
  arity: 4,
  flags: ["write", "denyoom"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "update"] },
  syntax: "key index element",
  summary: "Gives the element at an index another value.",
  complexity: "O(log N) in the length of the list",
  convergence:
    "L8: of two concurrent LSETs on one element the later by hybrid clock is shown; one that a concurrent removal had not seen survives it.",
  parse: (args) => ({ key: args[0]!, index: args[1]!, value: args[2]! }),
  run(tx, { key, index, value }): Reply {
    const list = tx.lists.get(key);
    if (list === null) throw NO_SUCH_KEY;
    const at = clampedIntegerWord(index);
    const rank = at < 0 ? list.size + at : at;
    if (rank < 0 || rank >= list.size) throw INDEX_OUT_OF_RANGE;
    tx.lists.set(key, rank, value);
    return OK;
  },
});

interface InsertRequest {
  readonly key: BinaryString;
  readonly isAfter: boolean;
  readonly pivot: BinaryString;
  readonly value: BinaryString;
}

export const linsert = defineCommand<InsertRequest>({
  name: "LINSERT",
  group: "list",
  since: "2.2.0",
  arity: 5,
  flags: ["write", "denyoom"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "insert"] },
  syntax: "key BEFORE | AFTER pivot element",
  summary: "Adds an element before or behind the first that equals the pivot; answers the length, or -1 without one.",
  complexity: "O(N) in the elements before the pivot",
  convergence:
    "L1, L6: two that are inserted at one place at once are both there, in one order everywhere, also when the pivot is removed meanwhile.",
  parse(args) {
    const [key, where, pivot, value] = args as [string, string, string, string];
    const isAfter = isWord(where, "AFTER");
    if (!isAfter && !isWord(where, "BEFORE")) throw SYNTAX_ERROR;
    return { key, isAfter, pivot, value };
  },
  run(tx, { key, isAfter, pivot, value }) {
    const list = tx.lists.get(key);
    if (list === null) return 0;
    const { size } = list;
    const [rank] = ranksOf(list, pivot, 1);
    if (rank === undefined) return -1;
    tx.lists.insert(key, isAfter ? rank + 1 : rank, [value]);
    return size + 1;
  },
});

export const lrem = defineCommand({
  name: "LREM",
  group: "list",
  since: "1.0.0",
  arity: 4,
  flags: ["write"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "delete"] },
  syntax: "key count element",
  summary:
    "Removes elements that equal a value, from the head, or with a negative count from the tail; 0: all. Answers how many.",
  complexity: "O(N) in the length of the list",
  convergence: "L5: removes what this region sees; an equal element pushed elsewhere meanwhile survives.",
  parse: (args) => ({ key: args[0]!, count: clampedIntegerWord(args[1]!), value: args[2]! }),
  run(tx, { key, count, value }) {
    const list = tx.lists.get(key);
    if (list === null) return 0;
    const ranks = ranksOf(list, value, count);
    tx.lists.remove(key, spansOf(ranks));
    return ranks.length;
  },
});

export const ltrim = defineCommand({
  name: "LTRIM",
  group: "list",
  since: "1.0.0",
  arity: 4,
  flags: ["write"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "delete"] },
  syntax: "key start stop",
  summary: "Removes all elements but a range, both ends included; negative: from the end.",
  complexity: "O(N log M) for N elements removed of a list of M, at most O(M)",
  convergence: "L5: removes what this region sees outside the range; a concurrent push survives.",
  parse: (args) => ({ key: args[0]!, start: clampedIntegerWord(args[1]!), stop: clampedIntegerWord(args[2]!) }),
  run(tx, { key, start, stop }): Reply {
    const list = tx.lists.get(key);
    if (list === null) return OK;
    const from = Math.max(0, rankOf(list.size, start));
    const to = Math.min(list.size, rankOf(list.size, stop) + 1);
    const spans =
      from >= to
        ? [{ from: 0, to: list.size }]
        : [
            { from: 0, to: from },
            { from: to, to: list.size },
          ];
    tx.lists.remove(
      key,
      spans.filter((span) => span.from < span.to),
    );
    return OK;
  },
});

/** Ranks of elements that equal `value`, ascending: the first `count`, the last `-count`, or all (0). */
function ranksOf(list: ListView, value: BinaryString, count: number): readonly number[] {
  const ranks: number[] = [];
  const wanted = count === 0 ? list.size : Math.abs(count);
  const visit = (one: BinaryString, rank: number): boolean => {
    if (one === value) ranks.push(rank);
    return ranks.length < wanted;
  };
  if (count >= 0) list.walk(0, visit);
  else list.walkBack(list.size - 1, visit);
  return count >= 0 ? ranks : ranks.toReversed();
}

/** Neighbouring ranks as spans: a removal names few positions. */
function spansOf(ranks: readonly number[]): readonly Span[] {
  const spans: { readonly from: number; to: number }[] = [];
  for (const rank of ranks) {
    const last = spans.at(-1);
    if (last !== undefined && last.to === rank) last.to++;
    else spans.push({ from: rank, to: rank + 1 });
  }
  return spans;
}
