import type { BinaryString } from "../../base/bytes.ts";
import { formatStreamId, nextStreamId, STREAM_ID_MAX, type StreamId } from "../../crdt/stream-id.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { GroupView, StreamView } from "../../keyspace/types/stream/stream-port.ts";
import { NULL_ARRAY, type Reply } from "../../resp/reply.ts";
import { entriesReadAfter } from "./stream-counters.ts";
import { entryReply } from "./stream-words.ts";

/** Whose turn it is: a consumer of a group of a stream, all of which are there. */
export interface Reader {
  readonly key: BinaryString;
  readonly group: BinaryString;
  readonly consumer: BinaryString;
}

/**
 * XREADGROUP with `>`: first what has arrived late (row T5), then what comes after the group's last id. The group moves on
 * once nothing late is left that was asked for. Answers the entries.
 */
export function deliverNew(
  tx: Transaction,
  { key, group: name, consumer }: Reader,
  count: number | null,
  noAck: boolean,
): Reply[] {
  const stream = tx.streams.get(key)!;
  const group = stream.group(name)!;
  const late = firstOf(group.late(), count);
  const fresh = firstOf(idsBehind(stream, group.lastDelivered), count === null ? null : count - late.length);
  const ids = [...late, ...fresh];
  if (ids.length === 0) return [];
  const replies = ids.map((id) => entryReply([id, stream.fields(id)!]));
  tx.streams.deliver(key, name, {
    consumer,
    deliveredMs: tx.nowMs,
    ids: noAck ? [] : ids,
    counts: noAck ? [] : ids.map(() => 1),
    settled: noAck ? late : [],
    advance: advanceOf(stream, group, late, fresh),
  });
  return replies;
}

function advanceOf(stream: StreamView, group: GroupView, late: readonly StreamId[], fresh: readonly StreamId[]) {
  const to = fresh.at(-1);
  const from = group.lastDelivered;
  return to === undefined ? null : { from, to, entriesRead: entriesReadAfter(stream, group, fresh, late.length) };
}

function* idsBehind(stream: StreamView, last: StreamId): Generator<StreamId> {
  const from = nextStreamId(last);
  if (from !== null) for (const id of stream.ids(from, STREAM_ID_MAX)) yield id;
}

/**
 * XREADGROUP with an id: what is pending for the consumer behind it. Being read again counts as a delivery. An entry that is gone
 * is shown without fields.
 */
export function deliverOwn(
  tx: Transaction,
  { key, group: name, consumer }: Reader,
  position: StreamId,
  count: number | null,
): Reply[] {
  const stream = tx.streams.get(key)!;
  const group = stream.group(name)!;
  const from = nextStreamId(position);
  const owned = from === null ? undefined : group.consumer(consumer)?.pending(from, STREAM_ID_MAX);
  const pending = firstOf(owned ?? [], count);
  const replies = pending.map((id): Reply => {
    const fields = stream.fields(id);
    return fields === null ? [formatStreamId(id), NULL_ARRAY] : entryReply([id, fields]);
  });
  const ids = pending.filter((id) => stream.has(id));
  if (ids.length > 0) {
    const counts = ids.map((id) => group.delivery(id)!.count + 1);
    const deliveredMs = tx.nowMs;
    tx.streams.deliver(key, name, { consumer, deliveredMs, ids, counts, settled: [], advance: null });
  }
  return replies;
}

function firstOf(ids: Iterable<StreamId>, count: number | null): StreamId[] {
  const first: StreamId[] = [];
  if (count === 0) return first;
  for (const id of ids) {
    first.push(id);
    if (first.length === count) break;
  }
  return first;
}
