import {
  LogFailedError,
  LogTruncatedError,
  type Log,
  type LogRecord,
  type LogSegmentInfo,
  type MarkSource,
} from "../log-port.ts";

export interface MemoryLogOptions {
  readonly mark: MarkSource;
  /** Records of one segment. */
  readonly segmentRecords: number;
  /** Called when a record waits to be synced: the simulator decides when `sync` happens. */
  readonly onAppend: (record: Buffer) => void;
}

/** What a crash leaves behind: the durable records, and perhaps some that had not been acknowledged. */
export interface SurvivingLog {
  readonly firstLsn: number;
  readonly records: readonly Buffer[];
  readonly marks: readonly { readonly firstLsn: number; readonly mark: Buffer }[];
}

/** The log of the simulator: durable only when it is told so, and able to crash at any moment. */
export class MemoryLog implements Log {
  readonly #options: MemoryLogOptions;
  #firstLsn: number;
  #records: Buffer[];
  #marks: { readonly firstLsn: number; readonly mark: Buffer }[];
  #durableLsn: number;
  #failed: Error | null = null;
  #durableListener: (lsn: number) => void = () => {};
  #failureListener: (cause: Error) => void = () => {};

  constructor(options: MemoryLogOptions, surviving: SurvivingLog = { firstLsn: 1, records: [], marks: [] }) {
    this.#options = options;
    this.#firstLsn = surviving.firstLsn;
    this.#records = [...surviving.records];
    this.#marks = [...surviving.marks];
    this.#durableLsn = this.lastLsn;
  }

  get lastLsn(): number {
    return this.#firstLsn + this.#records.length - 1;
  }

  get durableLsn(): number {
    return this.#durableLsn;
  }

  get firstLsn(): number {
    return this.#firstLsn;
  }

  get sizeBytes(): number {
    return this.#records.reduce((sum, record) => sum + record.length, 0);
  }

  append(record: Uint8Array): number {
    if (this.#failed !== null) throw new LogFailedError(this.#failed.message);
    const lsn = this.lastLsn + 1;
    const last = this.#marks.at(-1);
    if (last === undefined || lsn - last.firstLsn >= this.#options.segmentRecords) {
      this.#marks.push({ firstLsn: lsn, mark: Buffer.from(this.#options.mark()) });
    }
    const copy = Buffer.from(record);
    this.#records.push(copy);
    this.#options.onAppend(copy);
    return lsn;
  }

  /** The disk has caught up with everything appended before. */
  sync(): void {
    if (this.#failed !== null || this.#durableLsn === this.lastLsn) return;
    this.#durableLsn = this.lastLsn;
    this.#durableListener(this.#durableLsn);
  }

  /** The disk refuses from now on. */
  fail(cause: Error): void {
    this.#failed = cause;
    this.#failureListener(cause);
  }

  /** What a restart finds: everything durable, and `keep` records more of what was on its way. */
  crash(keep: number): SurvivingLog {
    this.#failed = new Error("crashed");
    return this.surviving(keep);
  }

  /** The same of a disk that is copied while the process runs on. */
  surviving(keep: number): SurvivingLog {
    const upTo = Math.min(this.lastLsn, this.#durableLsn + keep);
    return {
      firstLsn: this.#firstLsn,
      records: this.#records.slice(0, upTo - this.#firstLsn + 1),
      marks: this.#marks.filter((mark) => mark.firstLsn <= upTo),
    };
  }

  onDurable(listener: (durableLsn: number) => void): void {
    this.#durableListener = listener;
  }

  onFailure(listener: (cause: Error) => void): void {
    this.#failureListener = listener;
  }

  read(fromLsn: number, maxBytes: number): Promise<readonly LogRecord[]> {
    if (fromLsn < this.#firstLsn) {
      return Promise.reject(new LogTruncatedError(`position ${fromLsn} is gone: the log begins at ${this.#firstLsn}`));
    }
    const out: LogRecord[] = [];
    let bytes = 0;
    for (let lsn = fromLsn; lsn <= this.#durableLsn && (bytes < maxBytes || out.length === 0); lsn++) {
      const record = this.#records[lsn - this.#firstLsn]!;
      out.push({ lsn, bytes: record });
      bytes += record.length;
    }
    return Promise.resolve(out);
  }

  segments(): readonly LogSegmentInfo[] {
    return this.#marks.map(({ firstLsn, mark }, index) => {
      const nextLsn = this.#marks[index + 1]?.firstLsn ?? this.lastLsn + 1;
      const records = this.#records.slice(firstLsn - this.#firstLsn, nextLsn - this.#firstLsn);
      const bytes = records.reduce((sum, record) => sum + record.length, 0);
      return { firstLsn, lastLsn: nextLsn - 1, bytes, mark };
    });
  }

  truncate(upToLsn: number): Promise<void> {
    while (this.#marks.length > 1 && this.#marks[1]!.firstLsn - 1 <= upToLsn) {
      this.#marks.shift();
      const firstLsn = this.#marks[0]!.firstLsn;
      this.#records.splice(0, firstLsn - this.#firstLsn);
      this.#firstLsn = firstLsn;
    }
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.sync();
    return Promise.resolve();
  }
}
