import type { LogRecord } from "../log-port.ts";

/** The newest records in memory, for readers that are nearly caught up: bounded in bytes. */
export class RecentRecords {
  readonly #bytesMax: number;
  #records: (Buffer | undefined)[] = [];
  #head = 0;
  #firstLsn = 1;
  #bytes = 0;

  constructor(bytesMax: number, firstLsn: number) {
    this.#bytesMax = bytesMax;
    this.#firstLsn = firstLsn;
  }

  push(record: Buffer): void {
    this.#records.push(record);
    this.#bytes += record.length;
    while (this.#bytes > this.#bytesMax && this.#head < this.#records.length - 1) {
      this.#bytes -= this.#records[this.#head]!.length;
      this.#records[this.#head++] = undefined;
      this.#firstLsn++;
    }
    if (this.#head > 1024 && this.#head * 2 > this.#records.length) {
      this.#records = this.#records.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Null when `fromLsn` is older than what is kept. */
  read(fromLsn: number, upToLsn: number, maxBytes: number): readonly LogRecord[] | null {
    if (fromLsn < this.#firstLsn) return null;
    const out: LogRecord[] = [];
    let bytes = 0;
    for (let lsn = fromLsn; lsn <= upToLsn && (bytes < maxBytes || out.length === 0); lsn++) {
      const record = this.#records[this.#head + lsn - this.#firstLsn];
      if (record === undefined) break;
      out.push({ lsn, bytes: record });
      bytes += record.length;
    }
    return out;
  }
}
