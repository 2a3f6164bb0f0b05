import type { Checkpoint, Row, Rows, RowsSnapshot } from "../../src/storage/rows-port.ts";
import type { Log, LogRecord, LogSegmentInfo } from "../../src/storage/log-port.ts";

/** A log whose every record is durable at once, unless it stands still: for tests of semantics, which crashes do not concern. */
export class InstantLog implements Log {
  readonly records: Buffer[] = [];
  #stalledAt: number | null = null;
  #listener: (lsn: number) => void = () => {};

  get lastLsn(): number {
    return this.records.length;
  }
  get durableLsn(): number {
    return this.#stalledAt ?? this.records.length;
  }
  /** The disk takes nothing from here on. */
  stall(): void {
    this.#stalledAt = this.records.length;
  }
  /** It has all there is. */
  goOn(): void {
    this.#stalledAt = null;
    this.#listener(this.records.length);
  }
  readonly firstLsn = 1;
  readonly sizeBytes = 0;

  append(record: Uint8Array): number {
    this.records.push(Buffer.from(record));
    queueMicrotask(() => this.#listener(this.durableLsn));
    return this.records.length;
  }
  onDurable(listener: (lsn: number) => void): void {
    this.#listener = listener;
  }
  onFailure(): void {}
  read(fromLsn: number): Promise<readonly LogRecord[]> {
    return Promise.resolve(this.records.slice(fromLsn - 1).map((bytes, index) => ({ lsn: fromLsn + index, bytes })));
  }
  segments(): readonly LogSegmentInfo[] {
    return [{ firstLsn: 1, lastLsn: this.records.length, bytes: 0, mark: Buffer.alloc(0) }];
  }
  truncate(): Promise<void> {
    return Promise.resolve();
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Rows in a sorted array, committed at once. */
export class InstantRows implements Rows {
  #head: Buffer | null = null;
  readonly #rows = new Map<string, Buffer>();

  copy(): InstantRows {
    const copy = new InstantRows();
    copy.#head = this.#head;
    for (const [key, value] of this.#rows) copy.#rows.set(key, value);
    return copy;
  }

  snapshot(): RowsSnapshot {
    const copy = this.copy();
    return { head: copy.#head, range: (start, end) => copy.range(start, end), close: () => {} };
  }

  head(): Buffer | null {
    return this.#head;
  }
  get(key: Buffer): Buffer | null {
    return this.#rows.get(key.toString("latin1")) ?? null;
  }
  range(start: Buffer, end: Buffer): Iterable<Row> {
    const [from, to] = [start.toString("latin1"), end.toString("latin1")];
    const keys = [...this.#rows.keys()].filter((key) => key >= from && key < to).sort();
    return keys.map((key) => ({ key: Buffer.from(key, "latin1"), value: this.#rows.get(key)! }));
  }
  commit(checkpoint: Checkpoint): Promise<void> {
    if (checkpoint.clear) this.#rows.clear();
    for (const { key, value } of checkpoint.changes) {
      if (value === null) this.#rows.delete(key.toString("latin1"));
      else this.#rows.set(key.toString("latin1"), Buffer.from(value));
    }
    checkpoint.changes.take();
    this.#head = checkpoint.head;
    return Promise.resolve();
  }
  sizeBytes(): number {
    return 0;
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}
