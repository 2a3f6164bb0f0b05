import { closeSync, constants, fdatasync, fsyncSync, openSync, renameSync, write, writeSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import type { LogRecord, LogSegmentInfo } from "../log-port.ts";
import { LogDamagedError } from "../log-port.ts";
import { decodeGroupHeader, encodeSegmentHeader, GROUP_HEADER_BYTES, groupRecords, isWholeGroup } from "./format.ts";
import { scanSegment } from "./scan-segment.ts";

/** One index entry per so many bytes of groups: what a reader may read in vain. */
const INDEX_EVERY_BYTES = 256 * 1024;

/** A segment that is being written, or is only read any more. */
export class SegmentFile {
  readonly path: string;
  readonly firstLsn: number;
  readonly mark: Buffer;
  lastLsn: number;
  /** Where the next group goes. */
  endOffset: number;
  #fd: number | null = null;
  /** (first LSN, offset) of some groups, ascending. */
  readonly #index: { readonly lsn: number; readonly offset: number }[] = [];
  /** False for an older segment that nobody has read yet: its groups are not indexed. */
  #indexed: boolean;

  constructor(path: string, firstLsn: number, mark: Buffer, lastLsn: number, endOffset: number, indexed: boolean) {
    this.path = path;
    this.firstLsn = firstLsn;
    this.mark = mark;
    this.lastLsn = lastLsn;
    this.endOffset = endOffset;
    this.#indexed = indexed;
  }

  info(): LogSegmentInfo {
    return { firstLsn: this.firstLsn, lastLsn: this.lastLsn, bytes: this.endOffset, mark: this.mark };
  }

  /**
   * Creates the file, or takes a spare one whose blocks are allocated already, and makes its header durable. The caller syncs
   * the directory.
   */
  static create(path: string, firstLsn: number, mark: Uint8Array, spare: string | null): SegmentFile {
    const header = encodeSegmentHeader(firstLsn, mark);
    const fd = openSync(spare ?? path, spare === null ? constants.O_CREAT | constants.O_EXCL | constants.O_RDWR : constants.O_RDWR, 0o600);
    writeSync(fd, header, 0, header.length, 0);
    fsyncSync(fd);
    if (spare !== null) renameSync(spare, path);
    const segment = new SegmentFile(path, firstLsn, Buffer.from(mark), firstLsn - 1, header.length, true);
    segment.#fd = fd;
    return segment;
  }

  openForWriting(): void {
    this.#fd ??= openSync(this.path, constants.O_RDWR);
  }

  /** Notes a group found or written at the end. */
  note(firstLsn: number, count: number, bytes: number): void {
    const last = this.#index.at(-1);
    if (last === undefined || this.endOffset - last.offset >= INDEX_EVERY_BYTES) {
      this.#index.push({ lsn: firstLsn, offset: this.endOffset });
    }
    this.endOffset += bytes;
    this.lastLsn = firstLsn + count - 1;
  }

  /** Writes bytes at the end, then syncs them if asked. The caller notes the group when this has succeeded. */
  write(bytes: Buffer, sync: boolean, done: (error: Error | null) => void): void {
    const fd = this.#fd!;
    const writeFrom = (offset: number): void => {
      write(fd, bytes, offset, bytes.length - offset, this.endOffset + offset, (error, written) => {
        if (error !== null) done(error);
        else if (offset + written < bytes.length) writeFrom(offset + written);
        else if (sync) fdatasync(fd, done);
        else done(null);
      });
    };
    writeFrom(0);
  }

  sync(done: (error: Error | null) => void): void {
    if (this.#fd === null) done(null);
    else fdatasync(this.#fd, done);
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  /** Records from `fromLsn` to `upToLsn`, about `maxBytes` of them, every group checked. */
  async read(fromLsn: number, upToLsn: number, maxBytes: number): Promise<readonly LogRecord[]> {
    if (!this.#indexed) await this.#buildIndex();
    let start = 0;
    for (const entry of this.#index) {
      if (entry.lsn > fromLsn) break;
      start = entry.offset;
    }
    const file = await open(this.path, "r");
    try {
      const out: LogRecord[] = [];
      let bytes = 0;
      let offset = start;
      let want = INDEX_EVERY_BYTES + GROUP_HEADER_BYTES;
      while (bytes < maxBytes || out.length === 0) {
        const left = this.endOffset - offset;
        if (left <= 0) break;
        const chunk = Buffer.allocUnsafe(Math.min(want, left));
        await file.read(chunk, 0, chunk.length, offset);
        let at = 0;
        for (;;) {
          const group = decodeGroupHeader(chunk, at);
          const length = group === null ? GROUP_HEADER_BYTES : GROUP_HEADER_BYTES + group.payloadBytes;
          if (at + length > chunk.length) {
            want = Math.max(INDEX_EVERY_BYTES, length);
            break;
          }
          if (group === null || !isWholeGroup(chunk, at, group)) {
            throw new LogDamagedError(`${this.path} is damaged at byte ${offset + at}; "antipode admin repair" sets it aside`);
          }
          let lsn = group.firstLsn;
          for (const record of groupRecords(chunk, at, group)) {
            if (lsn >= fromLsn && lsn <= upToLsn && (bytes < maxBytes || out.length === 0)) {
              out.push({ lsn, bytes: record });
              bytes += record.length;
            }
            lsn++;
          }
          at += length;
          if (lsn > upToLsn || at >= chunk.length) break;
        }
        offset += at;
        if (out.length > 0 && out.at(-1)!.lsn >= upToLsn) break;
        if (at === 0 && chunk.length === left) break;
      }
      return out;
    } finally {
      await file.close();
    }
  }

  async #buildIndex(): Promise<void> {
    const scanned = scanSegment(await readFile(this.path), this.path);
    if (scanned === null) throw new LogDamagedError(`${this.path}: the header is not readable`);
    this.endOffset = scanned.header.bytes;
    for (const group of scanned.groups) this.note(group.firstLsn, group.count, group.bytes);
    this.#indexed = true;
  }
}
