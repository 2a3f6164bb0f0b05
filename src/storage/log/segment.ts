import { open, type FileHandle } from "node:fs/promises";
import type { LogRecord, LogSegmentInfo } from "../log-port.ts";
import { LogDamagedError } from "../log-port.ts";
import {
  decodeGroupHeader,
  GROUP_HEADER_BYTES,
  groupRecords,
  groupsOffset,
  isWholeGroup,
  type SegmentHeader,
} from "./format.ts";

/** Distance of remembered positions, and size of a read. */
const CHUNK_BYTES = 256 * 1024;

/** What damage means and what to do about it, in one line. */
export function damaged(path: string, offset: number, lsn: number, evidence: string): LogDamagedError {
  return new LogDamagedError(
    `${path} is damaged at byte ${offset}, position ${lsn}: ${evidence}; "antipode admin repair" sets the damaged part aside and lets peers refill it`,
  );
}

/**
 * One segment and how to read it. Writing is another's business, who tells what was written by `note`.
 *
 * An older segment's groups are found by walking; positions passed on the way are remembered, so that a reader who goes on where
 * it stopped walks only once.
 */
export class Segment {
  readonly path: string;
  readonly header: SegmentHeader;
  /** LSN of the last record appended, be it written or not. */
  lastLsn: number;
  /** Where groups end: nothing behind it is read. */
  endOffset: number;
  /** Bytes of the file, with what is allocated ahead. */
  fileBytes: number;
  /** Some groups' positions, ascending. */
  readonly #index: { readonly lsn: number; readonly offset: number }[];

  constructor(path: string, header: SegmentHeader, lastLsn: number, endOffset: number, fileBytes: number) {
    this.path = path;
    this.header = header;
    this.lastLsn = lastLsn;
    this.endOffset = endOffset;
    this.fileBytes = fileBytes;
    this.#index = [{ lsn: header.firstLsn, offset: groupsOffset(header) }];
  }

  get firstLsn(): number {
    return this.header.firstLsn;
  }

  info(): LogSegmentInfo {
    const { firstLsn, mark } = this.header;
    return { firstLsn, lastLsn: this.lastLsn, bytes: this.endOffset, mark };
  }

  /** A group is on disk at `offset`. */
  note(firstLsn: number, offset: number, bytes: number): void {
    this.#remember(firstLsn, offset);
    this.endOffset = offset + bytes;
    this.fileBytes = Math.max(this.fileBytes, this.endOffset);
  }

  #remember(lsn: number, offset: number): void {
    const last = this.#index.at(-1)!;
    if (offset - last.offset >= CHUNK_BYTES) this.#index.push({ lsn, offset });
  }

  /**
   * Records from `fromLsn` to `upToLsn`, both in this segment, about `maxBytes` of them and at least one; every group they are in
   * is checked. Rejects with LogDamagedError, or ENOENT when the segment was dropped meanwhile.
   */
  async read(fromLsn: number, upToLsn: number, maxBytes: number): Promise<readonly LogRecord[]> {
    const file = await open(this.path, "r");
    try {
      return await this.#walk(file, fromLsn, upToLsn, maxBytes);
    } finally {
      await file.close();
    }
  }

  async #walk(file: FileHandle, fromLsn: number, upToLsn: number, maxBytes: number): Promise<readonly LogRecord[]> {
    const { salt } = this.header;
    const out: LogRecord[] = [];
    let bytes = 0;
    let { lsn, offset } = this.#index.findLast((entry) => entry.lsn <= fromLsn)!;
    let want = CHUNK_BYTES;
    while (lsn <= upToLsn && (bytes < maxBytes || out.length === 0)) {
      const chunk = await readAt(file, offset, Math.min(want, this.endOffset - offset));
      const group = decodeGroupHeader(chunk, 0, salt, offset);
      if (group === null || group.firstLsn !== lsn)
        throw damaged(this.path, offset, lsn, "what was durable is not readable");
      want = GROUP_HEADER_BYTES + group.payloadBytes;
      if (want > chunk.length) {
        if (offset + want <= this.endOffset) continue;
        throw damaged(this.path, offset, lsn, "the file ends within what was durable");
      }
      let at = 0;
      for (
        let next: typeof group | null = group;
        next !== null;
        next = decodeGroupHeader(chunk, at, salt, offset + at)
      ) {
        const length = GROUP_HEADER_BYTES + next.payloadBytes;
        const enough = lsn > upToLsn || (bytes >= maxBytes && out.length > 0);
        if (enough || next.firstLsn !== lsn || at + length > chunk.length) break;
        this.#remember(lsn, offset + at);
        if (lsn + next.count > fromLsn) {
          if (!isWholeGroup(chunk, at, next, salt, offset + at)) {
            throw damaged(this.path, offset + at, lsn, "what was durable does not check");
          }
          let recordLsn = lsn;
          for (const record of groupRecords(chunk, at, next)) {
            const wanted = recordLsn >= fromLsn && recordLsn <= upToLsn && (bytes < maxBytes || out.length === 0);
            if (wanted) {
              out.push({ lsn: recordLsn, bytes: record });
              bytes += record.length;
            }
            recordLsn++;
          }
        }
        lsn += next.count;
        at += length;
      }
      offset += at;
      want = CHUNK_BYTES;
    }
    return out;
  }
}

/** Up to `length` bytes at `offset`; fewer only at the end of the file. */
async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const out = Buffer.allocUnsafeSlow(Math.max(0, length));
  let filled = 0;
  while (filled < out.length) {
    const { bytesRead } = await file.read(out, filled, out.length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return out.subarray(0, filled);
}
