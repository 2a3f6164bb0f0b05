import { open, type RootDatabase } from "lmdb";
import { assert } from "../../base/assert.ts";
import { passing } from "../../base/crash-points.ts";
import type { Checkpoint, RowChange } from "../rows-port.ts";
import type { RowsWriter } from "./rows-writer.ts";

export type { Transaction } from "lmdb";

export type Store = RootDatabase<Buffer, Buffer>;

/** Not a row: rows begin with a table number from 1 on. */
export const HEAD_KEY = Buffer.of(0);
/** LMDB's limit with pages of 4 KiB: longer keys are hashed by whoever builds them. */
const KEY_BYTES_MAX = 1978;

/** `path` is a file; its lock file is beside it. Several threads of a process may have the same one open. */
export function openStore(path: string): Store {
  return open<Buffer, Buffer>({
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
}

/**
 * Writes checkpoints into a store, in one transaction each.
 *
 * What makes a checkpoint atomic: everything is queued in one `batch` of one turn, which lmdb-js keeps in one transaction however
 * many changes there are, as long as nobody calls its synchronous writes, which would cut the transaction in two. Nobody here
 * does. A change that LMDB refuses aborts the whole transaction; one that lmdb-js would refuse is found before any is queued.
 *
 * LMDB's plain commit is used: data, sync, meta page, sync. lmdb-js' overlapping sync gains nothing here (measured: 8,000 rows of
 * 200 bytes at random, 110–130 ms either way), and shows after a killed process a checkpoint that a power cut may still take
 * back, when the log that it would be made of again may be gone already.
 */
export class LmdbWriter implements RowsWriter {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async commit(checkpoint: Checkpoint): Promise<void> {
    for (const { key } of checkpoint.changes) {
      assert(key.length > 0 && key.length <= KEY_BYTES_MAX, "a row key is empty or too long for LMDB");
      assert(key.length > 1 || key[0] !== HEAD_KEY[0], "row key is reserved for the head");
    }
    const store = this.#store;
    try {
      const committing = store.batch(() => {
        if (checkpoint.clear) void store.clearAsync();
        for (const { key, value } of inOrderOfKeys(checkpoint.changes)) {
          if (value === null) void store.remove(key);
          else void store.put(key, value);
        }
        void store.put(HEAD_KEY, checkpoint.head);
      });
      passing("checkpoint-committing");
      await committing;
    } catch (error) {
      throw await reasonOf(error);
    }
  }

  async close(): Promise<void> {}
}

/** Of a row's key: its table, its database, and most of its hash. */
const PREFIX_BYTES = 6;

/**
 * By the beginnings of their keys, otherwise in the order they came in: LMDB then goes through its tree from one side to the other, and
 * touches each page once. Measured, 65,536 rows of 1 KB among 100,000: two thirds of the processor time of its thread.
 */
function inOrderOfKeys(changes: readonly RowChange[]): readonly RowChange[] {
  const prefixes = Float64Array.from(changes, ({ key }) =>
    key.length < PREFIX_BYTES
      ? Number.parseInt(key.toString("hex").padEnd(2 * PREFIX_BYTES, "0"), 16)
      : key.readUIntBE(0, PREFIX_BYTES),
  );
  const order = Uint32Array.from(changes, (_, index) => index).sort(
    (left, right) => prefixes[left]! - prefixes[right]!,
  );
  return Array.from(order, (index) => changes[index]!);
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
