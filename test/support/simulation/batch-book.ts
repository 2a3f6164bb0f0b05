import type { Batch } from "../../../src/crdt/batch.ts";
import { peekBatch } from "../../../src/crdt/batch-codec.ts";
import { decodeBatch } from "../../../src/crdt/batch-decoder.ts";
import { isDatabaseOperation, specOf } from "../../../src/crdt/operation.ts";
import { ALL_DATABASES, OP } from "../../../src/crdt/operations/operation-kind.ts";
import { OriginTable } from "../../../src/crdt/origin.ts";
import { VersionVector, type NamedVector } from "../../../src/crdt/version-vector.ts";
import { retireIn } from "../reference/retired.ts";
import type { NamedDot } from "./door.ts";

/** Whether a batch is among those that somebody has. */
export type Coverage = (dot: NamedDot) => boolean;

/** Every batch that any region ever appended to its log, once. */
export class BatchBook {
  readonly #origins = new OriginTable();
  readonly #batches = new Map<string, { readonly bytes: Buffer; readonly batch: Batch }>();
  /** Keys that a delete which wins has ended, `db:key`. */
  readonly ended = new Set<string>();
  readonly #flushes: { readonly batch: Batch; readonly db: number }[] = [];

  /** Null: it is known already. */
  add(bytes: Buffer): Batch | null {
    const { id, sequence } = peekBatch(bytes);
    const name = `${id}:${sequence}`;
    const known = this.#batches.get(name);
    if (known !== undefined) {
      if (!known.bytes.equals(bytes)) throw new Error(`two batches are called ${name}`);
      return null;
    }
    const batch = decodeBatch(bytes, this.#origins);
    this.#batches.set(name, { bytes, batch });
    retireIn(this.#origins, batch);
    for (const operation of batch.operations) {
      if (isDatabaseOperation(operation)) this.#flushes.push({ batch, db: operation.db });
      else if (operation.op === OP.keyEnd) this.ended.add(`${operation.db}:${operation.key}`);
    }
    return batch;
  }

  dotOf({ origin, sequence }: Batch): NamedDot {
    return { origin: this.#origins.id(origin), sequence };
  }

  /** Something was flushed in the database, by whomever. */
  wasFlushed(db: number): boolean {
    return this.#flushes.some((flush) => flush.db === ALL_DATABASES || flush.db === db);
  }

  bytes(): readonly Buffer[] {
    return [...this.#batches.values()].map(({ bytes }) => bytes);
  }

  /** What a vector stands for: it does not name what is retired. */
  coverage(vector: NamedVector): Coverage {
    const known = VersionVector.fromNamed(vector, this.#origins);
    return ({ origin, sequence }) => {
      const index = this.#origins.find(origin);
      return index !== undefined && known.covers(index, sequence);
    };
  }

  /** A flush that is covered had observed the batch. */
  isFlushed({ origin, sequence }: NamedDot, db: number, covers: Coverage): boolean {
    const index = this.#origins.find(origin);
    return this.#flushes.some(({ batch, db: flushed }) => {
      if (flushed !== ALL_DATABASES && flushed !== db) return false;
      if (!covers({ origin: this.#origins.id(batch.origin), sequence: batch.sequence })) return false;
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
