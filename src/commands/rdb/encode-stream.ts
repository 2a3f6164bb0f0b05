import type { BinaryString } from "../../base/bytes.ts";
import {
  millisecondsOf,
  sequenceOf,
  STREAM_ID_MAX,
  STREAM_ID_MIN,
  UINT64_MAX,
  type StreamId,
} from "../../crdt/stream-id.ts";
import type { GroupView, StreamEntry, StreamView } from "../../keyspace/types/stream/stream-port.ts";
import { writeListpack } from "./compact-lists.ts";
import type { RdbWriter } from "./rdb-writer.ts";

/** Entries in one node, as Redis has by default. */
const NODE_ENTRIES_MAX = 100;

/** A stream as Redis 7.0 writes it, each entry with its own fields. */
export function encodeStream(writer: RdbWriter, stream: StreamView): void {
  writer.integer(Math.ceil(stream.size / NODE_ENTRIES_MAX));
  let node: StreamEntry[] = [];
  for (const entry of stream.range(STREAM_ID_MIN, STREAM_ID_MAX)) {
    if (node.push(entry) < NODE_ENTRIES_MAX) continue;
    writeNode(writer, node);
    node = [];
  }
  if (node.length > 0) writeNode(writer, node);
  writer.integer(stream.size);
  writeIdParts(writer, stream.lastId);
  writeIdParts(writer, stream.firstId ?? STREAM_ID_MIN);
  writeIdParts(writer, stream.maxDeletedId);
  writer.integer(stream.entriesAdded);
  const groups = stream.groups();
  writer.integer(groups.length);
  for (const group of groups) writeGroup(writer, group);
}

function writeNode(writer: RdbWriter, entries: readonly StreamEntry[]): void {
  const [master] = entries[0]!;
  const words: (BinaryString | bigint)[] = [BigInt(entries.length), 0n, 0n, 0n];
  const offset = (part: number | bigint, from: number | bigint) => BigInt.asIntN(64, BigInt(part) - BigInt(from));
  for (const [id, fields] of entries) {
    const milliseconds = offset(millisecondsOf(id), millisecondsOf(master));
    const sequence = offset(sequenceOf(id), sequenceOf(master));
    // Flags, the id, the number of fields, the fields; then of how many words the entry is made.
    words.push(0n, milliseconds, sequence, BigInt(fields.length / 2), ...fields, BigInt(fields.length + 4));
  }
  writer.string(master);
  const bytes = writeListpack(words);
  writer.integer(bytes.length);
  writer.raw(bytes);
}

function writeIdParts(writer: RdbWriter, id: StreamId): void {
  writer.integer(millisecondsOf(id));
  writer.integer(sequenceOf(id));
}

function writeGroup(writer: RdbWriter, group: GroupView): void {
  writer.string(group.name);
  writeIdParts(writer, group.lastDelivered);
  writer.integer(group.entriesRead ?? UINT64_MAX);
  writer.integer(group.pendingCount);
  for (const id of group.pendingIds(STREAM_ID_MIN, STREAM_ID_MAX)) {
    const delivery = group.delivery(id)!;
    writer.raw(Buffer.from(id, "latin1"));
    writer.milliseconds(delivery.deliveredMs);
    writer.integer(delivery.count);
  }
  const consumers = group.consumers();
  writer.integer(consumers.length);
  for (const consumer of consumers) {
    writer.string(consumer.name);
    writer.milliseconds(consumer.seenMs);
    writer.integer(consumer.pendingCount);
    for (const id of consumer.pending(STREAM_ID_MIN, STREAM_ID_MAX)) writer.raw(Buffer.from(id, "latin1"));
  }
}
