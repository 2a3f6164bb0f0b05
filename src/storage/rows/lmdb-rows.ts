import { statSync } from "node:fs";
import { open, type Database, type RootDatabase } from "lmdb";
import type { Checkpoint, Row, Rows } from "../rows-port.ts";

/** Sorts before every row: rows begin with a table number from 1 on. */
const HEAD_KEY = Buffer.of(0);

/**
 * Rows in LMDB: one memory-mapped B+tree, read without copying through a cache of ours, written by one transaction a checkpoint.
 * lmdb-js runs that transaction on its own thread; a checkpoint counts only when it is flushed, not when it is committed.
 */
export class LmdbRows implements Rows {
  readonly #path: string;
  readonly #db: Database<Buffer, Buffer> & Partial<RootDatabase>;

  private constructor(path: string, db: RootDatabase<Buffer, Buffer>) {
    this.#path = path;
    this.#db = db;
  }

  static open(path: string): LmdbRows {
    const db = open<Buffer, Buffer>({
      path,
      keyEncoding: "binary",
      encoding: "binary",
      compression: false,
      // The log holds what a lost checkpoint held, so a torn one is only older, never wrong.
      overlappingSync: true,
      noSubdir: true,
      maxReaders: 64,
    });
    return new LmdbRows(path, db);
  }

  head(): Buffer | null {
    return this.get(HEAD_KEY);
  }

  get(key: Buffer): Buffer | null {
    const value = this.#db.getBinary(key);
    return value === undefined ? null : Buffer.from(value);
  }

  *range(start: Buffer, end: Buffer): Iterable<Row> {
    for (const { key, value } of this.#db.getRange({ start, end, snapshot: false })) {
      yield { key: Buffer.from(key), value: Buffer.from(value) };
    }
  }

  async commit(checkpoint: Checkpoint): Promise<void> {
    const db = this.#db;
    // Everything queued inside one batch callback is one LMDB transaction.
    await db.batch!(() => {
      if (checkpoint.clear) void db.clearAsync();
      for (const { key, value } of checkpoint.changes) {
        if (value === null) void db.remove(key);
        else void db.put(key, value);
      }
      void db.put(HEAD_KEY, checkpoint.head);
    });
    await db.flushed!;
  }

  sizeBytes(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
  }

  async close(): Promise<void> {
    await this.#db.close();
  }
}
