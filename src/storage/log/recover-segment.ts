import { closeSync, fdatasyncSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import type { Logger } from "../../base/logger.ts";
import {
  decodeGroupHeader,
  GROUP_HEADER_BYTES,
  GROUP_MAGIC,
  groupsOffset,
  isWholeGroup,
  type SegmentHeader,
} from "./format.ts";
import { damaged, Segment } from "./segment.ts";

export interface ScannedGroup {
  readonly offset: number;
  readonly bytes: number;
  readonly firstLsn: number;
  readonly count: number;
}

export interface ScannedSegment {
  readonly groups: readonly ScannedGroup[];
  /** Where the next group goes. */
  readonly endOffset: number;
  readonly lastLsn: number;
  /** The highest LSN of which a group says that it had been on the disk. */
  readonly syncedLsn: number;
}

/** The whole groups from the beginning on, up to the first that is missing, out of order or does not check. */
export function scanGroups(bytes: Buffer, header: SegmentHeader): ScannedSegment {
  const groups: ScannedGroup[] = [];
  let offset = groupsOffset(header);
  let nextLsn = header.firstLsn;
  let syncedLsn = header.firstLsn - 1;
  for (;;) {
    const group = decodeGroupHeader(bytes, offset, header.salt, offset);
    if (group === null || group.firstLsn !== nextLsn || !isWholeGroup(bytes, offset, group, header.salt, offset)) break;
    const length = GROUP_HEADER_BYTES + group.payloadBytes;
    groups.push({ offset, bytes: length, firstLsn: nextLsn, count: group.count });
    offset += length;
    nextLsn += group.count;
    syncedLsn = Math.max(syncedLsn, group.syncedLsn);
  }
  return { groups, endOffset: offset, lastLsn: nextLsn - 1, syncedLsn };
}

/** Offset of the next group header that checks, from `offset` on; null when there is none. */
export function nextGroupOffset(bytes: Buffer, header: SegmentHeader, offset: number): number | null {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(GROUP_MAGIC, 0);
  for (let at = bytes.indexOf(magic, offset); at >= 0; at = bytes.indexOf(magic, at + 1)) {
    if (decodeGroupHeader(bytes, at, header.salt, at) !== null) return at;
  }
  return null;
}

/** A group after the readable ones that knew the next position to be on the disk: then that position is lost, not unwritten. */
function witnessOffset(bytes: Buffer, header: SegmentHeader, scanned: ScannedSegment): number | null {
  const { salt } = header;
  for (
    let at = nextGroupOffset(bytes, header, scanned.endOffset);
    at !== null;
    at = nextGroupOffset(bytes, header, at + 1)
  ) {
    if (decodeGroupHeader(bytes, at, salt, at)!.syncedLsn > scanned.lastLsn) return at;
  }
  return null;
}

/**
 * Reads the last segment through. A torn tail is cut at the last whole group; damage throws LogDamagedError.
 *
 * What remains may have been readable only because the operating system still had it: after a killed process some was never
 * synced, and after a failed sync it may be in memory and not on the disk though a later sync says that all is well. So
 * whatever no group proves to have been on the disk is written once more, to the same place, and synced.
 */
export function recoverSegment(path: string, header: SegmentHeader, logger: Logger): Segment {
  const bytes = readFileSync(path);
  const scanned = scanGroups(bytes, header);
  const { endOffset } = scanned;
  const witness = witnessOffset(bytes, header, scanned);
  if (witness !== null) {
    throw damaged(
      path,
      endOffset,
      scanned.lastLsn + 1,
      `it was durable, as the group at byte ${witness} says, and is not readable`,
    );
  }
  const torn = tornBytes(bytes, endOffset);
  const fd = openSync(path, "r+");
  try {
    if (torn > 0) {
      logger.warn("a torn tail is cut: nothing of it was acknowledged", { path, atByte: endOffset, bytes: torn });
      ftruncateSync(fd, endOffset);
    }
    const unproven = scanned.groups.find((group) => group.firstLsn + group.count - 1 > scanned.syncedLsn);
    for (let at = unproven?.offset ?? endOffset; at < endOffset;) at += writeSync(fd, bytes, at, endOffset - at, at);
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
  const fileBytes = torn > 0 ? endOffset : bytes.length;
  const segment = new Segment(path, header, scanned.lastLsn, groupsOffset(header), fileBytes);
  for (const group of scanned.groups) segment.note(group.firstLsn, group.offset, group.bytes);
  return segment;
}

/** Bytes up to the last that is not zero: zeros behind them are only allocated. */
function tornBytes(bytes: Buffer, offset: number): number {
  let end = bytes.length;
  while (end > offset && bytes[end - 1] === 0) end--;
  return end - offset;
}
