import type { BinaryString } from "../../base/bytes.ts";
import { JsonNumber, type JsonValue } from "../../crdt/document/json-value.ts";
import { ListNode, MapNode, type JsonNode } from "../../crdt/document/view.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { Reply } from "../../resp/reply.ts";
import type { CommandCall } from "../command-call.ts";
import { defineCommand } from "../define-command.ts";
import { checkDepth, documentOf, each, jsonReply, matchesOf, typeName } from "../json/json-documents.ts";
import { readJson } from "../json/json-reader.ts";
import {
  INDEX_OUT_OF_BOUNDS,
  NOT_AN_INTEGER as NOT_AN_INDEX,
  noSuchPath,
  noSuchPathOr,
  wrongType,
} from "../json/json-refusals.ts";
import type { Match } from "../json/path-evaluator.ts";
import { parsePath } from "../json/path-parser.ts";
import { pathAt } from "../json/read-shape.ts";
import type { JsonPath } from "../json/path.ts";
import { clampedIntegerWord } from "../words.ts";

/** Arrays: items are elements of one sequence, in one order everywhere. */

const MERGES = "J3: items of two regions are both there, in one order everywhere, each region's together. ";
const OBSERVED = "Removes the items it saw (L5); of one item popped in two regions both may get it. ";
const DEADLINE = "The key keeps the deadline it had (E4b, E5).";

interface ArrayMatch extends Match {
  readonly node: ListNode;
}

/** All matches, and the arrays among them; a legacy path has to find one. */
function arraysAt(
  tx: Transaction,
  key: BinaryString,
  path: JsonPath,
  call: CommandCall,
  name: (path: JsonPath) => string = ({ full }) => full,
): { readonly matches: readonly Match[]; readonly arrays: readonly ArrayMatch[] } {
  const matches = matchesOf(documentOf(tx, key), path, call);
  const arrays = matches.filter((match): match is ArrayMatch => match.node instanceof ListNode);
  if (path.isLegacy && arrays.length === 0) throw noSuchPathOr(name(path), "not an array");
  return { matches, arrays };
}

/** The last array's answer for a legacy path, one for each match otherwise. */
function answer(
  { matches, arrays }: ReturnType<typeof arraysAt>,
  path: JsonPath,
  of: (list: ListNode) => Reply,
): Reply {
  if (path.isLegacy) return of(arrays.at(-1)!.node);
  return each(matches, ({ node }) => (node instanceof ListNode ? of(node) : undefined));
}

export const jsonArrappend = defineCommand({
  name: "JSON.ARRAPPEND",
  group: "json",
  since: "1.0.0",
  arity: -4,
  flags: ["write", "denyoom"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "insert"] },
  syntax: "key path value [value ...]",
  summary: "Appends values to the arrays at a path; answers their lengths then.",
  complexity: "O(N) in the number of values appended and looked at",
  convergence: MERGES + DEADLINE,
  parse: (args) => ({ key: args[0]!, path: parsePath(args[1]!), values: args.slice(2).map((word) => readJson(word)) }),
  run(tx, { key, path, values }, call) {
    const found = arraysAt(tx, key, path, call, ({ original }) => original);
    for (const match of found.arrays) for (const value of values) checkDepth(match, value, 1);
    const reply = answer(found, path, (list) => list.items.length + values.length);
    tx.documents.edit(key, (edit) => {
      for (const { node } of found.arrays) edit.insert(node, node.items.length, values);
    });
    return reply;
  },
});

export const jsonArrinsert = defineCommand({
  name: "JSON.ARRINSERT",
  group: "json",
  since: "1.0.0",
  arity: -5,
  flags: ["write", "denyoom"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "insert"] },
  syntax: "key path index value [value ...]",
  summary: "Inserts values before an index of the arrays at a path; answers their lengths then.",
  complexity: "O(N) in the size of the arrays and of what a path looks at",
  convergence: MERGES + DEADLINE,
  parse: (args) => ({
    key: args[0]!,
    path: parsePath(args[1]!),
    index: clampedIntegerWord(args[2]!, NOT_AN_INDEX),
    values: args.slice(3).map((word) => readJson(word)),
  }),
  run(tx, { key, path, index, values }, call) {
    const found = arraysAt(tx, key, path, call);
    const at = ({ items }: ListNode): number => (index < 0 ? items.length + index : index);
    for (const match of found.arrays) {
      if (at(match.node) < 0 || at(match.node) > match.node.items.length) throw INDEX_OUT_OF_BOUNDS;
      for (const value of values) checkDepth(match, value, 1);
    }
    const reply = answer(found, path, (list) => list.items.length + values.length);
    tx.documents.edit(key, (edit) => {
      for (const { node } of found.arrays) edit.insert(node, at(node), values);
    });
    return reply;
  },
});

/** Null for an empty array: nothing to pop. */
function poppedIndex(list: ListNode, index: number): number | null {
  const { length } = list.items;
  if (length === 0) return null;
  return index < 0 ? Math.max(0, length + index) : Math.min(index, length - 1);
}

export const jsonArrpop = defineCommand({
  name: "JSON.ARRPOP",
  group: "json",
  since: "1.0.0",
  arity: -2,
  flags: ["write"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "delete"] },
  syntax: "key [path [index]]",
  summary: "Removes and answers an item, the last by default, of the arrays at a path.",
  complexity: "O(N) in the size of the arrays and of what a path looks at",
  convergence: OBSERVED + DEADLINE,
  parse: (args) => ({ key: args[0]!, path: pathAt(args, 1), index: lenientIndex(args[2]) }),
  run(tx, { key, path, index }, call) {
    const found = arraysAt(tx, key, path, call);
    const reply = answer(found, path, (list) => {
      const at = poppedIndex(list, index);
      return at === null ? null : jsonReply(list.items[at]!);
    });
    tx.documents.edit(key, (edit) => {
      for (const { node } of found.arrays) {
        const at = poppedIndex(node, index);
        if (at !== null) edit.remove({ list: node, index: at });
      }
    });
    return reply;
  },
});

/** RedisJSON takes what is no index for the last one. */
function lenientIndex(word: BinaryString | undefined): number {
  if (word === undefined) return -1;
  try {
    return clampedIntegerWord(word);
  } catch {
    return -1;
  }
}

/** What stays: from the first to before the second. */
function trimmed({ items: { length } }: ListNode, start: number, stop: number): readonly [number, number] {
  const within = (index: number): number => (index < 0 ? Math.max(0, length + index) : Math.min(index, length - 1));
  const last = within(stop);
  const first = start < length ? within(start) : last + 1;
  return length === 0 || first > last ? [0, 0] : [first, last + 1];
}

export const jsonArrtrim = defineCommand({
  name: "JSON.ARRTRIM",
  group: "json",
  since: "1.0.0",
  arity: 5,
  flags: ["write"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "access", "delete"] },
  syntax: "key path start stop",
  summary: "Keeps of the arrays at a path the items from start to stop; answers their lengths then.",
  complexity: "O(N) in the size of the arrays and of what a path looks at",
  convergence: OBSERVED + DEADLINE,
  parse: (args) => ({
    key: args[0]!,
    path: parsePath(args[1]!),
    start: clampedIntegerWord(args[2]!, NOT_AN_INDEX),
    stop: clampedIntegerWord(args[3]!, NOT_AN_INDEX),
  }),
  run(tx, { key, path, start, stop }, call) {
    const found = arraysAt(tx, key, path, call);
    const reply = answer(found, path, (list) => {
      const [first, end] = trimmed(list, start, stop);
      return end - first;
    });
    tx.documents.edit(key, (edit) => {
      for (const { node } of found.arrays) {
        const [first, end] = trimmed(node, start, stop);
        for (let index = 0; index < node.items.length; index++) {
          if (index < first || index >= end) edit.remove({ list: node, index });
        }
      }
    });
    return reply;
  },
});

export const jsonArrindex = defineCommand({
  name: "JSON.ARRINDEX",
  group: "json",
  since: "1.0.0",
  arity: -4,
  flags: ["readonly"],
  keys: { first: 1, last: 1, step: 1 },
  syntax: "key path value [start [stop]]",
  summary: "Answers where a value first stands in the arrays at a path; -1 where it does not.",
  complexity: "O(N) in the size of the arrays",
  convergence: "Reads what is visible in this region; expired keys are absent and nothing is sent (E7).",
  parse: (args) => ({
    key: args[0]!,
    path: parsePath(args[1]!),
    value: readJson(args[2]!),
    start: args[3] === undefined ? 0 : clampedIntegerWord(args[3], NOT_AN_INDEX),
    stop: args[4] === undefined ? 0 : clampedIntegerWord(args[4], NOT_AN_INDEX),
  }),
  run(tx, { key, path, value, start, stop }, call): Reply {
    const sight = tx.documents.get(key);
    if (sight === null) throw noSuchPath(path.original);
    const matches = matchesOf(sight, path, call);
    const find = (list: ListNode): number => indexIn(list, value, start, stop);
    if (!path.isLegacy) return each(matches, ({ node }) => (node instanceof ListNode ? find(node) : undefined));
    const [first] = matches;
    if (first === undefined) throw noSuchPath(path.full);
    if (!(first.node instanceof ListNode)) throw wrongType("array", typeName(first.node));
    return find(first.node);
  },
});

/** A stop of 0 is the end. */
function indexIn({ items }: ListNode, value: JsonValue, start: number, stop: number): number {
  const { length } = items;
  const first = start < 0 ? Math.max(0, length + start) : Math.min(start, length - 1);
  const end = stop === 0 ? length : stop < 0 ? length + stop : Math.min(stop, length);
  for (let index = Math.max(0, first); index < end; index++) if (equals(items[index]!, value)) return index;
  return -1;
}

function equals(node: JsonNode, value: JsonValue): boolean {
  if (node instanceof JsonNumber) return value instanceof JsonNumber && node.text === value.text;
  if (node instanceof ListNode) {
    const { items } = node;
    return (
      Array.isArray(value) &&
      items.length === value.length &&
      items.every((one, at) => equals(one, value[at] as JsonValue))
    );
  }
  if (!(node instanceof MapNode)) return node === value;
  if (!(value instanceof Map) || value.size !== node.size) return false;
  for (const [key, one] of value as ReadonlyMap<string, JsonValue>) {
    const own = node.get(key);
    if (own === undefined || !equals(own, one)) return false;
  }
  return true;
}
