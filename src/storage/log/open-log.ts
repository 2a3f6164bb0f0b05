import { closeSync, ftruncateSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "../../base/logger.ts";
import { LogDamagedError } from "../log-port.ts";
import { DiskLog, syncDirectory, type DiskLogOptions } from "./disk-log.ts";
import { decodeSegmentHeader, firstLsnOfFile, type SegmentHeader } from "./format.ts";
import { scanSegment } from "./scan-segment.ts";
import { SegmentFile } from "./segment-file.ts";

/** Bytes read to find a segment's header: marks are version vectors. */
const HEADER_READ_BYTES = 1024 * 1024;

/**
 * Opens the log of a directory. Only the last segment is read through: older ones were closed by it, and are checked when they
 * are read. A torn tail is cut; damage stops the start with LogDamagedError.
 */
export function openLog(options: DiskLogOptions, logger: Logger): DiskLog {
  mkdirSync(options.directory, { recursive: true });
  const names = readdirSync(options.directory)
    .filter((name) => firstLsnOfFile(name) !== null)
    .toSorted();
  const segments: SegmentFile[] = [];
  for (const [index, name] of names.entries()) {
    const path = join(options.directory, name);
    const next = names[index + 1];
    if (next === undefined) {
      const last = openLast(path, logger);
      if (last !== null) segments.push(last);
      continue;
    }
    const header = readHeader(path);
    if (header === null || header.firstLsn !== firstLsnOfFile(name)) {
      throw new LogDamagedError(`${path}: the header is not readable; "antipode admin repair" sets the segment aside`);
    }
    const lastLsn = firstLsnOfFile(next)! - 1;
    segments.push(new SegmentFile(path, header.firstLsn, header.mark, lastLsn, header.bytes, false));
  }
  return new DiskLog(options, segments);
}

/** Null when the file was created and nothing of it became durable: then it is removed from the row by name. */
function openLast(path: string, logger: Logger): SegmentFile | null {
  const bytes = readFileSync(path);
  const scanned = scanSegment(bytes, path);
  if (scanned === null) {
    if (bytes.some((byte) => byte !== 0) && bytes.length > HEADER_READ_BYTES * 2) {
      throw new LogDamagedError(`${path}: the header is not readable; "antipode admin repair" sets the segment aside`);
    }
    logger.warn("a segment whose creation was interrupted is set aside", { path });
    renameSync(path, `${path}.torn`);
    return null;
  }
  if (scanned.tornBytes > 0) {
    logger.warn("a torn tail is cut: nothing of it was acknowledged", { path, atByte: scanned.endOffset, bytes: scanned.tornBytes });
    eraseTail(path, scanned.endOffset, bytes.length);
  }
  const segment = new SegmentFile(path, scanned.header.firstLsn, scanned.header.mark, scanned.header.firstLsn - 1, scanned.header.bytes, true);
  for (const group of scanned.groups) segment.note(group.firstLsn, group.count, group.bytes);
  return segment;
}

/** Zeros again, so that no group written later stands before remains of an older one. */
function eraseTail(path: string, from: number, to: number): void {
  const fd = openSync(path, "r+");
  try {
    const zeros = Buffer.alloc(Math.min(1024 * 1024, to - from));
    for (let at = from; at < to; at += zeros.length) writeSync(fd, zeros, 0, Math.min(zeros.length, to - at), at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function readHeader(path: string): SegmentHeader | null {
  const fd = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(HEADER_READ_BYTES);
    const read = readSync(fd, bytes, 0, bytes.length, 0);
    return decodeSegmentHeader(bytes.subarray(0, read));
  } finally {
    closeSync(fd);
  }
}

export interface RepairedSegment {
  readonly path: string;
  /** Where what was cut off, or the whole segment, is kept. */
  readonly setAside: string;
  /** Last position that is still readable before the damage. */
  readonly keptUpTo: number;
}

/**
 * Cuts the log at the first damage. Nothing is deleted: the damaged segment is copied aside before it is cut, later ones are
 * renamed. What is missing afterwards comes from peers, which have all that was acknowledged to them.
 */
export function repairLog(directory: string): readonly RepairedSegment[] {
  const repaired: RepairedSegment[] = [];
  const names = readdirSync(directory)
    .filter((name) => firstLsnOfFile(name) !== null)
    .toSorted();
  let expected: number | null = null;
  let broken = false;
  for (const name of names) {
    const path = join(directory, name);
    const setAside = `${path}.damaged`;
    if (broken || (expected !== null && firstLsnOfFile(name) !== expected)) {
      broken = true;
      renameSync(path, setAside);
      repaired.push({ path, setAside, keptUpTo: (expected ?? firstLsnOfFile(name)!) - 1 });
      continue;
    }
    const bytes = readFileSync(path);
    const readable = longestReadable(bytes, path);
    if (readable.whole) {
      expected = readable.lastLsn + 1;
      continue;
    }
    broken = true;
    renameSync(path, setAside);
    if (readable.endOffset > 0) {
      const fd = openSync(path, "wx", 0o600);
      writeSync(fd, bytes, 0, readable.endOffset, 0);
      ftruncateSync(fd, readable.endOffset);
      fsyncSync(fd);
      closeSync(fd);
    }
    expected = readable.lastLsn + 1;
    repaired.push({ path, setAside, keptUpTo: readable.lastLsn });
  }
  syncDirectory(directory);
  return repaired;
}

interface Readable {
  readonly whole: boolean;
  readonly endOffset: number;
  readonly lastLsn: number;
}

function longestReadable(bytes: Buffer, name: string): Readable {
  try {
    const scanned = scanSegment(bytes, name);
    if (scanned === null) return { whole: false, endOffset: 0, lastLsn: firstLsnOfFile(name.split("/").at(-1)!)! - 1 };
    return { whole: true, endOffset: scanned.endOffset, lastLsn: scanned.lastLsn };
  } catch (error) {
    if (!(error instanceof LogDamagedError)) throw error;
    // Without what lies behind the damage there is no witness against the rest: the prefix reads well.
    const at = Number(/at byte ([0-9]+)/u.exec(error.message)![1]);
    const scanned = scanSegment(bytes.subarray(0, at), name)!;
    return { whole: false, endOffset: scanned.endOffset, lastLsn: scanned.lastLsn };
  }
}
