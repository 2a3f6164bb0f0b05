import type { Checkpoint, Row, Rows, RowsSnapshot } from "../rows-port.ts";

export interface MemoryRowsOptions {
  /**
   * Called when a checkpoint is on its way: it becomes durable when `complete` is called, and fails when that is given an error.
   * The simulator decides when, and whether a crash comes first. By default a checkpoint is durable in the next microtask.
   */
  readonly schedule?: (complete: (error?: Error) => void) => void;
}

/** What a disk would hold: the rows of the last durable checkpoint, by key as a binary string. */
export interface SurvivingRows {
  readonly head: Buffer | null;
  readonly rows: ReadonlyMap<string, Buffer>;
}

/** The rows of the simulator: a sorted table, checkpoints that take their time, and crashes that lose the one on its way. */
export class MemoryRows implements Rows {
  readonly #schedule: (complete: (error?: Error) => void) => void;
  readonly #rows: Map<string, Buffer>;
  #head: Buffer | null;
  /** Keys in byte order; null when keys came or went since it was made. */
  #sorted: readonly string[] | null = null;
  #pending = false;
  #gone = false;

  constructor(options: MemoryRowsOptions = {}, surviving: SurvivingRows = { head: null, rows: new Map() }) {
    this.#schedule = options.schedule ?? ((complete) => queueMicrotask(complete));
    this.#head = surviving.head;
    this.#rows = new Map(surviving.rows);
  }

  head(): Buffer | null {
    return this.#head === null ? null : Buffer.from(this.#head);
  }

  get(key: Buffer): Buffer | null {
    const value = this.#rows.get(key.latin1Slice());
    return value === undefined ? null : Buffer.from(value);
  }

  *range(start: Buffer, end: Buffer): Iterable<Row> {
    // Latin1 strings compare as their bytes do.
    this.#sorted ??= [...this.#rows.keys()].toSorted((left, right) => (left < right ? -1 : 1));
    const sorted = this.#sorted;
    const [from, to] = [start.latin1Slice(), end.latin1Slice()];
    for (let index = firstAtLeast(sorted, from); index < sorted.length && sorted[index]! < to; index++) {
      const key = sorted[index]!;
      yield { key: Buffer.from(key, "latin1"), value: Buffer.from(this.#rows.get(key)!) };
    }
  }

  snapshot(): RowsSnapshot {
    const copy = new MemoryRows({}, { head: this.head(), rows: this.#rows });
    return { head: copy.head(), range: (start, end) => copy.range(start, end), close: () => {} };
  }

  commit(checkpoint: Checkpoint): Promise<void> {
    if (this.#pending) return Promise.reject(new Error("a checkpoint is on its way already"));
    const copy = {
      head: Buffer.from(checkpoint.head),
      clear: checkpoint.clear,
      changes: Array.from(checkpoint.changes, ({ key, value }) => ({
        key: key.latin1Slice(),
        value: value === null ? null : Buffer.from(value),
      })),
    };
    checkpoint.changes.take();
    this.#pending = true;
    return new Promise((resolve, reject) => {
      this.#schedule((error) => {
        // After a crash nobody is told anything.
        if (this.#gone) return;
        this.#pending = false;
        if (error !== undefined) {
          reject(error);
          return;
        }
        if (copy.clear) this.#rows.clear();
        for (const { key, value } of copy.changes) {
          if (value === null) this.#rows.delete(key);
          else this.#rows.set(key, value);
        }
        this.#head = copy.head;
        this.#sorted = null;
        resolve();
      });
    });
  }

  /** The machine stops: what a restart finds. A checkpoint on its way is lost, and its promise never settles. */
  crash(): SurvivingRows {
    this.#gone = true;
    return { head: this.#head, rows: new Map(this.#rows) };
  }

  sizeBytes(): number {
    return 0;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function firstAtLeast(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
