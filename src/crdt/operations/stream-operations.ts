import { MalformedBytesError } from "../../base/bytes.ts";
import { encodeDelta } from "../delta.ts";
import { unpackWords } from "../packed-words.ts";
import { STREAM_ID_BYTES, type StreamId } from "../stream-id.ts";
import { OP, type KeyOperation } from "./operation-kind.ts";
import { decodeCount, type OperationSpec } from "./operation-spec.ts";
import { decodeEntryCount, decodeStreamId, decodeStreamIds, encodeStreamIds, type EntryCount } from "./stream-bytes.ts";
import type { StreamGroupOperation } from "./stream-group-operations.ts";

/**
 * Entries that were added. `lastId` is the highest id there ever was, these included; `added` is how many the *region* of the origin has added to this stream so far: the counts of
 * regions are summed.
 */
export interface StreamAdd extends KeyOperation {
  readonly op: typeof OP.streamAdd;
  readonly entries: readonly StreamEntryPut[];
  readonly lastId: StreamId;
  readonly added: EntryCount;
}

export interface StreamEntryPut {
  readonly id: StreamId;
  /** Fields and values, by `packWords`. */
  readonly packed: string;
}

/** Removes what was observed under these ids. `deleted`: a client named them (XDEL), as against trimming. */
export interface StreamRemove extends KeyOperation {
  readonly op: typeof OP.streamRemove;
  readonly ids: readonly StreamId[];
  readonly deleted: boolean;
}

/** Removes the observed entries below an id: XTRIM, XADD MAXLEN. */
export interface StreamTrim extends KeyOperation {
  readonly op: typeof OP.streamTrim;
  readonly below: StreamId;
}

/** XSETID, and a copy's beginning: what the stream says of itself, in place of all that was observed. */
export interface StreamMark extends KeyOperation {
  readonly op: typeof OP.streamMark;
  readonly lastId: StreamId;
  readonly added: EntryCount;
  readonly maxDeletedId: StreamId;
}

export type StreamOperation = StreamAdd | StreamRemove | StreamTrim | StreamMark | StreamGroupOperation;

export const STREAM_ADD: OperationSpec<StreamAdd> = {
  type: "stream",
  creates: true,
  encode(writer, { entries, lastId, added }) {
    writer.raw(Buffer.from(lastId, "latin1"));
    encodeDelta(writer, added);
    writer.varint(entries.length);
    for (const { id, packed } of entries) {
      writer.raw(Buffer.from(id, "latin1"));
      writer.binary(packed);
    }
  },
  decode(reader, db, key) {
    const [lastId, added] = [decodeStreamId(reader), decodeEntryCount(reader)];
    const entries: StreamEntryPut[] = [];
    for (let left = decodeCount(reader); left > 0; left--) {
      const entry = { id: decodeStreamId(reader), packed: reader.binary() };
      if (unpackWords(entry.packed) === null)
        throw new MalformedBytesError("the fields of a stream entry are malformed");
      entries.push(entry);
    }
    return { op: OP.streamAdd, db, key, entries, lastId, added };
  },
  bytes: ({ entries }) => entries.reduce((sum, { packed }) => sum + packed.length + STREAM_ID_BYTES + 4, 28),
};

export const STREAM_REMOVE: OperationSpec<StreamRemove> = {
  type: "stream",
  creates: false,
  encode(writer, { ids, deleted }) {
    writer.u8(deleted ? 1 : 0);
    encodeStreamIds(writer, ids);
  },
  decode(reader, db, key) {
    const deleted = reader.u8() === 1;
    return { op: OP.streamRemove, db, key, deleted, ids: decodeStreamIds(reader) };
  },
  bytes: ({ ids }) => STREAM_ID_BYTES * ids.length + 6,
};

export const STREAM_TRIM: OperationSpec<StreamTrim> = {
  type: "stream",
  creates: false,
  encode: (writer, { below }) => writer.raw(Buffer.from(below, "latin1")),
  decode: (reader, db, key) => ({ op: OP.streamTrim, db, key, below: decodeStreamId(reader) }),
  bytes: () => STREAM_ID_BYTES,
};

export const STREAM_MARK: OperationSpec<StreamMark> = {
  type: "stream",
  creates: true,
  encode(writer, { lastId, added, maxDeletedId }) {
    writer.raw(Buffer.from(lastId + maxDeletedId, "latin1"));
    encodeDelta(writer, added);
  },
  decode(reader, db, key) {
    const [lastId, maxDeletedId] = [decodeStreamId(reader), decodeStreamId(reader)];
    return { op: OP.streamMark, db, key, lastId, maxDeletedId, added: decodeEntryCount(reader) };
  },
  bytes: () => 2 * STREAM_ID_BYTES + 12,
};
