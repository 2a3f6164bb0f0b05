import { NO_DEADLINE, type DeadlineMs } from "../../../crdt/deadline.ts";
import type { Delta } from "../../../crdt/delta.ts";
import type { ValueOperation } from "../../../crdt/operation.ts";
import { OP } from "../../../crdt/operations/operation-kind.ts";
import type { TypeHost } from "../type-host.ts";
import { HashFacet } from "./hash-facet.ts";
import type { HashTransaction, HashView } from "./hash-port.ts";
import { HashFacetView } from "./hash-view.ts";

/** Reads and writes of hashes as operations. */
export class HashWrites implements HashTransaction {
  readonly #host: TypeHost;

  constructor(host: TypeHost) {
    this.#host = host;
  }

  get(key: string): HashView | null {
    const facet = this.#host.read(key, HashFacet);
    return facet === null ? null : new HashFacetView(facet, this.#host.nowMs);
  }

  put(key: string, pairs: readonly string[]): void {
    this.#host.write(key, "hash", [{ op: OP.hashPut, db: this.#host.db, key, pairs }]);
  }

  store(key: string, pairs: readonly string[]): void {
    const { db } = this.#host;
    this.#host.replace(key, null, [
      { op: OP.hashPut, db, key, pairs },
      { op: OP.deadline, db, key, type: "hash", mode: "set", atMs: NO_DEADLINE },
    ]);
  }

  remove(key: string, fields: readonly string[]): void {
    if (this.#host.visible(key) === null) return;
    this.#host.write(key, "hash", [{ op: OP.hashRemove, db: this.#host.db, key, fields }]);
  }

  add(key: string, field: string, delta: Delta): void {
    const { db, nowMs } = this.#host;
    const facet = this.#host.visible(key);
    const hash = facet instanceof HashFacet ? facet : null;
    const operations: ValueOperation[] = [{ op: OP.hashAdd, db, key, field, delta }];
    const atMs = hash?.fieldDeadline(field) ?? NO_DEADLINE;
    if (atMs !== NO_DEADLINE) {
      // As for keys: what has expired goes first (row E10), what lives keeps its deadline (rows E5, E8).
      if (hash!.hasExpired(field, nowMs)) operations.unshift({ op: OP.hashRemove, db, key, fields: [field] });
      else {
        const mode = hash!.hasDivergingFieldDeadlines(field) ? "set" : "reassert";
        operations.push({ op: OP.hashDeadline, db, key, fields: [field], mode, atMs });
      }
    } else if (hash !== null && this.#host.hasPurged && hash.visibleField(field, nowMs) === undefined) {
      operations.unshift({ op: OP.hashRemove, db, key, fields: [field] });
    }
    this.#host.write(key, "hash", operations);
  }

  setDeadline(key: string, fields: readonly string[], atMs: DeadlineMs): void {
    const { db, nowMs } = this.#host;
    if (atMs !== NO_DEADLINE && atMs <= nowMs) this.remove(key, fields);
    else this.#host.write(key, "hash", [{ op: OP.hashDeadline, db, key, fields, mode: "set", atMs }]);
  }
}
