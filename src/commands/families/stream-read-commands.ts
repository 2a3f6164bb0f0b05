import type { BinaryString } from "../../base/bytes.ts";
import { nextStreamId, previousStreamId, STREAM_ID_MAX, STREAM_ID_MIN, type StreamId } from "../../crdt/stream-id.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { StreamView } from "../../keyspace/types/stream/stream-port.ts";
import { MapReply, NULL_ARRAY, type Reply } from "../../resp/reply.ts";
import type { CommandCall } from "../command-call.ts";
import { defineCommand, READS_LOCALLY } from "../define-command.ts";
import { KeyWait } from "../key-wait.ts";
import { meaninglessId, NEW_OF_XREAD, noSuchKeyOrGroupToRead } from "../stream-refusals.ts";
import { deliverNew, deliverOwn } from "./stream-delivery.ts";
import { readRequest, type ReadRequest } from "./stream-read-words.ts";
import { entryReplies, streamIdWord } from "./stream-words.ts";

/** Reading what is new in streams: for oneself, or as one of a group. */

type StreamReply = readonly [key: BinaryString, entries: Reply];

/** In RESP3 a map from keys to entries; in RESP2 a list of pairs. Nothing at all is the null array. */
function streamReplies(replies: readonly StreamReply[], call: CommandCall): Reply {
  return call.session.protocol === 3 ? new MapReply(replies) : replies;
}

/** What an id word of XREAD means now: entries behind it are new. */
function positionOf(stream: StreamView | null, word: BinaryString): StreamId {
  if (word === "$") return stream?.lastId ?? STREAM_ID_MIN;
  if (word === "+") {
    if (stream?.topId === undefined) return stream?.lastId ?? STREAM_ID_MIN;
    return previousStreamId(stream.topId) ?? STREAM_ID_MIN;
  }
  if (word === ">") throw NEW_OF_XREAD;
  return streamIdWord(word);
}

function readBehind(
  tx: Transaction,
  { keys, count }: ReadRequest,
  positions: readonly StreamId[],
): readonly StreamReply[] {
  return keys.flatMap((key, index): readonly StreamReply[] => {
    const from = nextStreamId(positions[index]!);
    const stream = from === null ? null : tx.streams.get(key);
    const entries = stream === null ? [] : entryReplies(stream.range(from!, STREAM_ID_MAX), count);
    return entries.length === 0 ? [] : [[key, entries]];
  });
}

/** The answer, or the wait for one: `read` is tried again whenever a key changes. */
function answerOrWait(
  { keys, blockMs }: ReadRequest,
  call: CommandCall,
  endsWithKey: boolean,
  tx: Transaction,
  read: (tx: Transaction) => readonly StreamReply[],
): Reply | KeyWait {
  const replies = read(tx);
  if (replies.length > 0) return streamReplies(replies, call);
  if (blockMs === null) return NULL_ARRAY;
  const again = (later: Transaction): Reply | KeyWait => {
    const found = read(later);
    return found.length > 0 ? streamReplies(found, call) : wait;
  };
  const wait = new KeyWait({ keys, type: "stream", timeoutMs: blockMs, timedOut: NULL_ARRAY, again, endsWithKey });
  return wait;
}

export const xread = defineCommand({
  name: "XREAD",
  group: "stream",
  since: "5.0.0",
  arity: -4,
  flags: ["readonly", "blocking"],
  keys: { word: "STREAMS", from: 1, last: -1, step: 1, limit: 2, flags: ["RO", "access"] },
  syntax: "[COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]",
  summary: "Answers the entries of streams behind the given ids, or waits for some.",
  complexity: "O(log N + M) for each stream, with M entries answered",
  convergence: `T5: entries are told by id: one of another region that arrives late, below an id that was read, is not among what is behind it (a group delivers it). A peer's batch ends the wait. ${READS_LOCALLY}`,
  parse: (args) => readRequest(args, "xread"),
  run(tx, request, call) {
    const positions = request.keys.map((key, index) => positionOf(tx.streams.get(key), request.idWords[index]!));
    return answerOrWait(request, call, false, tx, (now) => readBehind(now, request, positions));
  },
});

/** `>`: what no consumer of the group was given yet. Else: what is pending for this one, behind an id. */
function readAsGroup(
  tx: Transaction,
  { keys, idWords, count, noAck, group }: ReadRequest,
  call: CommandCall,
): readonly StreamReply[] {
  const { name, consumer } = group!;
  const positions = keys.map((key, index): StreamId | ">" => {
    if (tx.streams.get(key)?.group(name) == null) throw noSuchKeyOrGroupToRead(key, name);
    const word = idWords[index]!;
    if (word === "$" || word === "+") throw meaninglessId(word);
    return word === ">" ? ">" : streamIdWord(word);
  });
  return keys.flatMap((key, index): readonly StreamReply[] => {
    const stream = tx.streams.get(key)!;
    const known = stream.group(name)!.consumer(consumer) !== null;
    // Upstash's service makes no consumer there, and its clients' tests say so.
    if (known) tx.streams.sawConsumer(key, name, consumer);
    else if (!(noAck && call.session.door === "rest")) tx.streams.createConsumer(key, name, consumer);
    const position = positions[index]!;
    if (position !== ">") return [[key, deliverOwn(tx, { key, group: name, consumer }, position, count)]];
    const entries = deliverNew(tx, { key, group: name, consumer }, count, noAck);
    return entries.length === 0 ? [] : [[key, entries]];
  });
}

export const xreadgroup = defineCommand({
  name: "XREADGROUP",
  group: "stream",
  since: "5.0.0",
  arity: -7,
  flags: ["write", "blocking"],
  keys: { word: "STREAMS", from: 4, last: -1, step: 1, limit: 2, flags: ["RO", "access"] },
  syntax: "GROUP group consumer [COUNT count] [BLOCK milliseconds] [NOACK] STREAMS key [key ...] id [id ...]",
  summary: "Gives a consumer of a group the entries that no consumer was given yet, or those pending for it.",
  complexity: "O(log N + M) for each stream, with M entries answered",
  convergence:
    "T4, T5: at least once: two regions that read for one group at the same time may both deliver an entry. What arrives late, below the group's last id, is delivered once in each region. What is pending is so in every region. A peer's batch ends the wait.",
  parse: (args) => readRequest(args, "xreadgroup"),
  run: (tx, request, call) => answerOrWait(request, call, true, tx, (now) => readAsGroup(now, request, call)),
});
