import { ABORT, open, type RootDatabase } from "lmdb";
import { assert } from "../../base/assert.ts";
import { passing } from "../../base/crash-points.ts";
import { changeAt, endOf, type RowBlock } from "../row-changes.ts";

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
    eventTurnBatching: false,
    noSubdir: true,
    maxReaders: 64,
  });
}

/**
 * Closes one that was written to. LMDB keeps the list of its free pages between transactions, 8 bytes a page, and lmdb-js' closing
 * forgets to free it: hundreds of kilobytes each time, in the middle of what is free. A transaction that is given up frees it.
 */
export async function closeWritten(store: Store): Promise<void> {
  try {
    store.transactionSync(() => ABORT);
  } finally {
    await store.close();
  }
}

/** What a writer is given of a checkpoint. */
export interface TakenCheckpoint {
  readonly head: Buffer;
  readonly clear: boolean;
  readonly blocks: readonly RowBlock[];
}

/**
 * Writes a checkpoint in one transaction, and returns when it is durable: the thread waits for the disk, tenths of a second for a
 * large one. Throws when LMDB refuses any of it, and then nothing of it was written.
 *
 * lmdb-js can also queue changes for a thread of LMDB's, which costs half as much again in processor time (5.5 to 6.5 µs a row of 340
 * bytes against 3.6 to 4.0), objects for each change, and has to be waited for when a process ends.
 *
 * LMDB's plain commit is used: data, sync, meta page, sync. lmdb-js' overlapping sync gains nothing here (measured: 8,000 rows of
 * 200 bytes at random, 110–130 ms either way), and shows after a killed process a checkpoint that a power cut may still take
 * back, when the log that it would be made of again may be gone already.
 */
export function writeCheckpoint(store: Store, { head, clear, blocks }: TakenCheckpoint): void {
  const buffers = blocks.map(({ memory }) => Buffer.from(memory));
  const places = placesIn(blocks, buffers);
  try {
    store.transactionSync(() => {
      if (clear) store.clearSync();
      for (const place of places) {
        const { key, value } = changeAt(buffers[Math.floor(place / BLOCK_SPAN)]!, place % BLOCK_SPAN);
        if (value === null) store.removeSync(key);
        else store.putSync(key, value);
      }
      store.putSync(HEAD_KEY, head);
      passing("checkpoint-committing");
    });
  } catch (error) {
    throw new Error(`rows cannot be written: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** A place: the block's number times this, plus where in it the change begins. */
const BLOCK_SPAN = 2 ** 32;
/** Of a row's key: its table, its database, and most of its hash. */
const PREFIX_BYTES = 6;

/**
 * Where the changes are, by the beginnings of their keys, otherwise in the order they came in: LMDB then goes through its tree from one
 * side to the other, and touches each page once. Measured, 65,536 rows of 1 KB among 100,000: two thirds of the processor time.
 */
function placesIn(blocks: readonly RowBlock[], buffers: readonly Buffer[]): Float64Array {
  const places: number[] = [];
  const prefixes: number[] = [];
  for (const [number, { length }] of blocks.entries()) {
    const block = buffers[number]!;
    for (let at = 0; at < length; at = endOf(block, at)) {
      const { key } = changeAt(block, at);
      assert(key.length > 0 && key.length <= KEY_BYTES_MAX, "a row key is empty or too long for LMDB");
      assert(key.length > 1 || key[0] !== HEAD_KEY[0], "row key is reserved for the head");
      places.push(number * BLOCK_SPAN + at);
      prefixes.push(
        key.length < PREFIX_BYTES
          ? key.readUIntBE(0, key.length) * 256 ** (PREFIX_BYTES - key.length)
          : key.readUIntBE(0, PREFIX_BYTES),
      );
    }
  }
  const order = Uint32Array.from(places, (_, index) => index);
  order.sort((left, right) => prefixes[left]! - prefixes[right]!);
  return Float64Array.from(order, (index) => places[index]!);
}
