import { closeSync, mkdirSync, openSync, readdirSync, readSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Logger } from "../../base/logger.ts";
import { LogDamagedError } from "../log-port.ts";
import { syncDirectorySync } from "../sync-directory.ts";
import { DiskLog, type DiskLogOptions } from "./disk-log.ts";
import {
  decodeSegmentHeader,
  firstLsnOfFile,
  MARK_BYTES_MAX,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
} from "./format.ts";
import { recoverSegment } from "./recover-segment.ts";
import { Segment } from "./segment.ts";

/**
 * Opens the log of a directory, creating it where need be. Only the last segment is read through: of older ones, which were on
 * the disk before it was begun, only the headers, and their records are checked when they are read. So the time this takes does
 * not grow with the log. A torn tail is cut; damage stops the start with LogDamagedError.
 */
export function openLog(options: DiskLogOptions, logger: Logger): DiskLog {
  const { directory } = options;
  if (mkdirSync(directory, { recursive: true, mode: 0o700 }) !== undefined) syncDirectorySync(dirname(directory));
  removeUnnamed(directory);
  const names = segmentFiles(directory);
  const segments: Segment[] = [];
  let previousFirstLsn: number | null = null;
  for (const [index, name] of names.entries()) {
    const path = join(directory, name);
    const header = readSegmentHeader(path);
    if (header === null || header.firstLsn !== firstLsnOfFile(name)) {
      throw new LogDamagedError(`${path}: its header is not readable; "antipode admin repair" sets the segment aside`);
    }
    if (previousFirstLsn !== null && header.previousFirstLsn !== previousFirstLsn) {
      throw new LogDamagedError(
        `${path}: the segment before it, which begins at position ${header.previousFirstLsn}, is missing; "antipode admin repair" sets aside what does not connect`,
      );
    }
    previousFirstLsn = header.firstLsn;
    const next = names[index + 1];
    if (next === undefined) segments.push(recoverSegment(path, header, logger));
    else {
      const { size } = statSync(path);
      segments.push(new Segment(path, header, firstLsnOfFile(next)! - 1, size, size));
    }
  }
  return new DiskLog(options, segments);
}

/** Names of segment files, oldest first. */
export function segmentFiles(directory: string): readonly string[] {
  return readdirSync(directory)
    .filter((name) => firstLsnOfFile(name) !== null)
    .toSorted();
}

/** Null when it is not readable. */
export function readSegmentHeader(path: string): SegmentHeader | null {
  const fd = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES + MARK_BYTES_MAX);
    let filled = 0;
    for (let read = -1; read !== 0 && filled < bytes.length; filled += read) {
      read = readSync(fd, bytes, filled, bytes.length - filled, filled);
    }
    return decodeSegmentHeader(bytes.subarray(0, filled));
  } finally {
    closeSync(fd);
  }
}

/** Files whose creation a crash interrupted: they never had a name, so nothing was ever in them. */
function removeUnnamed(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (name.endsWith(".new")) rmSync(join(directory, name));
  }
}
