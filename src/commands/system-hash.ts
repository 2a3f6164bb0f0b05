import type { BinaryString } from "../base/bytes.ts";
import { SYSTEM_DATABASE } from "../crdt/operations/operation-kind.ts";
import type { HashView } from "../keyspace/types/hash/hash-port.ts";
import type { Transaction } from "../keyspace/transaction-port.ts";

/**
 * A hash of the system database, in whatever transaction is open: it replicates like any hash, its fields observed-remove
 * (H1–H5), and no SELECT reaches it.
 */
export class SystemHash {
  readonly key: string;

  constructor(key: string) {
    this.key = key;
  }

  /** What is there; having looked, the reply waits for the durability of what was found. */
  read<T>(tx: Transaction, body: (view: HashView | null) => T): T {
    return this.#inside(tx, () => body(tx.hashes.get(this.key)));
  }

  /** What a field holds; null where it is absent. As `read`. */
  get(tx: Transaction, field: BinaryString): BinaryString | null {
    const { db } = tx;
    tx.use(SYSTEM_DATABASE);
    try {
      return tx.hashes.get(this.key)?.get(field) ?? null;
    } finally {
      tx.use(db);
    }
  }

  put(tx: Transaction, field: BinaryString, value: BinaryString): void {
    this.#inside(tx, () => tx.hashes.put(this.key, [field, value]));
  }

  /** Adds to the number a field holds, 0 where it is absent; answers what it is then. */
  add(tx: Transaction, field: BinaryString, delta: number): number {
    return this.#inside(tx, () => {
      tx.hashes.add(this.key, field, delta);
      return Number(tx.hashes.get(this.key)!.get(field));
    });
  }

  /** Fields that are there. */
  remove(tx: Transaction, fields: readonly BinaryString[]): void {
    if (fields.length > 0) this.#inside(tx, () => tx.hashes.remove(this.key, fields));
  }

  /** All of it that is here; what another region adds meanwhile stays. */
  clear(tx: Transaction): void {
    this.#inside(tx, () => tx.delete(this.key));
  }

  #inside<T>(tx: Transaction, body: () => T): T {
    const { db } = tx;
    tx.use(SYSTEM_DATABASE);
    try {
      return body();
    } finally {
      tx.use(db);
    }
  }
}
