import { LogDamagedError } from "../log-port.ts";
import { decodeGroupHeader, decodeSegmentHeader, GROUP_MAGIC, isWholeGroup, type SegmentHeader } from "./format.ts";

export interface ScannedGroup {
  readonly offset: number;
  readonly bytes: number;
  readonly firstLsn: number;
  readonly count: number;
}

export interface ScannedSegment {
  readonly header: SegmentHeader;
  readonly groups: readonly ScannedGroup[];
  /** Where the next group goes. */
  readonly endOffset: number;
  readonly lastLsn: number;
  /** Bytes after `endOffset` that are not zeros: a torn tail. */
  readonly tornBytes: number;
}

/**
 * Walks a segment's bytes, checking everything. What does not check ends the walk: a torn tail if nothing after it says that it
 * had been durable, else damage (LogDamagedError). Null when not even the header is right.
 */
export function scanSegment(bytes: Buffer, name: string): ScannedSegment | null {
  const header = decodeSegmentHeader(bytes);
  if (header === null) return null;
  const groups: ScannedGroup[] = [];
  let offset = header.bytes;
  let nextLsn = header.firstLsn;
  for (;;) {
    const group = decodeGroupHeader(bytes, offset);
    if (group === null || group.firstLsn !== nextLsn || !isWholeGroup(bytes, offset, group)) break;
    const length = bytes.length >= offset ? 32 + group.payloadBytes : 0;
    groups.push({ offset, bytes: length, firstLsn: nextLsn, count: group.count });
    offset += length;
    nextLsn += group.count;
  }
  const witness = laterWitness(bytes, offset, nextLsn);
  if (witness !== null) {
    throw new LogDamagedError(
      `${name} is damaged at byte ${offset}: position ${nextLsn} was durable (a later group at byte ${witness} says so) and is not readable; ` +
        `"antipode admin repair" sets the damaged part aside and lets peers refill it`,
    );
  }
  return { header, groups, endOffset: offset, lastLsn: nextLsn - 1, tornBytes: countTorn(bytes, offset) };
}

/** Offset of a whole group after `offset` that knew position `lsn` to be durable; null when there is none. */
function laterWitness(bytes: Buffer, offset: number, lsn: number): number | null {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(GROUP_MAGIC, 0);
  for (let at = bytes.indexOf(magic, offset); at >= 0; at = bytes.indexOf(magic, at + 1)) {
    const group = decodeGroupHeader(bytes, at);
    if (group !== null && group.durableLsn >= lsn && isWholeGroup(bytes, at, group)) return at;
  }
  return null;
}

function countTorn(bytes: Buffer, offset: number): number {
  let end = bytes.length;
  while (end > offset && bytes[end - 1] === 0) end--;
  return end - offset;
}
