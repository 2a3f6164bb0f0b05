import { closeSync, fsyncSync, openSync } from "node:fs";
import { unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import {
  LogFailedError,
  LogTruncatedError,
  type DurabilityMode,
  type Log,
  type LogRecord,
  type LogSegmentInfo,
  type MarkSource,
} from "../log-port.ts";
import { encodeGroup, segmentFileName } from "./format.ts";
import { RecentRecords } from "./recent-records.ts";
import { SegmentFile } from "./segment-file.ts";
import { SpareSegment } from "./spare-segment.ts";

export interface DiskLogOptions {
  readonly directory: string;
  readonly mode: DurabilityMode;
  readonly segmentBytes: number;
  readonly recentBytesMax: number;
  readonly mark: MarkSource;
  readonly clock: Clock;
  /** Fault injection: called before each group is written; an error makes the write fail. */
  readonly beforeWrite?: (bytes: number) => Error | null;
}

/** Share of a segment that is written before its successor is prepared. */
const SPARE_FROM = 0.25;
/** Time between syncs in mode `everysec`. */
const SYNC_EVERY_MS = 1000;

/**
 * The log on disk. Appends of one event-loop turn, and of the time the last write took, become one group: one write, one sync.
 * A reply waits for its group; so the busier the region, the more share a sync.
 */
export class DiskLog implements Log {
  readonly #options: DiskLogOptions;
  readonly #segments: SegmentFile[];
  readonly #recent: RecentRecords;
  #lastLsn: number;
  #durableLsn: number;
  /** Appended and not handed to a write yet. */
  #gathering: Buffer[] = [];
  #writing = false;
  #scheduled = false;
  #failed: Error | null = null;
  #closed = false;
  #durableListener: (lsn: number) => void = () => {};
  #failureListener: (cause: Error) => void = () => {};
  #idle: (() => void) | null = null;
  #syncTimer: NodeJS.Timeout | null = null;
  readonly #spare: SpareSegment | null;
  /** Observes how long a group took, milliseconds. */
  onGroup: (milliseconds: number) => void = () => {};

  constructor(options: DiskLogOptions, segments: SegmentFile[]) {
    this.#options = options;
    this.#segments = segments;
    const last = segments.at(-1);
    this.#lastLsn = last?.lastLsn ?? 0;
    this.#durableLsn = this.#lastLsn;
    this.#recent = new RecentRecords(options.recentBytesMax, this.#lastLsn + 1);
    last?.openForWriting();
    this.#spare = options.mode === "always" ? new SpareSegment(options.directory, options.segmentBytes) : null;
    if (options.mode === "everysec") {
      this.#syncTimer = setInterval(() => this.#segments.at(-1)?.sync((error) => error !== null && this.#fail(error)), SYNC_EVERY_MS);
      this.#syncTimer.unref();
    }
  }

  get lastLsn(): number {
    return this.#lastLsn;
  }

  get durableLsn(): number {
    return this.#durableLsn;
  }

  get firstLsn(): number {
    return this.#segments[0]?.firstLsn ?? this.#lastLsn + 1;
  }

  get sizeBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.endOffset, 0);
  }

  append(record: Uint8Array): number {
    if (this.#failed !== null || this.#closed) {
      throw new LogFailedError(this.#failed === null ? "the log is closed" : `the log failed: ${this.#failed.message}`);
    }
    const copy = Buffer.allocUnsafeSlow(record.length);
    copy.set(record);
    this.#gathering.push(copy);
    this.#recent.push(copy);
    this.#lastLsn++;
    this.#schedule();
    return this.#lastLsn;
  }

  onDurable(listener: (durableLsn: number) => void): void {
    this.#durableListener = listener;
  }

  onFailure(listener: (cause: Error) => void): void {
    this.#failureListener = listener;
  }

  async read(fromLsn: number, maxBytes: number): Promise<readonly LogRecord[]> {
    if (fromLsn < this.firstLsn) {
      throw new LogTruncatedError(`position ${fromLsn} is gone: the log begins at ${this.firstLsn}`);
    }
    const upTo = this.#durableLsn;
    if (fromLsn > upTo) return [];
    const recent = this.#recent.read(fromLsn, upTo, maxBytes);
    if (recent !== null) return recent;
    const segment = this.#segments.findLast((one) => one.firstLsn <= fromLsn)!;
    return segment.read(fromLsn, Math.min(upTo, segment.lastLsn), maxBytes);
  }

  segments(): readonly LogSegmentInfo[] {
    return this.#segments.map((segment) => segment.info());
  }

  async truncate(upToLsn: number): Promise<void> {
    while (this.#segments.length > 1 && this.#segments[0]!.lastLsn <= upToLsn) {
      const gone = this.#segments.shift()!;
      gone.close();
      await unlink(gone.path);
    }
    syncDirectory(this.#options.directory);
  }

  async close(): Promise<void> {
    if (this.#failed === null && (this.#writing || this.#gathering.length > 0)) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    this.#closed = true;
    if (this.#syncTimer !== null) clearInterval(this.#syncTimer);
    const last = this.#segments.at(-1);
    if (last !== undefined && this.#failed === null && this.#options.mode !== "always") {
      await new Promise<void>((resolve) => last.sync(() => resolve()));
    }
    for (const segment of this.#segments) segment.close();
    this.#spare?.close();
  }

  #schedule(): void {
    if (this.#writing || this.#scheduled) return;
    this.#scheduled = true;
    // After every socket that is readable in this turn has been read: their writes share the sync.
    setImmediate(() => {
      this.#scheduled = false;
      this.#writeGroup();
    });
  }

  #writeGroup(): void {
    if (this.#writing || this.#failed !== null || this.#gathering.length === 0) return;
    const records = this.#gathering;
    this.#gathering = [];
    this.#writing = true;
    const firstLsn = this.#lastLsn - records.length + 1;
    const bytes = encodeGroup(records, firstLsn, this.#durableLsn);
    const startedMs = this.#options.clock.monotonicMs();
    let segment: SegmentFile;
    try {
      const refusal = this.#options.beforeWrite?.(bytes.length) ?? null;
      if (refusal !== null) throw refusal;
      segment = this.#segmentFor(firstLsn, bytes.length);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    segment.write(bytes, this.#options.mode === "always", (error) => {
      this.#writing = false;
      if (error !== null) {
        this.#fail(error);
        return;
      }
      segment.note(firstLsn, records.length, bytes.length);
      this.#durableLsn = firstLsn + records.length - 1;
      this.onGroup(this.#options.clock.monotonicMs() - startedMs);
      // The next group is on its way to the disk while the replies of this one go out.
      this.#writeGroup();
      this.#durableListener(this.#durableLsn);
      if (!this.#writing && this.#gathering.length === 0) this.#idle?.();
    });
  }

  /** The segment that takes the next group: a new one when the last is full. */
  #segmentFor(firstLsn: number, groupBytes: number): SegmentFile {
    const { directory, segmentBytes, mark } = this.#options;
    const last = this.#segments.at(-1);
    const empty = last !== undefined && last.lastLsn < last.firstLsn;
    if (last !== undefined && last.endOffset > segmentBytes * SPARE_FROM) this.#spare?.prepare();
    if (last !== undefined && (empty || last.endOffset + groupBytes <= segmentBytes)) return last;
    const path = join(directory, segmentFileName(firstLsn));
    const created = SegmentFile.create(path, firstLsn, mark(), this.#spare?.take() ?? null);
    syncDirectory(dirname(path));
    this.#segments.push(created);
    return created;
  }

  #fail(error: Error): void {
    if (this.#failed !== null) return;
    this.#failed = error;
    this.#writing = false;
    this.#failureListener(error);
    this.#idle?.();
  }
}

/** A file's name is durable when its directory is. */
export function syncDirectory(directory: string): void {
  const fd = openSync(directory, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
