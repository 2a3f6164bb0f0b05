import { unlink } from "node:fs/promises";
import type { Clock } from "../../base/clock.ts";
import { isArmed, passing } from "../../base/crash-points.ts";
import {
  LogDamagedError,
  LogFailedError,
  LogTruncatedError,
  type DurabilityMode,
  type Log,
  type LogRecord,
  type LogSegmentInfo,
  type MarkSource,
} from "../log-port.ts";
import { syncDirectory } from "../sync-directory.ts";
import { GROUP_HEADER_BYTES, sealGroup } from "./format.ts";
import { Gathering } from "./gathering.ts";
import type { Group } from "./group.ts";
import { RecentGroups } from "./recent-groups.ts";
import type { Segment } from "./segment.ts";
import { SegmentWriter } from "./segment-writer.ts";

export interface DiskLogOptions {
  readonly directory: string;
  readonly mode: DurabilityMode;
  /** A segment that is larger is followed by a new one. At most 1 GiB. */
  readonly segmentBytes: number;
  /** Bytes of the newest groups kept in memory for readers. */
  readonly recentBytesMax: number;
  readonly mark: MarkSource;
  readonly clock: Clock;
  /** Fault injection: called before each group is written; an error makes the write fail. */
  readonly beforeWrite?: (bytes: number) => Error | null;
}

/** Time between syncs in mode `everysec`. */
const SYNC_EVERY_MS = 1000;

/**
 * The log on disk. Appends of one event-loop turn, and of the time the last write took, become one group: one write, one sync,
 * one announcement. So the busier the region, the more writes share a sync; an idle one waits for no timer.
 *
 * In mode `always` a group is durable when its write returns. In the others it is handed to the operating system; a segment is
 * synced before the next one is begun, so that only the last can have holes after a power cut.
 *
 * After a failed write or sync nothing more becomes durable: what the disk holds is unknown until it is read again (`openLog`).
 */
export class DiskLog implements Log {
  readonly #options: DiskLogOptions;
  /** Oldest first; the last ones may exist in memory only, until their first group is written. */
  readonly #segments: Segment[];
  readonly #recent: RecentGroups;
  readonly #gathering: Gathering;
  #writer: SegmentWriter | null;
  #durableLsn: number;
  /** Everything up to here is on the disk, whatever the mode. */
  #syncedLsn: number;
  #scheduled = false;
  #draining: Promise<void> | null = null;
  #syncing: Promise<void> | null = null;
  #syncTimer: NodeJS.Timeout | null = null;
  #failed: Error | null = null;
  #closed = false;
  #durableListener: (lsn: number) => void = () => {};
  #failureListener: (cause: Error) => void = () => {};
  /** Observes how long a group took, milliseconds. */
  onGroup: (milliseconds: number) => void = () => {};

  /** Use `openLog`. Everything in `segments` is on the disk. */
  constructor(options: DiskLogOptions, segments: Segment[]) {
    this.#options = options;
    this.#segments = segments;
    this.#recent = new RecentGroups(options.recentBytesMax);
    const last = segments.at(-1);
    this.#gathering = new Gathering(options, segments);
    this.#durableLsn = this.lastLsn;
    this.#syncedLsn = this.lastLsn;
    this.#writer =
      last === undefined ? null : SegmentWriter.reopen(last, options.mode === "always", options.segmentBytes);
    if (options.mode === "everysec") {
      this.#syncTimer = setInterval(() => this.#syncNow(), SYNC_EVERY_MS);
      this.#syncTimer.unref();
    }
  }

  get lastLsn(): number {
    return this.#gathering.lastLsn;
  }

  get durableLsn(): number {
    return this.#durableLsn;
  }

  get firstLsn(): number {
    return this.#segments[0]?.firstLsn ?? this.lastLsn + 1;
  }

  get sizeBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.fileBytes, 0);
  }

  append(record: Uint8Array): number {
    if (this.#failed !== null || this.#closed) {
      throw new LogFailedError(this.#failed === null ? "the log is closed" : `the log failed: ${this.#failed.message}`);
    }
    const lsn = this.#gathering.add(record);
    passing("batch-appended");
    this.#schedule();
    return lsn;
  }

  onDurable(listener: (durableLsn: number) => void): void {
    this.#durableListener = listener;
  }

  onFailure(listener: (cause: Error) => void): void {
    this.#failureListener = listener;
  }

  async read(fromLsn: number, maxBytes: number): Promise<readonly LogRecord[]> {
    this.#refuseTruncated(fromLsn);
    const upToLsn = this.#durableLsn;
    if (fromLsn > upToLsn) return [];
    const recent = this.#recent.read(fromLsn, upToLsn, maxBytes);
    if (recent !== null) return recent;
    const segment = this.#segments.findLast((one) => one.firstLsn <= fromLsn)!;
    try {
      return await segment.read(fromLsn, Math.min(upToLsn, segment.lastLsn), maxBytes);
    } catch (error) {
      this.#refuseTruncated(fromLsn);
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      throw new LogDamagedError(`${segment.path} is missing: the log needs it for position ${fromLsn}`);
    }
  }

  segments(): readonly LogSegmentInfo[] {
    return this.#segments.map((segment) => segment.info());
  }

  async truncate(upToLsn: number): Promise<void> {
    let removed = false;
    for (;;) {
      const oldest = this.#segments[0];
      if (oldest === undefined || oldest === this.#writer?.segment || oldest.lastLsn > upToLsn) break;
      if (oldest.lastLsn > this.#durableLsn || this.#segments.length === 1) break;
      this.#segments.shift();
      passing("segment-before-delete");
      await unlink(oldest.path);
      passing("segment-deleted");
      removed = true;
    }
    if (removed) await syncDirectory(this.#options.directory);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#syncTimer !== null) clearInterval(this.#syncTimer);
    if (this.#failed === null) this.#drain();
    await this.#draining;
    await this.#syncing;
    const writer = this.#writer;
    this.#writer = null;
    if (writer === null) return;
    try {
      if (this.#failed === null) await this.#seal(writer);
      passing("stop-sealed");
    } catch (error) {
      this.#fail(error);
    } finally {
      await writer.close();
    }
  }

  #refuseTruncated(lsn: number): void {
    if (lsn < this.firstLsn) throw new LogTruncatedError(`position ${lsn} is gone: the log begins at ${this.firstLsn}`);
  }

  #schedule(): void {
    if (this.#draining !== null || this.#scheduled) return;
    this.#scheduled = true;
    // After every socket that is readable in this turn has been read: their writes share the sync.
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#failed === null) this.#drain();
    });
  }

  #drain(): void {
    if (this.#draining !== null) return;
    const first = this.#startNext();
    if (first !== null) this.#draining = this.#writeOn(first);
  }

  /** Writes group after group until none is left. Never rejects. */
  async #writeOn(first: Promise<Group>): Promise<void> {
    const { clock, mode } = this.#options;
    let startedMs = clock.monotonicMs();
    for (let writing: Promise<Group> | null = first; writing !== null;) {
      let group: Group;
      try {
        group = await writing;
      } catch (error) {
        this.#fail(error);
        break;
      }
      if (this.#failed !== null) break;
      group.segment.note(group.firstLsn, group.offset, group.length);
      this.#recent.add(group);
      this.#durableLsn = group.lastLsn;
      if (mode === "always") this.#syncedLsn = group.lastLsn;
      const doneMs = clock.monotonicMs();
      // The next group is on its way to the disk while the replies of this one go out.
      writing = this.#startNext();
      if (writing === null) this.#draining = null;
      passing("group-durable");
      this.onGroup(doneMs - startedMs);
      startedMs = doneMs;
      this.#durableListener(this.#durableLsn);
    }
    if (this.#failed !== null) this.#draining = null;
  }

  #startNext(): Promise<Group> | null {
    const group = this.#gathering.next();
    return group === null ? null : this.#write(group);
  }

  async #write(group: Group): Promise<Group> {
    const { beforeWrite } = this.#options;
    const refusal = beforeWrite?.(group.length) ?? null;
    if (refusal !== null) throw refusal;
    let writer = this.#writer;
    if (writer === null || writer.segment !== group.segment) writer = await this.#nextSegment(group.segment);
    const bytes = group.bytes();
    const { count, firstLsn } = group;
    sealGroup(
      bytes,
      { salt: group.segment.header.salt, offset: group.offset },
      { count, firstLsn, syncedLsn: this.#syncedLsn },
    );
    passing("group-before-write");
    if (isArmed("group-torn")) {
      await writer.write(bytes.subarray(0, bytes.length >> 1), group.offset);
      passing("group-torn");
    }
    await writer.write(bytes, group.offset);
    passing("group-written");
    return group;
  }

  /** Everything before it is on the disk when a segment begins. */
  async #nextSegment(segment: Segment): Promise<SegmentWriter> {
    const { mode, segmentBytes } = this.#options;
    const finished = this.#writer;
    if (finished !== null) {
      await this.#syncing;
      if (this.#failed !== null) throw this.#failed;
      if (mode !== "always") await finished.sync();
      this.#syncedLsn = this.#durableLsn;
      await finished.trim();
      passing("segment-trimmed");
    }
    this.#writer = await SegmentWriter.create(segment, mode === "always", segmentBytes);
    await finished?.close();
    return this.#writer;
  }

  #syncNow(): void {
    const writer = this.#writer;
    const upToLsn = this.#durableLsn;
    if (this.#syncing !== null || this.#failed !== null || writer === null || upToLsn === this.#syncedLsn) return;
    this.#syncing = writer
      .sync()
      .then(
        () => {
          this.#syncedLsn = Math.max(this.#syncedLsn, upToLsn);
        },
        (error: unknown) => this.#fail(error),
      )
      .finally(() => {
        this.#syncing = null;
      });
  }

  /** An orderly stop: everything is on the disk and the file says so, which makes later damage of its last group visible. */
  async #seal(writer: SegmentWriter): Promise<void> {
    const { segment } = writer;
    await writer.sync();
    this.#syncedLsn = this.#durableLsn;
    const seal = Buffer.alloc(GROUP_HEADER_BYTES);
    const place = { salt: segment.header.salt, offset: segment.endOffset };
    sealGroup(seal, place, { count: 0, firstLsn: this.lastLsn + 1, syncedLsn: this.#syncedLsn });
    await writer.write(seal, segment.endOffset);
    segment.note(this.lastLsn + 1, segment.endOffset, seal.length);
    await writer.trim();
    await writer.sync();
  }

  #fail(cause: unknown): void {
    if (this.#failed !== null) return;
    const error = cause instanceof Error ? cause : new Error(String(cause));
    this.#failed = error;
    this.#gathering.forget();
    if (this.#syncTimer !== null) clearInterval(this.#syncTimer);
    this.#failureListener(error);
  }
}
