import { closeSync, fdatasyncSync, openSync, statSync } from "node:fs";
import { assert } from "../../base/assert.ts";
import type { Checkpoint, Row, Rows, RowsSnapshot } from "../rows-port.ts";
import { HEAD_KEY, openStore, writeCheckpoint, type Store, type Transaction } from "./lmdb-writer.ts";
import { RowsThread } from "./rows-thread.ts";
import type { RowsWriter } from "./rows-writer.ts";

/** The smallest key behind it. */
const AFTER_HEAD = Buffer.of(0, 0);

/**
 * Rows in LMDB: one memory-mapped B+tree, read synchronously, written by one transaction a checkpoint: by this thread, which then waits
 * for the disk, or by one of its own.
 */
export class LmdbRows implements Rows {
  readonly #path: string;
  #db: Store;
  readonly #writer: RowsWriter;
  #snapshots = 0;

  private constructor(path: string, db: Store, thread: URL | null) {
    this.#path = path;
    this.#db = db;
    this.#writer = thread === null ? writerInto(db) : new RowsThread(path, thread, () => this.#release());
  }

  /** `path` is a file; its lock file is beside it. `thread`: the program of a thread that writes checkpoints; null: this one does. */
  static open(path: string, thread: URL | null = null): LmdbRows {
    const db = openStore(path);
    // A process killed within a commit may have left a meta page that is readable and not on the disk yet.
    const fd = openSync(path, "r+");
    try {
      fdatasyncSync(fd);
    } finally {
      closeSync(fd);
    }
    return new LmdbRows(path, db, thread);
  }

  head(): Buffer | null {
    return this.get(HEAD_KEY);
  }

  get(key: Buffer): Buffer | null {
    const value = this.#db.getBinary(key);
    return value === undefined ? null : own(value);
  }

  range(start: Buffer, end: Buffer): Iterable<Row> {
    return this.#range(start, end, undefined);
  }

  snapshot(): RowsSnapshot {
    const transaction = this.#db.useReadTransaction();
    const head = this.#db.get(HEAD_KEY, { transaction });
    let isOpen = true;
    this.#snapshots++;
    return {
      head: head === undefined ? null : own(head),
      range: (start, end) => {
        assert(isOpen, "a closed snapshot is read");
        return this.#range(start, end, transaction);
      },
      close: () => {
        if (!isOpen) return;
        isOpen = false;
        this.#snapshots--;
        transaction.done();
      },
    };
  }

  *#range(start: Buffer, end: Buffer, transaction: Transaction | undefined): Iterable<Row> {
    const from = start.compare(AFTER_HEAD) < 0 ? AFTER_HEAD : start;
    if (from.compare(end) >= 0) return;
    const range = { start: from, end, ...(transaction === undefined ? {} : { transaction }) };
    for (const { key, value } of this.#db.getRange(range)) yield { key: own(key), value: own(value) };
  }

  async commit(checkpoint: Checkpoint): Promise<void> {
    await this.#writer.commit(checkpoint);
    // What is read next is read as it is now, whoever wrote it.
    this.#db.resetReadTxn();
  }

  sizeBytes(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
  }

  async close(): Promise<void> {
    await this.#writer.close();
    await this.#db.close();
  }

  /**
   * LMDB keeps the memory of every page that its largest transaction wrote, for as long as anybody in the process has the store open:
   * hundreds of megabytes. So it is closed and opened again when nothing was written for a while.
   */
  #release(): void {
    if (this.#snapshots > 0) return;
    // At once: this thread writes nothing that would have to end first.
    void this.#db.close();
    this.#db = openStore(this.#path);
  }
}

function writerInto(db: Store): RowsWriter {
  return {
    commit: async ({ head, clear, changes }) => writeCheckpoint(db, { head, clear, blocks: changes.take() }),
    close: () => Promise.resolve(),
  };
}

/** lmdb-js answers copies, some of them plain Uint8Arrays. */
function own(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
