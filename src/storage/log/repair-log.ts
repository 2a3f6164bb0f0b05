import { closeSync, fsyncSync, linkSync, openSync, readFileSync, renameSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { randomHex } from "../../base/random.ts";
import { syncDirectorySync } from "../sync-directory.ts";
import {
  decodeGroupHeader,
  decodeSegmentHeader,
  encodeSegmentHeader,
  firstLsnOfFile,
  GROUP_HEADER_BYTES,
  groupRecords,
  groupsOffset,
  isWholeGroup,
  sealGroup,
  segmentFileName,
  type SegmentHeader,
} from "./format.ts";
import { segmentFiles } from "./open-log.ts";
import { nextGroupOffset, scanGroups } from "./recover-segment.ts";

/** What was done to one file. */
export interface RepairedSegment {
  readonly path: string;
  /** Where the file is kept as it was found. */
  readonly setAside: string;
  /** Last position that is still readable before the damage. */
  readonly keptUpTo: number;
}

/** What the rows contain: the position of their checkpoint, and its vector as the mark of a segment that begins behind it. */
export interface RowsPosition {
  readonly lsn: number;
  readonly mark: Uint8Array;
}

interface SalvagedGroup {
  readonly firstLsn: number;
  readonly lastLsn: number;
  readonly bytes: Buffer;
}

/**
 * The way out of a damaged log. Nothing is deleted: a file that is not whole keeps its bytes under another name.
 *
 * The log is cut at the first damage; what was behind it comes back from peers, which have all that was acknowledged by them.
 * But when the rows contain the damaged positions, nothing needs to be lost: then a new log begins right behind the rows,
 * with every record that follows them without a gap, from whichever side of the damage. (Peers that lacked the older records
 * get them from others, or a snapshot.) Without that, a log that ends before its rows do could not be opened.
 */
export function repairLog(directory: string, rows: RowsPosition | null = null): readonly RepairedSegment[] {
  const names = segmentFiles(directory);
  const firstBroken = names.findIndex((name, index) => !isWhole(directory, names, index, name));
  if (firstBroken < 0) return [];
  const brokenName = names[firstBroken]!;
  const broken = readFileSync(join(directory, brokenName));
  const header = readableHeader(broken, brokenName);
  const kept = header === null ? null : scanGroups(broken, header);
  const keptUpTo = kept?.lastLsn ?? firstLsnOfFile(brokenName)! - 1;
  if (rows !== null && keptUpTo < rows.lsn) {
    const salvaged = names.flatMap((name) => salvage(readFileSync(join(directory, name)), name, rows.lsn));
    return replace(directory, names, keptUpTo, beginBehind(rows, salvaged));
  }
  const prefix = kept === null ? null : { name: brokenName, chunks: [broken.subarray(0, kept.endOffset)] };
  return replace(directory, names.slice(firstBroken), keptUpTo, prefix);
}

interface NewFile {
  readonly name: string;
  readonly chunks: readonly Buffer[];
}

/** Every file has its second name, and the new one is on the disk, before anything loses its first. */
function replace(
  directory: string,
  names: readonly string[],
  keptUpTo: number,
  successor: NewFile | null,
): readonly RepairedSegment[] {
  const repaired = names.map((name) => {
    const path = join(directory, name);
    const setAside = `${path}.${randomHex(4)}.damaged`;
    linkSync(path, setAside);
    return { path, setAside, keptUpTo };
  });
  const unnamed = successor === null ? null : join(directory, `${successor.name}.new`);
  if (unnamed !== null) writeWhole(unnamed, successor!.chunks);
  syncDirectorySync(directory);
  for (const { path } of repaired) unlinkSync(path);
  if (unnamed !== null) renameSync(unnamed, join(directory, successor!.name));
  syncDirectorySync(directory);
  return repaired;
}

/** Whole: readable up to where the next begins, or up to a torn tail when it is the last, and connected to the one before. */
function isWhole(directory: string, names: readonly string[], index: number, name: string): boolean {
  const bytes = readFileSync(join(directory, name));
  const header = readableHeader(bytes, name);
  if (header === null) return false;
  if (index > 0 && header.previousFirstLsn !== firstLsnOfFile(names[index - 1]!)) return false;
  const { lastLsn, endOffset } = scanGroups(bytes, header);
  const next = names[index + 1];
  if (next !== undefined) return lastLsn === firstLsnOfFile(next)! - 1;
  for (let at = nextGroupOffset(bytes, header, endOffset); at !== null; at = nextGroupOffset(bytes, header, at + 1)) {
    if (decodeGroupHeader(bytes, at, header.salt, at)!.syncedLsn > lastLsn) return false;
  }
  return true;
}

function readableHeader(bytes: Buffer, name: string): SegmentHeader | null {
  const header = decodeSegmentHeader(bytes);
  return header !== null && header.firstLsn === firstLsnOfFile(name) ? header : null;
}

/** Every whole group of a file that holds something behind `lsn`, whatever is damaged between them. */
function salvage(bytes: Buffer, name: string, lsn: number): SalvagedGroup[] {
  const header = readableHeader(bytes, name);
  if (header === null) return [];
  const out: SalvagedGroup[] = [];
  let at = nextGroupOffset(bytes, header, groupsOffset(header));
  while (at !== null) {
    const group = decodeGroupHeader(bytes, at, header.salt, at)!;
    const whole = isWholeGroup(bytes, at, group, header.salt, at);
    const lastLsn = group.firstLsn + group.count - 1;
    const length = GROUP_HEADER_BYTES + group.payloadBytes;
    if (whole && group.count > 0 && lastLsn > lsn) {
      out.push({ firstLsn: group.firstLsn, lastLsn, bytes: Buffer.from(bytes.subarray(at, at + length)) });
    }
    at = nextGroupOffset(bytes, header, at + (whole ? length : 1));
  }
  return out;
}

/** A new segment that begins behind the rows, with the salvaged records that follow without a gap. */
function beginBehind(rows: RowsPosition, salvaged: readonly SalvagedGroup[]): NewFile {
  const firstLsn = rows.lsn + 1;
  const salt = Number.parseInt(randomHex(4), 16);
  const header = { firstLsn, previousFirstLsn: 0, salt, mark: rows.mark };
  const chunks = [encodeSegmentHeader(header)];
  let offset = groupsOffset(header);
  let nextLsn = firstLsn;
  for (const group of salvaged) {
    if (group.firstLsn > nextLsn || group.lastLsn < nextLsn) continue;
    const bytes = from(group, nextLsn);
    sealGroup(
      bytes,
      { salt, offset },
      { count: group.lastLsn - nextLsn + 1, firstLsn: nextLsn, syncedLsn: nextLsn - 1 },
    );
    chunks.push(bytes);
    offset += bytes.length;
    nextLsn = group.lastLsn + 1;
  }
  return { name: segmentFileName(firstLsn), chunks };
}

/** The group without its records before `lsn`. */
function from(group: SalvagedGroup, lsn: number): Buffer {
  if (group.firstLsn === lsn) return group.bytes;
  const header = { count: group.lastLsn - group.firstLsn + 1 } as Parameters<typeof groupRecords>[2];
  let skipped = 0;
  let recordLsn = group.firstLsn;
  for (const record of groupRecords(group.bytes, 0, header)) {
    if (recordLsn++ >= lsn) break;
    skipped += 4 + record.length;
  }
  return Buffer.concat([
    group.bytes.subarray(0, GROUP_HEADER_BYTES),
    group.bytes.subarray(GROUP_HEADER_BYTES + skipped),
  ]);
}

function writeWhole(path: string, chunks: readonly Buffer[]): void {
  const fd = openSync(path, "w", 0o600);
  try {
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length;) at += writeSync(fd, chunk, at);
    }
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
