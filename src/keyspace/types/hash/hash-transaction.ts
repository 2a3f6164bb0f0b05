import type { Delta } from "../../../crdt/delta.ts";
import { OP } from "../../../crdt/operations/operation-kind.ts";
import type { TypeHost } from "../type-host.ts";
import { HashFacet } from "./hash-facet.ts";
import type { HashTransaction, HashView } from "./hash-port.ts";
import { hashView } from "./hash-view.ts";

/** Reads and writes of hashes as operations. */
export class HashWrites implements HashTransaction {
  readonly #host: TypeHost;

  constructor(host: TypeHost) {
    this.#host = host;
  }

  get(key: string): HashView | null {
    const facet = this.#host.read(key, HashFacet);
    return facet === null ? null : hashView(facet);
  }

  put(key: string, pairs: readonly string[]): void {
    this.#host.write(key, "hash", [{ op: OP.hashPut, db: this.#host.db, key, pairs }]);
  }

  remove(key: string, fields: readonly string[]): void {
    if (this.#host.visible(key) === null) return;
    this.#host.write(key, "hash", [{ op: OP.hashRemove, db: this.#host.db, key, fields }]);
  }

  add(key: string, field: string, delta: Delta): void {
    this.#host.write(key, "hash", [{ op: OP.hashAdd, db: this.#host.db, key, field, delta }]);
  }
}
