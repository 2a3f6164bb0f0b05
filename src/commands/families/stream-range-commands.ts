import type { BinaryString } from "../../base/bytes.ts";
import type { StreamId } from "../../crdt/stream-id.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import { NULL_ARRAY, type Reply } from "../../resp/reply.ts";
import { defineCommand, READS_LOCALLY } from "../define-command.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { clampedIntegerWord, isWord } from "../words.ts";
import { endWord, entryReplies, startWord } from "./stream-words.ts";

/** Reading streams by id. */

const ORDER = `T5: by id, so an entry of another region may appear among older ones. ${READS_LOCALLY}`;

interface RangeRequest {
  readonly key: BinaryString;
  readonly from: StreamId;
  readonly to: StreamId;
  /** Null: all. */
  readonly count: number | null;
}

function rangeRequest(args: readonly BinaryString[], startAt: 1 | 2, endAt: 1 | 2): RangeRequest {
  const from = startWord(args[startAt]!);
  const to = endWord(args[endAt]!);
  let count: number | null = null;
  for (let at = 3; at < args.length; at += 2) {
    if (!isWord(args[at], "COUNT") || args[at + 1] === undefined) throw SYNTAX_ERROR;
    count = Math.max(0, clampedIntegerWord(args[at + 1]!));
  }
  return { key: args[0]!, from, to, count };
}

function range(tx: Transaction, { key, from, to, count }: RangeRequest, direction: "range" | "reversed"): Reply {
  const stream = tx.streams.get(key);
  if (stream === null) return [];
  return count === 0 ? NULL_ARRAY : entryReplies(stream[direction](from, to), count);
}

export const xlen = defineCommand({
  name: "XLEN",
  group: "stream",
  since: "5.0.0",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RO"] },
  syntax: "key",
  summary: "Answers how many entries a stream has.",
  complexity: "O(1)",
  convergence: READS_LOCALLY,
  parse: (args) => args[0]!,
  run: (tx, key) => tx.streams.get(key)?.size ?? 0,
});

export const xrange = defineCommand({
  name: "XRANGE",
  group: "stream",
  since: "5.0.0",
  arity: -4,
  flags: ["readonly"],
  keys: { first: 1, last: 1, step: 1 },
  syntax: "key start end [COUNT count]",
  summary: "Answers the entries between two ids.",
  complexity: "O(log N + M) with M entries answered",
  convergence: ORDER,
  parse: (args) => rangeRequest(args, 1, 2),
  run: (tx, request) => range(tx, request, "range"),
});

export const xrevrange = defineCommand({
  name: "XREVRANGE",
  group: "stream",
  since: "5.0.0",
  arity: -4,
  flags: ["readonly"],
  keys: { first: 1, last: 1, step: 1 },
  syntax: "key end start [COUNT count]",
  summary: "Answers the entries between two ids, the highest first.",
  complexity: "O(log N + M) with M entries answered",
  convergence: ORDER,
  parse: (args) => rangeRequest(args, 2, 1),
  run: (tx, request) => range(tx, request, "reversed"),
});
