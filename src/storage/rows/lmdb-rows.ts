import { closeSync, fdatasyncSync, openSync, statSync } from "node:fs";
import { open, type RootDatabase, type Transaction } from "lmdb";
import { assert } from "../../base/assert.ts";
import { passing } from "../../base/crash-points.ts";
import type { Checkpoint, Row, Rows, RowsSnapshot } from "../rows-port.ts";

/** Not a row: rows begin with a table number from 1 on. */
const HEAD_KEY = Buffer.of(0);
/** The smallest key behind it. */
const AFTER_HEAD = Buffer.of(0, 0);
/** LMDB's limit with pages of 4 KiB: longer keys are hashed by whoever builds them. */
const KEY_BYTES_MAX = 1978;

/**
 * Rows in LMDB: one memory-mapped B+tree, read synchronously, written by one transaction a checkpoint on lmdb-js' own thread.
 *
 * What makes a checkpoint atomic: everything is queued in one `batch` of one turn, which lmdb-js keeps in one transaction however
 * many changes there are, as long as nobody calls its synchronous writes, which would cut the transaction in two. Nobody here
 * does. A change that LMDB refuses aborts the whole transaction; one that lmdb-js would refuse is found before any is queued.
 *
 * LMDB's plain commit is used: data, sync, meta page, sync. lmdb-js' overlapping sync gains nothing here (measured: 8,000 rows of
 * 200 bytes at random, 110–130 ms either way), and shows after a killed process a checkpoint that a power cut may still take
 * back, when the log that it would be made of again may be gone already.
 */
export class LmdbRows implements Rows {
  readonly #path: string;
  readonly #db: RootDatabase<Buffer, Buffer>;

  private constructor(path: string, db: RootDatabase<Buffer, Buffer>) {
    this.#path = path;
    this.#db = db;
  }

  /** `path` is a file; its lock file is beside it. */
  static open(path: string): LmdbRows {
    const db = open<Buffer, Buffer>({
      path,
      keyEncoding: "binary",
      encoding: "binary",
      compression: false,
      overlappingSync: false,
      // Batches of ours are whole without it, and with it a failed commit rejects a promise that nobody is given.
      eventTurnBatching: false,
      noSubdir: true,
      maxReaders: 64,
    });
    // A process killed within a commit may have left a meta page that is readable and not on the disk yet.
    const fd = openSync(path, "r+");
    try {
      fdatasyncSync(fd);
    } finally {
      closeSync(fd);
    }
    return new LmdbRows(path, db);
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
    return {
      head: head === undefined ? null : own(head),
      range: (start, end) => {
        assert(isOpen, "a closed snapshot is read");
        return this.#range(start, end, transaction);
      },
      close: () => {
        if (isOpen) transaction.done();
        isOpen = false;
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
    for (const { key } of checkpoint.changes) {
      assert(key.length > 0 && key.length <= KEY_BYTES_MAX, "a row key is empty or too long for LMDB");
      assert(key.length > 1 || key[0] !== HEAD_KEY[0], "row key is reserved for the head");
    }
    const db = this.#db;
    try {
      const committing = db.batch(() => {
        if (checkpoint.clear) void db.clearAsync();
        for (const { key, value } of checkpoint.changes) {
          if (value === null) void db.remove(key);
          else void db.put(key, value);
        }
        void db.put(HEAD_KEY, checkpoint.head);
      });
      passing("checkpoint-committing");
      await committing;
    } catch (error) {
      throw await reasonOf(error);
    }
  }

  sizeBytes(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
  }

  async close(): Promise<void> {
    await this.#db.close();
  }
}

/** lmdb-js answers copies, some of them plain Uint8Arrays. */
function own(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** lmdb-js rejects with "Commit failed" and hides LMDB's own word in a promise, which would go unhandled otherwise. */
async function reasonOf(error: unknown): Promise<Error> {
  const { commitError } = error as { commitError?: Promise<never> };
  if (commitError !== undefined) {
    try {
      await commitError;
    } catch (reason) {
      return new Error(`rows cannot be written: ${reason instanceof Error ? reason.message : String(reason)}`);
    }
  }
  return error instanceof Error ? error : new Error(String(error));
}
