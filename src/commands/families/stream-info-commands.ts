import type { BinaryString } from "../../base/bytes.ts";
import { formatStreamId, STREAM_ID_MAX, STREAM_ID_MIN } from "../../crdt/stream-id.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { ConsumerView, GroupView, StreamView } from "../../keyspace/types/stream/stream-port.ts";
import { MapReply, type Reply } from "../../resp/reply.ts";
import type { CommandCall } from "../command-call.ts";
import { defineCommand, defineContainer, READS_LOCALLY } from "../define-command.ts";
import { NO_SUCH_KEY, tooManyWords } from "../refusals.ts";
import { noSuchGroupOfKey } from "../stream-refusals.ts";
import { clampedIntegerWord, isWord } from "../words.ts";
import { defineHelp } from "./help-reply.ts";
import { lagOf } from "./stream-counters.ts";
import { entryReplies } from "./stream-words.ts";

/** XINFO: what streams, groups and consumers say of themselves. */

const FULL_COUNT_DEFAULT = 10;
const LOCAL = `Idle times and max-deleted-entry-id are what this region knows. ${READS_LOCALLY}`;

function streamOf(tx: Transaction, key: BinaryString): StreamView {
  const stream = tx.streams.get(key);
  if (stream === null) throw NO_SUCH_KEY;
  return stream;
}

/** Redis tells of its tree; here that is what it would be with full nodes. */
function headOf(stream: StreamView, call: CommandCall): [string, Reply][] {
  const nodeEntries = call.server.config.number("stream-node-max-entries");
  const nodes = Math.ceil(stream.size / Math.max(1, nodeEntries));
  return [
    ["length", stream.size],
    ["radix-tree-keys", nodes],
    ["radix-tree-nodes", nodes + 1],
    ["last-generated-id", formatStreamId(stream.lastId)],
    ["max-deleted-entry-id", formatStreamId(stream.maxDeletedId)],
    ["entries-added", stream.entriesAdded],
    ["recorded-first-entry-id", formatStreamId(stream.firstId ?? STREAM_ID_MIN)],
  ];
}

function plainInfo(stream: StreamView, call: CommandCall): Reply {
  const [first] = entryReplies(stream.range(STREAM_ID_MIN, STREAM_ID_MAX), 1);
  const [last] = entryReplies(stream.reversed(STREAM_ID_MIN, STREAM_ID_MAX), 1);
  return new MapReply([
    ...headOf(stream, call),
    ["groups", stream.groups().length],
    ["first-entry", first ?? null],
    ["last-entry", last ?? null],
  ]);
}

/** `count`: entries and pending entries that are listed; null: all. */
function fullInfo(stream: StreamView, call: CommandCall, count: number | null): Reply {
  return new MapReply([
    ...headOf(stream, call),
    ["entries", entryReplies(stream.range(STREAM_ID_MIN, STREAM_ID_MAX), count)],
    ["groups", stream.groups().map((group) => fullGroup(stream, group, count))],
  ]);
}

function fullGroup(stream: StreamView, group: GroupView, count: number | null): Reply {
  const pending: Reply[] = [];
  for (const id of group.pendingIds(STREAM_ID_MIN, STREAM_ID_MAX)) {
    if (pending.length === count) break;
    const delivery = group.delivery(id)!;
    pending.push([formatStreamId(id), delivery.consumer, delivery.deliveredMs, delivery.count]);
  }
  return new MapReply([
    ["name", group.name],
    ["last-delivered-id", formatStreamId(group.lastDelivered)],
    ["entries-read", group.entriesRead],
    ["lag", lagOf(stream, group)],
    ["pel-count", group.pendingCount],
    ["pending", pending],
    ["consumers", group.consumers().map((consumer) => fullConsumer(group, consumer, count))],
  ]);
}

function fullConsumer(group: GroupView, consumer: ConsumerView, count: number | null): Reply {
  const pending: Reply[] = [];
  for (const id of consumer.pending(STREAM_ID_MIN, STREAM_ID_MAX)) {
    if (pending.length === count) break;
    const delivery = group.delivery(id)!;
    pending.push([formatStreamId(id), delivery.deliveredMs, delivery.count]);
  }
  return new MapReply([
    ["name", consumer.name],
    ["seen-time", consumer.seenMs],
    ["active-time", consumer.activeMs],
    ["pel-count", consumer.pendingCount],
    ["pending", pending],
  ]);
}

/** Words behind the key: none, or `FULL [COUNT count]`. Answers undefined without FULL, null for all. */
function fullCount(words: readonly BinaryString[]): number | null | undefined {
  if (words.length === 0) return undefined;
  const isFull = isWord(words[0], "FULL") && (words.length === 1 || (words.length === 3 && isWord(words[1], "COUNT")));
  if (!isFull) throw tooManyWords("stream", "XINFO");
  const count = words.length === 1 ? FULL_COUNT_DEFAULT : clampedIntegerWord(words[2]!);
  if (count === 0) return null;
  return count < 0 ? FULL_COUNT_DEFAULT : count;
}

const KEY = { first: 2, last: 2, step: 1 } as const;

const SUBCOMMANDS = [
  defineCommand({
    name: "XINFO STREAM",
    group: "stream",
    since: "5.0.0",
    arity: -3,
    flags: ["readonly"],
    keys: KEY,
    syntax: "key [FULL [COUNT count]]",
    summary: "Tells what a stream is, with its groups when asked for all.",
    complexity: "O(1), with FULL O(N) in what is listed",
    convergence: `T1, T4: lengths, counts and ids are the same in every region. ${LOCAL}`,
    parse: (args) => args,
    run(tx, [key, ...words], call) {
      const stream = streamOf(tx, key!);
      const count = fullCount(words);
      return count === undefined ? plainInfo(stream, call) : fullInfo(stream, call, count);
    },
  }),
  defineCommand({
    name: "XINFO GROUPS",
    group: "stream",
    since: "5.0.0",
    arity: 3,
    flags: ["readonly"],
    keys: KEY,
    syntax: "key",
    summary: "Tells what the groups of a stream are.",
    complexity: "O(N) in the number of groups",
    convergence: `T4: the same in every region but for lag, which counts what is late here (T5). ${READS_LOCALLY}`,
    parse: (args) => args[0]!,
    run(tx, key): Reply {
      const stream = streamOf(tx, key);
      return stream.groups().map(
        (group) =>
          new MapReply([
            ["name", group.name],
            ["consumers", group.consumers().length],
            ["pending", group.pendingCount],
            ["last-delivered-id", formatStreamId(group.lastDelivered)],
            ["entries-read", group.entriesRead],
            ["lag", lagOf(stream, group)],
          ]),
      );
    },
  }),
  defineCommand({
    name: "XINFO CONSUMERS",
    group: "stream",
    since: "5.0.0",
    arity: 4,
    flags: ["readonly"],
    keys: KEY,
    syntax: "key group",
    summary: "Tells what the consumers of a group are.",
    complexity: "O(N) in the number of consumers",
    convergence: LOCAL,
    parse: (args) => ({ key: args[0]!, name: args[1]! }),
    run(tx, { key, name }, call): Reply {
      const group = streamOf(tx, key).group(name);
      if (group === null) {
        // Upstash's service answers so, and its clients' tests say so.
        if (call.session.door === "rest") return [];
        throw noSuchGroupOfKey(name, key);
      }
      return group.consumers().map(
        (consumer) =>
          new MapReply([
            ["name", consumer.name],
            ["pending", consumer.pendingCount],
            ["idle", Math.max(0, tx.nowMs - consumer.seenMs)],
            ["inactive", consumer.activeMs < 0 ? -1 : Math.max(0, tx.nowMs - consumer.activeMs)],
          ]),
      );
    },
  }),
];

export const xinfo = defineContainer({
  name: "XINFO",
  group: "stream",
  since: "5.0.0",
  summary: "Tells what a stream is",
  complexity: "See its subcommands",
  subcommands: [...SUBCOMMANDS, defineHelp("XINFO", "stream", "5.0.0", SUBCOMMANDS)],
});
