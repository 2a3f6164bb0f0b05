import { crc32 } from "node:zlib";

/**
 * Segment files of the batch log.
 *
 *     segment  = header · group · group · … · zeros
 *     header   = magic u32 · version u32 · first LSN f64 · first LSN of the segment before f64 (0: none) · salt u32 ·
 *                mark length u32 · crc32 u32 (of all the rest of the header) · mark
 *     group    = magic u32 · payload length u32 · record count u32 · first LSN f64 · synced LSN f64 ·
 *                crc32 u32 (of the payload) · crc32 u32 (of the header before it) · payload
 *     payload  = n × (length u32 · record)
 *
 * A group is what one write and one sync put on disk; the next is written only when this one is done. Everything in it is
 * acknowledged together or not at all. It states up to which LSN everything was on the disk *before* it was written. That tells
 * a torn tail from damage: bytes that do not check are a torn tail, never acknowledged, unless a later group says that they had
 * been durable. In modes `everysec` and `no` that LSN lags, and so a hole that a power cut left is a torn tail too.
 *
 * Both checksums of a group begin from the segment's salt and the group's own offset. A whole group copied anywhere else does not
 * check: neither remains of another file nor bytes that a client stored can pass for one.
 *
 * Numbers are little-endian. A group without records is a *seal*: written at an orderly stop, it only states what is durable.
 */
export const SEGMENT_HEADER_BYTES = 36;
export const GROUP_HEADER_BYTES = 36;
const SEGMENT_MAGIC = 0x474c5041;
const SEGMENT_VERSION = 1;
export const GROUP_MAGIC = 0x31505247;
/** Marks are version vectors; a longer one is a lie. */
export const MARK_BYTES_MAX = 1024 * 1024;

export interface SegmentHeader {
  readonly firstLsn: number;
  /** First LSN of the segment before this one, 0 when there was none: a missing file in the row is noticed. */
  readonly previousFirstLsn: number;
  readonly salt: number;
  readonly mark: Uint8Array;
}

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const out = Buffer.alloc(SEGMENT_HEADER_BYTES + header.mark.length);
  out.writeUInt32LE(SEGMENT_MAGIC, 0);
  out.writeUInt32LE(SEGMENT_VERSION, 4);
  out.writeDoubleLE(header.firstLsn, 8);
  out.writeDoubleLE(header.previousFirstLsn, 16);
  out.writeUInt32LE(header.salt, 24);
  out.writeUInt32LE(header.mark.length, 28);
  out.set(header.mark, SEGMENT_HEADER_BYTES);
  out.writeUInt32LE(headerChecksum(out), 32);
  return out;
}

/** Null when these bytes do not begin with a whole and right header. */
export function decodeSegmentHeader(bytes: Buffer): SegmentHeader | null {
  if (bytes.length < SEGMENT_HEADER_BYTES) return null;
  if (bytes.readUInt32LE(0) !== SEGMENT_MAGIC || bytes.readUInt32LE(4) !== SEGMENT_VERSION) return null;
  const end = SEGMENT_HEADER_BYTES + bytes.readUInt32LE(28);
  if (end > SEGMENT_HEADER_BYTES + MARK_BYTES_MAX || bytes.length < end) return null;
  const header = bytes.subarray(0, end);
  if (headerChecksum(header) !== header.readUInt32LE(32)) return null;
  return {
    firstLsn: header.readDoubleLE(8),
    previousFirstLsn: header.readDoubleLE(16),
    salt: header.readUInt32LE(24),
    mark: Buffer.from(header.subarray(SEGMENT_HEADER_BYTES)),
  };
}

/** Where the first group begins. */
export function groupsOffset(header: SegmentHeader): number {
  return SEGMENT_HEADER_BYTES + header.mark.length;
}

function headerChecksum(header: Buffer): number {
  return crc32(header.subarray(SEGMENT_HEADER_BYTES), crc32(header.subarray(0, 32)));
}

export interface GroupHeader {
  readonly payloadBytes: number;
  readonly count: number;
  readonly firstLsn: number;
  /** Everything up to here was on the disk before this group was written. */
  readonly syncedLsn: number;
  readonly payloadChecksum: number;
}

/** Writes the header into the first bytes of `group`, whose payload is in place, for the file offset it will be written to. */
export function sealGroup(
  group: Buffer,
  place: { readonly salt: number; readonly offset: number },
  fields: { readonly count: number; readonly firstLsn: number; readonly syncedLsn: number },
): void {
  const seed = checksumSeed(place.salt, place.offset);
  group.writeUInt32LE(GROUP_MAGIC, 0);
  group.writeUInt32LE(group.length - GROUP_HEADER_BYTES, 4);
  group.writeUInt32LE(fields.count, 8);
  group.writeDoubleLE(fields.firstLsn, 12);
  group.writeDoubleLE(fields.syncedLsn, 20);
  group.writeUInt32LE(crc32(group.subarray(GROUP_HEADER_BYTES), seed), 28);
  group.writeUInt32LE(crc32(group.subarray(0, 32), seed), 32);
}

/** The header at `at` of `bytes`, which is at `offset` of its file; null when there is no right one. The payload is not looked at. */
export function decodeGroupHeader(bytes: Buffer, at: number, salt: number, offset: number): GroupHeader | null {
  if (at + GROUP_HEADER_BYTES > bytes.length || bytes.readUInt32LE(at) !== GROUP_MAGIC) return null;
  if (crc32(bytes.subarray(at, at + 32), checksumSeed(salt, offset)) !== bytes.readUInt32LE(at + 32)) return null;
  return {
    payloadBytes: bytes.readUInt32LE(at + 4),
    count: bytes.readUInt32LE(at + 8),
    firstLsn: bytes.readDoubleLE(at + 12),
    syncedLsn: bytes.readDoubleLE(at + 20),
    payloadChecksum: bytes.readUInt32LE(at + 28),
  };
}

/** True when the payload of the group at `at` is all here and right. */
export function isWholeGroup(bytes: Buffer, at: number, header: GroupHeader, salt: number, offset: number): boolean {
  const start = at + GROUP_HEADER_BYTES;
  if (start + header.payloadBytes > bytes.length) return false;
  return (
    crc32(bytes.subarray(start, start + header.payloadBytes), checksumSeed(salt, offset)) === header.payloadChecksum
  );
}

/** The records of a whole group, as views. */
export function* groupRecords(bytes: Buffer, at: number, header: GroupHeader): Generator<Buffer> {
  let position = at + GROUP_HEADER_BYTES;
  for (let index = 0; index < header.count; index++) {
    const length = bytes.readUInt32LE(position);
    yield bytes.subarray(position + 4, position + 4 + length);
    position += 4 + length;
  }
}

function checksumSeed(salt: number, offset: number): number {
  return (salt ^ offset) >>> 0;
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
