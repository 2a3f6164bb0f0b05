import { ByteReader, ByteWriter, MalformedBytesError } from "../base/bytes.ts";
import type { SnapshotRow } from "../keyspace/replica-port.ts";
import { encodeFrame, FRAME, MalformedFrameError } from "./frame.ts";

/**
 * Rows of a snapshot in frames. A parcel is `n × (length varint · key · length varint · value)`; a frame holds one parcel or a piece
 * of one: a byte, 1 on the last piece and 0 before, and the piece. Pieces follow each other as fragments of a batch do.
 */
export const SNAPSHOT_FEATURE = "snapshot";

const ROW_OVERHEAD_BYTES = 12;
const LAST_PIECE = 1;

/** The frames of one parcel. */
export function encodeRows(
  rows: readonly SnapshotRow[],
  frameBytesMax: number,
  compressFromBytes: number,
): readonly Buffer[] {
  const size = rows.reduce((sum, { key, value }) => sum + key.length + value.length + ROW_OVERHEAD_BYTES, 16);
  const writer = new ByteWriter(size);
  for (const { key, value } of rows) {
    writer.varint(key.length);
    writer.raw(key);
    writer.varint(value.length);
    writer.raw(value);
  }
  const parcel = writer.view();
  const frames: Buffer[] = [];
  for (let offset = 0; offset < parcel.length; offset += frameBytesMax) {
    const end = Math.min(parcel.length, offset + frameBytesMax);
    const flag = Buffer.of(end === parcel.length ? LAST_PIECE : 0);
    const piece = Buffer.concat([flag, parcel.subarray(offset, end)]);
    frames.push(encodeFrame(FRAME.rows, piece, compressFromBytes));
  }
  return frames;
}

/** The rows of a whole parcel, as views into it. Throws MalformedFrameError. */
export function decodeRows(parcel: Buffer): readonly SnapshotRow[] {
  const reader = new ByteReader(parcel);
  const rows: SnapshotRow[] = [];
  try {
    while (reader.remaining > 0) {
      const key = reader.raw(reader.varint());
      if (key.length === 0) throw new MalformedFrameError("a row without a key");
      rows.push({ key, value: reader.raw(reader.varint()) });
    }
  } catch (error) {
    if (error instanceof MalformedBytesError) throw new MalformedFrameError(`a frame of rows: ${error.message}`);
    throw error;
  }
  if (rows.length === 0) throw new MalformedFrameError("a frame of no rows");
  return rows;
}
