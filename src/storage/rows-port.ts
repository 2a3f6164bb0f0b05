import type { RowChanges } from "./row-changes.ts";

/**
 * Rows: the index behind the log. Ordered byte keys to byte values, written in whole checkpoints only, each an atomic
 * transaction that also carries the checkpoint's head (the LSN and version vector its rows contain). What is read
 * is always the last committed checkpoint.
 */
export interface Rows {
  /** Head of the last committed checkpoint; null in a new store. */
  head(): Buffer | null;

  /** One row, synchronously (about 2 µs on LMDB). The buffer is the caller's to keep. */
  get(key: Buffer): Buffer | null;

  /**
   * Rows with `start <= key < end` in byte order. Consumed synchronously within the turn; stops early with `return`.
   */
  range(start: Buffer, end: Buffer): Iterable<Row>;

  /**
   * Commits one checkpoint: first `clear` (every row goes), then the changes in order, then the head. Takes the changes: whatever
   * comes of it, they are gone. Resolves when it is durable ("flushed"), rejects when it is not and then nothing of it is visible
   * after a restart. Its rows are readable at the latest when the promise resolves. Called again only after the last one settled.
   */
  commit(checkpoint: Checkpoint): Promise<void>;

  /** The rows and head of the last committed checkpoint, for as long as it is open: later checkpoints do not show. */
  snapshot(): RowsSnapshot;

  /** Bytes on disk (0 in memory). */
  sizeBytes(): number;

  close(): Promise<void>;
}

/** One moment's rows. While it is open the store cannot reuse the space of what changes: close it soon. */
export interface RowsSnapshot {
  readonly head: Buffer | null;
  /** As `Rows.range`. */
  range(start: Buffer, end: Buffer): Iterable<Row>;
  /** Idempotent; nothing may be read afterwards. */
  close(): void;
}

export interface Row {
  readonly key: Buffer;
  readonly value: Buffer;
}

export interface Checkpoint {
  readonly head: Buffer;
  readonly clear: boolean;
  readonly changes: RowChanges;
}
