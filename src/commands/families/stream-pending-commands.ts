import type { BinaryString } from "../../base/bytes.ts";
import { formatStreamId, type StreamId } from "../../crdt/stream-id.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { GroupView } from "../../keyspace/types/stream/stream-port.ts";
import { NULL_ARRAY, type Reply } from "../../resp/reply.ts";
import { defineCommand, READS_LOCALLY } from "../define-command.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { noSuchKeyOrGroup } from "../stream-refusals.ts";
import { clampedIntegerWord, isWord } from "../words.ts";
import { endWord, startWord, streamIdWord } from "./stream-words.ts";

/** What consumers were given and have not acknowledged. */

export function groupToChange(tx: Transaction, key: BinaryString, group: BinaryString): GroupView {
  const found = tx.streams.get(key)?.group(group);
  if (found == null) throw noSuchKeyOrGroup(key, group);
  return found;
}

export const xack = defineCommand({
  name: "XACK",
  group: "stream",
  since: "5.0.0",
  arity: -4,
  flags: ["write", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "update"] },
  syntax: "key group id [id ...]",
  summary: "Acknowledges entries that are pending in a group; answers how many were.",
  complexity: "O(log N) for each id",
  convergence:
    "T4: what this region sees pending is so nowhere any more; a delivery of another region at the same time stays pending.",
  parse: (args) => args,
  run(tx, [key, name, ...words]) {
    const group = tx.streams.get(key!)?.group(name!);
    if (group == null) return 0;
    const ids = new Set(words.map((word) => streamIdWord(word)));
    const pending = [...ids].filter((id) => group.delivery(id) !== null);
    if (pending.length > 0) tx.streams.acknowledge(key!, name!, pending);
    return pending.length;
  },
});

interface PendingRange {
  readonly from: StreamId;
  readonly to: StreamId;
  readonly count: number;
  readonly minIdleMs: number;
  readonly consumer: BinaryString | null;
}

/** Words behind the group; null: the summary is asked for. */
function pendingRange(words: readonly BinaryString[]): PendingRange | null {
  if (words.length === 0) return null;
  if (words.length < 3 || words.length > 6) throw SYNTAX_ERROR;
  let start = 0;
  let minIdleMs = 0;
  if (isWord(words[0], "IDLE")) {
    minIdleMs = clampedIntegerWord(words[1]!);
    if (words.length < 5) throw SYNTAX_ERROR;
    start = 2;
  }
  const count = Math.max(0, clampedIntegerWord(words[start + 2]!));
  const from = startWord(words[start]!);
  const to = endWord(words[start + 1]!);
  return { from, to, count, minIdleMs, consumer: words[start + 3] ?? null };
}

function summaryOf(group: GroupView): Reply {
  if (group.pendingCount === 0) return [0, null, null, NULL_ARRAY];
  const consumers = group.consumers().filter((consumer) => consumer.pendingCount > 0);
  return [
    group.pendingCount,
    formatStreamId(group.firstPending!),
    formatStreamId(group.lastPending!),
    consumers.map(({ name, pendingCount }) => [name, String(pendingCount)]),
  ];
}

function idsOf(group: GroupView, { from, to, consumer }: PendingRange): Iterable<StreamId> {
  if (consumer !== null) return group.consumer(consumer)?.pending(from, to) ?? [];
  return group.pendingIds(from, to);
}

export const xpending = defineCommand({
  name: "XPENDING",
  group: "stream",
  since: "5.0.0",
  arity: -3,
  flags: ["readonly"],
  keys: { first: 1, last: 1, step: 1 },
  syntax: "key group [[IDLE min-idle-time] start end count [consumer]]",
  summary: "Answers what is pending in a group: a summary, or entry by entry.",
  complexity: "O(log N + M) with M entries looked at",
  convergence: `T4: what is pending is the same in every region. ${READS_LOCALLY}`,
  parse: (args) => ({ key: args[0]!, name: args[1]!, range: pendingRange(args.slice(2)) }),
  run(tx, { key, name, range }): Reply {
    const group = groupToChange(tx, key, name);
    if (range === null) return summaryOf(group);
    const replies: Reply[] = [];
    if (range.count === 0) return replies;
    for (const id of idsOf(group, range)) {
      const { consumer, deliveredMs, count } = group.delivery(id)!;
      const idleMs = Math.max(0, tx.nowMs - deliveredMs);
      if (idleMs < range.minIdleMs) continue;
      replies.push([formatStreamId(id), consumer, idleMs, count]);
      if (replies.length === range.count) break;
    }
    return replies;
  },
});
