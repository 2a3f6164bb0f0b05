import { NO_DEADLINE, type DeadlineMs } from "../crdt/deadline.ts";
import type { Delta } from "../crdt/delta.ts";
import { ALL_DATABASES, OP, type KeyType, type Operation } from "../crdt/operation.ts";
import type { Facet } from "./facet.ts";
import { HashFacet } from "./hash-facet.ts";
import { hashView } from "./hash-view.ts";
import type { KeyEntry } from "./key-entry.ts";
import { randomVisibleKey, scanKeys } from "./scan.ts";
import type { KeyspaceState } from "./state.ts";
import { StringFacet } from "./string-facet.ts";
import {
  BatchTooLargeError,
  KEEP_DEADLINE,
  WrongTypeError,
  type HashView,
  type Transaction,
} from "./transaction-port.ts";

/** What a transaction needs of the keyspace besides its state. */
export interface TransactionHost {
  readonly state: KeyspaceState;
  nowMs: number;
  nowS: number;
  /** Applies one operation as part of this transaction's batch, which begins with the first. */
  emit(operation: Operation): void;
  /** Something that depends on log position `lsn` was read. */
  observed(lsn: number): void;
  /** Position of the last flush: who finds nothing has seen that. */
  flushLsn: number;
  readonly lastLsn: number;
  readonly random: { below(bound: number): number };
  /** Bytes a batch may have. */
  readonly batchBytesMax: number;
  hit(found: boolean): void;
}

/** Commands' reads and writes as operations. Decides here, at the origin, so that `apply` never has to. */
export class KeyspaceTransaction implements Transaction {
  readonly #host: TransactionHost;
  #db = 0;
  #bytes = 0;

  constructor(host: TransactionHost) {
    this.#host = host;
  }

  /** A new transaction begins. */
  begin(db: number): void {
    this.#db = db;
    this.#bytes = 0;
  }

  get nowMs(): number {
    return this.#host.nowMs;
  }

  get db(): number {
    return this.#db;
  }

  use(db: number): void {
    this.#db = db;
  }

  // --- keys -------------------------------------------------------------------------------------------------------

  typeOf(key: string): KeyType | null {
    return this.#visible(key)?.type ?? null;
  }

  deadlineOf(key: string): DeadlineMs | undefined {
    return this.#visible(key)?.deadline();
  }

  touch(key: string): boolean {
    return this.#visible(key) !== null;
  }

  idleMs(key: string): number | null {
    const entry = this.#host.state.table.find(this.#db, key);
    if (entry === undefined || entry.visible(this.nowMs) === null) return null;
    return (this.#host.nowS - entry.usedAtS) * 1000;
  }

  memoryOf(key: string): number | null {
    const entry = this.#find(key);
    return entry === null || entry.visible(this.nowMs) === null ? null : entry.bytes;
  }

  delete(key: string): boolean {
    const entry = this.#find(key);
    if (entry === null || entry.facet === null) return false;
    const visible = entry.visible(this.nowMs) !== null;
    this.#emit({ op: OP.keyDelete, db: this.#db, key });
    return visible;
  }

  setDeadline(key: string, atMs: DeadlineMs): void {
    const facet = this.#prepareWrite(key);
    if (facet === null) return;
    if (atMs !== NO_DEADLINE && atMs <= this.nowMs) {
      this.#emit({ op: OP.keyDelete, db: this.#db, key });
      return;
    }
    this.#emit({ op: OP.deadline, db: this.#db, key, type: facet.type, mode: "set", atMs });
  }

  copy(from: string, toDb: number, to: string): void {
    const source = this.#visible(from);
    if (source === null) return;
    const deadlineMs = source.deadline();
    if (source instanceof StringFacet) {
      const value = source.text()!;
      this.#at(toDb, () => this.setString(to, value, deadlineMs));
      return;
    }
    const pairs: string[] = [];
    for (const [field, register] of (source as HashFacet).entries()) pairs.push(field, register.text()!);
    this.#at(toDb, () => {
      this.#checkSize(pairs);
      this.delete(to);
      this.putFields(to, pairs);
      if (deadlineMs !== NO_DEADLINE) this.setDeadline(to, deadlineMs);
    });
  }

  size(): number {
    this.#host.observed(this.#host.lastLsn);
    return this.#host.state.table.count(this.#db);
  }

  scan(cursor: number, count: number, visit: (key: string, type: KeyType) => void): number {
    this.#host.observed(this.#host.lastLsn);
    return scanKeys(this.#host.state.table, this.#db, cursor, count, this.nowMs, visit);
  }

  randomKey(): string | null {
    this.#host.observed(this.#host.lastLsn);
    return randomVisibleKey(this.#host.state.table, this.#db, this.nowMs, this.#host.random);
  }

  flush(): void {
    this.#emit({ op: OP.flush, db: this.#db });
  }

  flushAll(): void {
    this.#emit({ op: OP.flush, db: ALL_DATABASES });
  }

  swap(left: number, right: number): void {
    if (left === right) return;
    const { table } = this.#host.state;
    this.#host.observed(this.#host.lastLsn);
    const take = (db: number): (() => void)[] => {
      table.loadAll(db);
      const visible = [...table.resident(db)].filter((entry) => entry.visible(this.nowMs) !== null);
      return visible.map((entry) => this.#copier(entry));
    };
    const [fromLeft, fromRight] = [take(left), take(right)];
    this.#emit({ op: OP.flush, db: left });
    this.#emit({ op: OP.flush, db: right });
    this.#at(right, () => fromLeft.forEach((copy) => copy()));
    this.#at(left, () => fromRight.forEach((copy) => copy()));
  }

  // --- strings ----------------------------------------------------------------------------------------------------

  getString(key: string): string | null {
    const facet = this.#visible(key);
    if (facet === null) return null;
    if (!(facet instanceof StringFacet)) throw new WrongTypeError();
    return facet.text();
  }

  setString(key: string, value: string, deadline: DeadlineMs | typeof KEEP_DEADLINE): void {
    const entry = this.#find(key);
    let deadlineMs = deadline === KEEP_DEADLINE ? NO_DEADLINE : deadline;
    if (entry !== null && entry.facet !== null) {
      const visible = entry.visible(this.nowMs);
      if (deadline === KEEP_DEADLINE) deadlineMs = visible?.deadline() ?? NO_DEADLINE;
      // A plain string is simply overwritten; everything else that is kept of the key goes first.
      if (visible === null || !(visible instanceof StringFacet) || entry.hidden !== null) {
        this.#emit({ op: OP.keyDelete, db: this.#db, key });
      }
    }
    if (deadlineMs !== NO_DEADLINE && deadlineMs <= this.nowMs) {
      this.delete(key);
      return;
    }
    this.#emit({ op: OP.stringSet, db: this.#db, key, value, deadlineMs });
  }

  addToString(key: string, delta: Delta): void {
    this.#write(key, "string", () => this.#emit({ op: OP.stringAdd, db: this.#db, key, delta }));
  }

  // --- hashes -----------------------------------------------------------------------------------------------------

  getHash(key: string): HashView | null {
    const facet = this.#visible(key);
    if (facet === null) return null;
    if (!(facet instanceof HashFacet)) throw new WrongTypeError();
    return hashView(facet);
  }

  putFields(key: string, pairs: readonly string[]): void {
    this.#write(key, "hash", () => this.#emit({ op: OP.hashPut, db: this.#db, key, pairs }));
  }

  removeFields(key: string, fields: readonly string[]): void {
    const facet = this.#visible(key);
    if (facet === null) return;
    this.#write(key, "hash", () => this.#emit({ op: OP.hashRemove, db: this.#db, key, fields }));
  }

  addToField(key: string, field: string, delta: Delta): void {
    this.#write(key, "hash", () => this.#emit({ op: OP.hashAdd, db: this.#db, key, field, delta }));
  }

  // --- inside -----------------------------------------------------------------------------------------------------

  /** One write to a value that goes on: settles what was left over first and the deadline afterwards (rows E5, E10, K1). */
  #write(key: string, type: KeyType, body: () => void): void {
    const before = this.#prepareWrite(key);
    const created = before === null;
    const deadlineMs = before?.deadline() ?? NO_DEADLINE;
    const diverging = before?.hasDivergingDeadlines ?? false;
    body();
    if (this.#host.state.table.find(this.#db, key)?.facet?.type !== type) return;
    if (created || diverging) {
      this.#emit({ op: OP.deadline, db: this.#db, key, type, mode: "set", atMs: deadlineMs });
    } else if (deadlineMs !== NO_DEADLINE) {
      this.#emit({ op: OP.deadline, db: this.#db, key, type, mode: "reassert", atMs: deadlineMs });
    }
  }

  /** Removes what is kept but not visible, so that the write stands on what its client saw. Answers what is visible. */
  #prepareWrite(key: string): Facet | null {
    const entry = this.#find(key);
    if (entry === null || entry.facet === null) return null;
    const visible = entry.visible(this.nowMs);
    if (visible === null) this.#emit({ op: OP.keyDelete, db: this.#db, key });
    else if (entry.hidden !== null) this.#emit({ op: OP.keyKeep, db: this.#db, key, type: visible.type });
    return visible;
  }

  #visible(key: string): Facet | null {
    const facet = this.#find(key)?.visible(this.nowMs) ?? null;
    this.#host.hit(facet !== null);
    return facet;
  }

  #find(key: string): KeyEntry | null {
    const entry = this.#host.state.table.find(this.#db, key);
    if (entry === undefined) {
      this.#host.observed(this.#host.flushLsn);
      return null;
    }
    entry.usedAtS = this.#host.nowS;
    this.#host.observed(entry.lsn);
    return entry;
  }

  #copier(entry: KeyEntry): () => void {
    const facet = entry.visible(this.nowMs)!;
    const deadlineMs = facet.deadline();
    if (facet instanceof StringFacet) {
      const value = facet.text()!;
      return () => this.setString(entry.key, value, deadlineMs);
    }
    const pairs: string[] = [];
    for (const [field, register] of (facet as HashFacet).entries()) pairs.push(field, register.text()!);
    return () => {
      this.putFields(entry.key, pairs);
      if (deadlineMs !== NO_DEADLINE) this.setDeadline(entry.key, deadlineMs);
    };
  }

  #at(db: number, body: () => void): void {
    const back = this.#db;
    this.#db = db;
    try {
      body();
    } finally {
      this.#db = back;
    }
  }

  #checkSize(parts: readonly string[]): void {
    let bytes = this.#bytes;
    for (const part of parts) bytes += part.length + 4;
    if (bytes > this.#host.batchBytesMax) throw new BatchTooLargeError(this.#host.batchBytesMax, bytes);
  }

  #emit(operation: Operation): void {
    if (operation.op === OP.stringSet) this.#checkSize([operation.key, operation.value]);
    if (operation.op === OP.hashPut) this.#checkSize(operation.pairs);
    this.#bytes += sizeOf(operation);
    this.#host.emit(operation);
  }
}

/** About how many bytes an operation adds to its batch. */
function sizeOf(operation: Operation): number {
  if (operation.op === OP.flush) return 2;
  let bytes = 16 + operation.key.length;
  if (operation.op === OP.stringSet) bytes += operation.value.length;
  else if (operation.op === OP.hashPut) for (const part of operation.pairs) bytes += part.length + 2;
  return bytes;
}
