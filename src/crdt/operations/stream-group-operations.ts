import { MalformedBytesError, type ByteReader, type ByteWriter } from "../../base/bytes.ts";
import { encodeDelta } from "../delta.ts";
import { STREAM_ID_BYTES, type StreamId } from "../stream-id.ts";
import { OP, type KeyOperation } from "./operation-kind.ts";
import type { OperationSpec } from "./operation-spec.ts";
import { decodeEntryCount, decodeStreamId, decodeStreamIds, encodeStreamIds, type EntryCount } from "./stream-bytes.ts";

/** Operations on consumer groups. All but the first act only on a group that they have observed and that is still there. */
interface GroupOperation extends KeyOperation {
  readonly group: string;
}

/** XGROUP CREATE: also says again what it saw of the stream, so that a concurrent DEL does not take the group with it (T3). */
export interface StreamGroupCreate extends GroupOperation {
  readonly op: typeof OP.streamGroupCreate;
  /** The group begins behind this id. */
  readonly start: StreamId;
  readonly entriesRead: EntryCount | null;
  readonly lastId: StreamId;
  readonly added: EntryCount;
  /** Entries at or below `start` that are to be delivered all the same: a copied group's late ones. */
  readonly late: readonly StreamId[];
}

/** XGROUP SETID: whatever was seen up to `last` counts as delivered, and nothing beyond it. */
export interface StreamGroupSet extends GroupOperation {
  readonly op: typeof OP.streamGroupSet;
  readonly last: StreamId;
  readonly entriesRead: EntryCount | null;
}

export interface StreamGroupDestroy extends GroupOperation {
  readonly op: typeof OP.streamGroupDestroy;
}

export interface StreamConsumerPut extends GroupOperation {
  readonly op: typeof OP.streamConsumerPut;
  readonly consumer: string;
  readonly seenMs: number;
}

/** Removes a consumer, with what was observed to be pending for it. */
export interface StreamConsumerRemove extends GroupOperation {
  readonly op: typeof OP.streamConsumerRemove;
  readonly consumer: string;
}

/** Entries that are pending for a consumer from now on: read, read again, or claimed. */
export interface StreamDeliver extends GroupOperation {
  readonly op: typeof OP.streamDeliver;
  readonly consumer: string;
  readonly deliveredMs: number;
  readonly ids: readonly StreamId[];
  /** How often each of `ids` has been delivered. */
  readonly counts: readonly number[];
  /** Delivered without being pending (NOACK), of those that were late. */
  readonly settled: readonly StreamId[];
  /** Where the group has come to by it; null when no further. */
  readonly advance: GroupAdvance | null;
}

/** Everything the reader saw in `(from, to]` has been delivered by it. */
export interface GroupAdvance {
  readonly from: StreamId;
  readonly to: StreamId;
  readonly entriesRead: EntryCount | null;
}

/** XACK: what was observed under these ids is no longer pending. */
export interface StreamAck extends GroupOperation {
  readonly op: typeof OP.streamAck;
  readonly ids: readonly StreamId[];
}

export type StreamGroupOperation =
  | StreamGroupCreate
  | StreamGroupSet
  | StreamGroupDestroy
  | StreamConsumerPut
  | StreamConsumerRemove
  | StreamDeliver
  | StreamAck;

export const STREAM_GROUP_CREATE: OperationSpec<StreamGroupCreate> = {
  type: "stream",
  creates: true,
  encode(writer, { group, start, entriesRead, lastId, added, late }) {
    writer.binary(group);
    writer.raw(Buffer.from(start + lastId, "latin1"));
    encodeOptionalCount(writer, entriesRead);
    encodeDelta(writer, added);
    encodeStreamIds(writer, late);
  },
  decode(reader, db, key) {
    const group = reader.binary();
    const [start, lastId] = [decodeStreamId(reader), decodeStreamId(reader)];
    const [entriesRead, added] = [decodeOptionalCount(reader), decodeEntryCount(reader)];
    return {
      op: OP.streamGroupCreate,
      db,
      key,
      group,
      start,
      lastId,
      entriesRead,
      added,
      late: decodeStreamIds(reader),
    };
  },
  bytes: ({ group, late }) => group.length + STREAM_ID_BYTES * (late.length + 2) + 24,
};

export const STREAM_GROUP_SET: OperationSpec<StreamGroupSet> = {
  type: "stream",
  creates: false,
  encode(writer, { group, last, entriesRead }) {
    writer.binary(group);
    writer.raw(Buffer.from(last, "latin1"));
    encodeOptionalCount(writer, entriesRead);
  },
  decode(reader, db, key) {
    const [group, last] = [reader.binary(), decodeStreamId(reader)];
    return { op: OP.streamGroupSet, db, key, group, last, entriesRead: decodeOptionalCount(reader) };
  },
  bytes: ({ group }) => group.length + STREAM_ID_BYTES + 12,
};

export const STREAM_GROUP_DESTROY: OperationSpec<StreamGroupDestroy> = {
  type: "stream",
  creates: false,
  encode: (writer, { group }) => writer.binary(group),
  decode: (reader, db, key) => ({ op: OP.streamGroupDestroy, db, key, group: reader.binary() }),
  bytes: ({ group }) => group.length + 4,
};

export const STREAM_CONSUMER_PUT: OperationSpec<StreamConsumerPut> = {
  type: "stream",
  creates: false,
  encode(writer, { group, consumer, seenMs }) {
    writer.binary(group);
    writer.binary(consumer);
    writer.varint(seenMs);
  },
  decode(reader, db, key) {
    const [group, consumer] = [reader.binary(), reader.binary()];
    return { op: OP.streamConsumerPut, db, key, group, consumer, seenMs: reader.varint() };
  },
  bytes: ({ group, consumer }) => group.length + consumer.length + 16,
};

export const STREAM_CONSUMER_REMOVE: OperationSpec<StreamConsumerRemove> = {
  type: "stream",
  creates: false,
  encode(writer, { group, consumer }) {
    writer.binary(group);
    writer.binary(consumer);
  },
  decode: (reader, db, key) => ({
    op: OP.streamConsumerRemove,
    db,
    key,
    group: reader.binary(),
    consumer: reader.binary(),
  }),
  bytes: ({ group, consumer }) => group.length + consumer.length + 8,
};

export const STREAM_DELIVER: OperationSpec<StreamDeliver> = {
  type: "stream",
  creates: false,
  encode(writer, { group, consumer, deliveredMs, ids, counts, settled, advance }) {
    writer.binary(group);
    writer.binary(consumer);
    writer.varint(deliveredMs);
    encodeStreamIds(writer, ids);
    for (const count of counts) writer.varint(count);
    encodeStreamIds(writer, settled);
    writer.u8(advance === null ? 0 : 1);
    if (advance === null) return;
    writer.raw(Buffer.from(advance.from + advance.to, "latin1"));
    encodeOptionalCount(writer, advance.entriesRead);
  },
  decode(reader, db, key) {
    const [group, consumer, deliveredMs] = [reader.binary(), reader.binary(), reader.varint()];
    const ids = decodeStreamIds(reader);
    const counts = ids.map(() => reader.varint());
    const settled = decodeStreamIds(reader);
    const advance = reader.u8() === 1 ? decodeAdvance(reader) : null;
    return { op: OP.streamDeliver, db, key, group, consumer, deliveredMs, ids, counts, settled, advance };
  },
  bytes: ({ group, consumer, ids, settled }) =>
    group.length + consumer.length + (STREAM_ID_BYTES + 2) * (ids.length + settled.length) + 64,
};

export const STREAM_ACK: OperationSpec<StreamAck> = {
  type: "stream",
  creates: false,
  encode(writer, { group, ids }) {
    writer.binary(group);
    encodeStreamIds(writer, ids);
  },
  decode(reader, db, key) {
    const group = reader.binary();
    return { op: OP.streamAck, db, key, group, ids: decodeStreamIds(reader) };
  },
  bytes: ({ group, ids }) => group.length + STREAM_ID_BYTES * ids.length + 8,
};

function decodeAdvance(reader: ByteReader): GroupAdvance {
  const [from, to] = [decodeStreamId(reader), decodeStreamId(reader)];
  return { from, to, entriesRead: decodeOptionalCount(reader) };
}

function encodeOptionalCount(writer: ByteWriter, count: EntryCount | null): void {
  writer.u8(count === null ? 0 : 1);
  if (count !== null) encodeDelta(writer, count);
}

function decodeOptionalCount(reader: ByteReader): EntryCount | null {
  const flag = reader.u8();
  if (flag > 1) throw new MalformedBytesError("a count of entries is malformed");
  return flag === 0 ? null : decodeEntryCount(reader);
}
