import { createHash } from "node:crypto";
import type { BinaryString } from "../base/bytes.ts";

/**
 * Keys of rows. All rows of one key are neighbours, keys are ordered by hash within a database (which is SCAN's order), and
 * the expiry index is ordered by deadline in a table of its own:
 *
 *     0x01 db hash32 length16 key | kind            head   (kind 0): types, deadlines, a string's value
 *     0x01 db hash32 length16 key | kind name       element (kind 1 + type): one field
 *     0x02 deadline f64 big-endian | db hash32 length16 key      expiry index
 *     0x03 db:key                          markers of deletes that win
 *
 * LMDB keys are bounded, so a key or field name longer than NAME_BYTES_MAX is replaced by its SHA-256 (length 0xffff) and
 * its full name is kept in the row's value.
 */
const TABLE_KEYS = 1;
const TABLE_EXPIRY = 2;
const TABLE_MARKERS = 3;
const NAME_BYTES_MAX = 900;
const HASHED = 0xffff;
/** Table, database, hash and length. */
const PREFIX_BYTES = 8;

export const ROW_HEAD = 0;

/** The head's row key, made at once: of most keys it is all that a checkpoint writes. */
export function headRowOf(db: number, hash: number, key: BinaryString): Buffer {
  const long = key.length > NAME_BYTES_MAX ? nameBytes(key).bytes : null;
  const nameLength = long?.length ?? key.length;
  const out = Buffer.allocUnsafe(PREFIX_BYTES + nameLength + 1);
  out[0] = TABLE_KEYS;
  out[1] = db;
  out.writeUInt32BE(hash, 2);
  out.writeUInt16BE(long === null ? nameLength : HASHED, 6);
  if (long === null) out.latin1Write(key, PREFIX_BYTES);
  else long.copy(out, PREFIX_BYTES);
  out[PREFIX_BYTES + nameLength] = ROW_HEAD;
  return out;
}

/** The common beginning of all rows of one key: a view. */
export function prefixOfHeadRow(row: Buffer): Buffer {
  return row.subarray(0, row.length - 1);
}

export function headRowKey(prefix: Buffer): Buffer {
  return Buffer.concat([prefix, Buffer.of(ROW_HEAD)]);
}

/** `typeCode` as in KEY_TYPE_CODES. */
export function elementRowKey(prefix: Buffer, typeCode: number, name: BinaryString): Buffer {
  const encoded = nameBytes(name);
  return Buffer.concat([prefix, Buffer.of(1 + typeCode, encoded.hashed ? 1 : 0), encoded.bytes]);
}

/** The exclusive end of all rows of one key. */
export function prefixEnd(prefix: Buffer): Buffer {
  return Buffer.concat([prefix, Buffer.of(0xff)]);
}

export interface KeyPosition {
  readonly db: number;
  readonly hash: number;
  /** Null when only its SHA-256 is in the row key. */
  readonly key: BinaryString | null;
  readonly prefixBytes: number;
}

/** Reads the prefix of a row of the key table. */
export function parseKeyPosition(row: Buffer, start = 0): KeyPosition {
  const length = row.readUInt16BE(start + 6);
  const nameLength = length === HASHED ? 32 : length;
  return {
    db: row[start + 1]!,
    hash: row.readUInt32BE(start + 2),
    key: length === HASHED ? null : row.latin1Slice(start + 8, start + 8 + nameLength),
    prefixBytes: 8 + nameLength,
  };
}

/** The head of a key, not one of its elements or a row of the expiry index. */
export function isHeadRow(row: Buffer): boolean {
  return row[0] === TABLE_KEYS && row[parseKeyPosition(row).prefixBytes] === ROW_HEAD;
}

/** First row of a database at or after a hash position. */
export function scanStart(db: number, hash: number): Buffer {
  const out = Buffer.alloc(6);
  out[0] = TABLE_KEYS;
  out[1] = db;
  out.writeUInt32BE(hash, 2);
  return out;
}

/** Exclusive end of a database's rows, or of its rows below `hash` (at most 2^32). */
export function scanEnd(db: number, hash: number): Buffer {
  return hash > 0xffff_ffff ? Buffer.of(TABLE_KEYS, db + 1) : scanStart(db, hash);
}

export function expiryRowKey(deadlineMs: number, prefix: Buffer): Buffer {
  const out = Buffer.allocUnsafe(9);
  out[0] = TABLE_EXPIRY;
  out.writeDoubleBE(deadlineMs, 1);
  return Buffer.concat([out, prefix.subarray(1)]);
}

/** Range of the expiry index up to and including `deadlineMs`. */
export function expiryRange(deadlineMs: number): { readonly start: Buffer; readonly end: Buffer } {
  const end = Buffer.allocUnsafe(10);
  end[0] = TABLE_EXPIRY;
  end.writeDoubleBE(deadlineMs, 1);
  end[9] = 0xff;
  return { start: Buffer.of(TABLE_EXPIRY), end };
}

export interface ExpiryPosition {
  readonly deadlineMs: number;
  /** The key's prefix in the key table. */
  readonly prefix: Buffer;
}

export function parseExpiryRow(row: Buffer): ExpiryPosition {
  const prefix = Buffer.from(row.subarray(8));
  prefix[0] = TABLE_KEYS;
  return { deadlineMs: row.readDoubleBE(1), prefix };
}

/** `name` as in Markers: `db:key`. */
export function markerRowKey(name: BinaryString): Buffer {
  const { bytes, hashed } = nameBytes(name);
  return Buffer.concat([Buffer.of(TABLE_MARKERS, hashed ? 1 : 0), bytes]);
}

export function markerRange(): { readonly start: Buffer; readonly end: Buffer } {
  return { start: Buffer.of(TABLE_MARKERS), end: Buffer.of(TABLE_MARKERS + 1) };
}

function nameBytes(name: BinaryString): { readonly bytes: Buffer; readonly hashed: boolean } {
  const bytes = Buffer.from(name, "latin1");
  if (bytes.length <= NAME_BYTES_MAX) return { bytes, hashed: false };
  return { bytes: createHash("sha256").update(bytes).digest(), hashed: true };
}
