import { MalformedBytesError, type ByteReader, type ByteWriter } from "../../base/bytes.ts";
import { decodeDelta } from "../delta.ts";
import { STREAM_ID_BYTES, type StreamId } from "../stream-id.ts";

/** A count of entries: exact to 64 bits. */
export type EntryCount = number | bigint;

export function encodeStreamIds(writer: ByteWriter, ids: readonly StreamId[]): void {
  writer.varint(ids.length);
  for (const id of ids) writer.raw(Buffer.from(id, "latin1"));
}

export function decodeStreamIds(reader: ByteReader): StreamId[] {
  const count = reader.varint();
  if (count * STREAM_ID_BYTES > reader.remaining) throw new MalformedBytesError(`a list claims ${count} ids`);
  return Array.from({ length: count }, () => decodeStreamId(reader));
}

export function decodeStreamId(reader: ByteReader): StreamId {
  return reader.raw(STREAM_ID_BYTES).latin1Slice();
}

export function decodeEntryCount(reader: ByteReader): EntryCount {
  const count = decodeDelta(reader);
  if (typeof count === "string" || count < 0) throw new MalformedBytesError("a count of entries is malformed");
  return count;
}
