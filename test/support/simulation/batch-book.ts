import type { Batch } from "../../../src/crdt/batch.ts";
import { decodeBatch, peekBatch } from "../../../src/crdt/batch-codec.ts";
import { isDatabaseOperation, specOf } from "../../../src/crdt/operation.ts";
import { ALL_DATABASES, OP } from "../../../src/crdt/operations/operation-kind.ts";
import { OriginTable } from "../../../src/crdt/origin.ts";
import type { NamedVector } from "../../../src/crdt/version-vector.ts";
import type { NamedDot } from "./door.ts";

/** Every batch that any region ever appended to its log, once. */
export class BatchBook {
  readonly #origins = new OriginTable();
  readonly #batches = new Map<string, { readonly bytes: Buffer; readonly batch: Batch }>();
  /** Keys that a delete which wins has ended, `db:key`. */
  readonly ended = new Set<string>();
  readonly #flushes: { readonly batch: Batch; readonly db: number }[] = [];

  add(bytes: Buffer): void {
    const { id, sequence } = peekBatch(bytes);
    const name = `${id}:${sequence}`;
    const known = this.#batches.get(name);
    if (known !== undefined) {
      if (!known.bytes.equals(bytes)) throw new Error(`two batches are called ${name}`);
      return;
    }
    const batch = decodeBatch(bytes, this.#origins);
    this.#batches.set(name, { bytes, batch });
    for (const operation of batch.operations) {
      if (isDatabaseOperation(operation)) this.#flushes.push({ batch, db: operation.db });
      else if (operation.op === OP.keyEnd) this.ended.add(`${operation.db}:${operation.key}`);
    }
  }

  bytes(): readonly Buffer[] {
    return [...this.#batches.values()].map(({ bytes }) => bytes);
  }

  /** The batch is in the vector, and a flush that is in it too had observed it. */
  isFlushed({ origin, sequence }: NamedDot, db: number, vector: NamedVector): boolean {
    const index = this.#origins.find(origin);
    return this.#flushes.some(({ batch, db: flushed }) => {
      if (flushed !== ALL_DATABASES && flushed !== db) return false;
      if ((vector[this.#origins.id(batch.origin)] ?? 0) < batch.sequence) return false;
      if (index === batch.origin) return sequence < batch.sequence;
      return index !== undefined && batch.others.covers(index, sequence);
    });
  }

  /** Keys of database 0 that some operation of another type than these touched. */
  keysWithOthers(types: ReadonlySet<string>): ReadonlySet<string> {
    const keys = new Set<string>();
    for (const { batch } of this.#batches.values()) {
      for (const operation of batch.operations) {
        if (isDatabaseOperation(operation) || operation.db !== 0) continue;
        const { type } = specOf(operation);
        if (type !== null && !types.has(type)) keys.add(operation.key);
      }
    }
    return keys;
  }
}
