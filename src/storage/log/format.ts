import { crc32 } from "node:zlib";

/**
 * Segment files of the batch log.
 *
 *     segment  = header · group · group · … · zeros
 *     header   = "APL1" · mark length u32 · first LSN f64 · crc32 u32 (of all the rest of the header) · mark
 *     group    = "GRP1" · payload length u32 · crc32 u32 · first LSN f64 · durable LSN f64 · record count u32 · payload
 *     payload  = n × (length u32 · record)
 *
 * A group is what one write and one sync put on disk: the next is written only when this one is done. It states up to which
 * LSN everything was *known to be durable* when it was written. That tells a torn tail from damage: bytes that do not check are
 * a torn tail, never acknowledged, unless a later group says that they had been durable.
 *
 * Numbers are little-endian. The checksum of a group covers everything behind it, header fields included.
 */
export const SEGMENT_HEADER_BYTES = 20;
export const GROUP_HEADER_BYTES = 32;
const SEGMENT_MAGIC = 0x314c5041;
export const GROUP_MAGIC = 0x31505247;
/** A group larger than this cannot be right; a batch is far smaller. */
const GROUP_BYTES_MAX = 0x7fff_ffff;

export function encodeSegmentHeader(firstLsn: number, mark: Uint8Array): Buffer {
  const out = Buffer.alloc(SEGMENT_HEADER_BYTES + mark.length);
  out.writeUInt32LE(SEGMENT_MAGIC, 0);
  out.writeUInt32LE(mark.length, 4);
  out.writeDoubleLE(firstLsn, 8);
  out.set(mark, SEGMENT_HEADER_BYTES);
  out.writeUInt32LE(headerChecksum(out), 16);
  return out;
}

export interface SegmentHeader {
  readonly firstLsn: number;
  readonly mark: Buffer;
  /** Where groups begin. */
  readonly bytes: number;
}

/** Null when these bytes do not begin with a whole and right header. */
export function decodeSegmentHeader(bytes: Buffer): SegmentHeader | null {
  if (bytes.length < SEGMENT_HEADER_BYTES || bytes.readUInt32LE(0) !== SEGMENT_MAGIC) return null;
  const markLength = bytes.readUInt32LE(4);
  const end = SEGMENT_HEADER_BYTES + markLength;
  if (bytes.length < end) return null;
  const header = bytes.subarray(0, end);
  if (headerChecksum(header) !== header.readUInt32LE(16)) return null;
  return { firstLsn: bytes.readDoubleLE(8), mark: Buffer.from(header.subarray(SEGMENT_HEADER_BYTES)), bytes: end };
}

function headerChecksum(header: Buffer): number {
  return crc32(header.subarray(SEGMENT_HEADER_BYTES), crc32(header.subarray(0, 16)));
}

/** Joins records into one group ready to be written. */
export function encodeGroup(records: readonly Uint8Array[], firstLsn: number, durableLsn: number): Buffer {
  let payloadBytes = 0;
  for (const record of records) payloadBytes += 4 + record.length;
  const out = Buffer.allocUnsafe(GROUP_HEADER_BYTES + payloadBytes);
  out.writeUInt32LE(GROUP_MAGIC, 0);
  out.writeUInt32LE(payloadBytes, 4);
  out.writeDoubleLE(firstLsn, 12);
  out.writeDoubleLE(durableLsn, 20);
  out.writeUInt32LE(records.length, 28);
  let offset = GROUP_HEADER_BYTES;
  for (const record of records) {
    offset = out.writeUInt32LE(record.length, offset);
    out.set(record, offset);
    offset += record.length;
  }
  out.writeUInt32LE(groupChecksum(out), 8);
  return out;
}

export interface GroupHeader {
  readonly payloadBytes: number;
  readonly firstLsn: number;
  readonly durableLsn: number;
  readonly count: number;
}

/** Reads a group's header at `offset` without checking its payload; null when there is none. */
export function decodeGroupHeader(bytes: Buffer, offset: number): GroupHeader | null {
  if (offset + GROUP_HEADER_BYTES > bytes.length || bytes.readUInt32LE(offset) !== GROUP_MAGIC) return null;
  const payloadBytes = bytes.readUInt32LE(offset + 4);
  if (payloadBytes > GROUP_BYTES_MAX) return null;
  return {
    payloadBytes,
    firstLsn: bytes.readDoubleLE(offset + 12),
    durableLsn: bytes.readDoubleLE(offset + 20),
    count: bytes.readUInt32LE(offset + 28),
  };
}

/** True when the whole group at `offset` is here and its checksum is right. */
export function isWholeGroup(bytes: Buffer, offset: number, header: GroupHeader): boolean {
  const end = offset + GROUP_HEADER_BYTES + header.payloadBytes;
  if (end > bytes.length) return false;
  return groupChecksum(bytes.subarray(offset, end)) === bytes.readUInt32LE(offset + 8);
}

/** The records of a whole group. */
export function* groupRecords(bytes: Buffer, offset: number, header: GroupHeader): Generator<Buffer> {
  let at = offset + GROUP_HEADER_BYTES;
  for (let index = 0; index < header.count; index++) {
    const length = bytes.readUInt32LE(at);
    yield bytes.subarray(at + 4, at + 4 + length);
    at += 4 + length;
  }
}

function groupChecksum(group: Buffer): number {
  return crc32(group.subarray(12), crc32(group.subarray(0, 8)));
}

const NAME = /^([0-9]{16})\.log$/u;

/** Segment files sort by name as by position. */
export function segmentFileName(firstLsn: number): string {
  return `${String(firstLsn).padStart(16, "0")}.log`;
}

export function firstLsnOfFile(name: string): number | null {
  const match = NAME.exec(name);
  return match === null ? null : Number(match[1]);
}
