import { NO_DEADLINE, type DeadlineMs } from "../crdt/deadline.ts";
import { operationBytes, type OneKeyOperation, type Operation, type ValueOperation } from "../crdt/operation.ts";
import { ALL_DATABASES, OP, SYSTEM_DATABASE, type KeyType } from "../crdt/operations/operation-kind.ts";
import type { KeyClasses } from "./key-classes.ts";
import type { VersionVector } from "../crdt/version-vector.ts";
import type { RegionName } from "../crdt/origin.ts";
import type { SequenceClass } from "../crdt/stream-id.ts";
import { conflictsOfEntry, type KeyConflicts } from "./key-conflicts.ts";
import type { KeyEntry } from "./key-entry.ts";
import { RevocationWrites, type RevocationHost } from "./revocation-transaction.ts";
import { randomVisibleKey, scanKeys } from "./scan.ts";
import type { KeyspaceState } from "./state.ts";
import {
  BatchTooLargeError,
  FinalCopyError,
  FinalKeyError,
  LimitCopyError,
  WrongTypeError,
  type Transaction,
} from "./transaction-port.ts";
import { DocumentWrites } from "./types/document/document-transaction.ts";
import type { Facet } from "./types/facet.ts";
import { HashWrites } from "./types/hash/hash-transaction.ts";
import { LimitWrites, type LimitHost } from "./types/limit/limit-transaction.ts";
import { ListWrites } from "./types/list/list-transaction.ts";
import { SetWrites } from "./types/set/set-transaction.ts";
import { StreamWrites } from "./types/stream/stream-transaction.ts";
import { SketchWrites } from "./types/sketch/sketch-transaction.ts";
import { StringWrites } from "./types/string/string-transaction.ts";
import { SortedSetWrites } from "./types/zset/sorted-set-transaction.ts";

/** A time of last use is kept in 32 bits: 68 years before the process started are long enough. */
const USED_AT_MIN_S = -(2 ** 31);

/** What a transaction needs of the keyspace besides its state. */
export interface TransactionHost {
  /** Values may have been purged here whose keys other regions still keep. */
  readonly hasPurged: boolean;
  readonly state: KeyspaceState;
  readonly classes: KeyClasses;
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
  /** What every member has durably, as far as is known here. */
  stableFrontier(): VersionVector;
  readonly region: RegionName;
  readonly sequenceClass: SequenceClass;
  /** Bytes a batch may have. */
  readonly batchBytesMax: number;
  hit(found: boolean): void;
}

/**
 * Commands' reads and writes as operations. Decides here, at the origin, so that `apply` never has to. What all types share is
 * here; each type's own reads and writes are in its port, which stands on this as its host.
 */
export class KeyspaceTransaction implements Transaction, RevocationHost, LimitHost {
  readonly strings = new StringWrites(this);
  readonly hashes = new HashWrites(this);
  readonly sets = new SetWrites(this);
  readonly documents = new DocumentWrites(this);
  readonly limits = new LimitWrites(this);
  readonly lists = new ListWrites(this);
  readonly streams = new StreamWrites(this);
  readonly sketches = new SketchWrites(this);
  readonly revocations = new RevocationWrites(this);
  readonly sortedSets = new SortedSetWrites(this);
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

  get hasPurged(): boolean {
    return this.#host.hasPurged;
  }

  get db(): number {
    return this.#db;
  }

  use(db: number): void {
    this.#db = db;
  }

  // --- keys -------------------------------------------------------------------------------------------------------

  typeOf(key: string): KeyType | null {
    return this.#seen(key)?.type ?? null;
  }

  deadlineOf(key: string): DeadlineMs | undefined {
    return this.#seen(key)?.deadline();
  }

  touch(key: string): boolean {
    return this.#seen(key) !== null;
  }

  idleMs(key: string): number | null {
    const entry = this.#host.state.table.find(this.#db, key);
    if (entry === undefined || entry.visible(this.nowMs) === null) return null;
    return (this.#host.nowS - entry.usedAtS) * 1000;
  }

  setIdle(key: string, idleMs: number): void {
    const entry = this.#host.state.table.find(this.#db, key);
    if (entry !== undefined) entry.usedAtS = Math.max(USED_AT_MIN_S, this.#host.nowS - Math.floor(idleMs / 1000));
  }

  conflictsOf(key: string): KeyConflicts | null {
    const entry = this.#find(key);
    return entry === null ? null : conflictsOfEntry(entry, this.#host.state.origins, this.nowMs);
  }

  memoryOf(key: string): number | null {
    const entry = this.#find(key);
    return entry === null || entry.visible(this.nowMs) === null ? null : entry.bytes;
  }

  delete(key: string): boolean {
    const rule = this.#host.classes.ruleOf(this.#db, key);
    const entry = this.#find(key);
    if (rule !== null) {
      // Also when nothing is here: a session may be ended before it has been heard of (row E11).
      const final = rule.keyClass === "delete-final";
      const lapseAtMs = final ? this.nowMs + rule.lapseMs : 0;
      const visible = (entry?.visible(this.nowMs) ?? null) !== null;
      this.#emit({ op: OP.keyEnd, db: this.#db, key, final, lapseAtMs });
      return visible;
    }
    if (entry === null || entry.facet === null) return false;
    const visible = entry.visible(this.nowMs);
    // Rows P2, B5: what is counted cannot be told apart, so for sketches and limits a delete wins.
    if (visible?.type === "sketch" || visible?.type === "limit")
      this.#emit({ op: OP.keyEnd, db: this.#db, key, final: false, lapseAtMs: 0 });
    else this.#emit({ op: OP.keyDelete, db: this.#db, key });
    return visible !== null;
  }

  setDeadline(key: string, atMs: DeadlineMs): void {
    const facet = this.#prepareWrite(key);
    if (facet === null) return;
    if (atMs !== NO_DEADLINE && atMs <= this.nowMs) {
      this.delete(key);
      return;
    }
    this.#emit({ op: OP.deadline, db: this.#db, key, type: facet.type, mode: "set", atMs });
  }

  copy(from: string, toDb: number, to: string): void {
    const source = this.#seen(from);
    if (source === null) return;
    if (source.type === "limit") throw new LimitCopyError();
    if (this.#host.classes.ruleOf(this.#db, from)?.keyClass === "delete-final") throw new FinalCopyError(from);
    const operations = source.copyOperations(toDb, to, source.deadline(), this.nowMs);
    this.inDatabase(toDb, () => this.replace(to, null, operations));
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
    this.#flush(this.#db);
  }

  flushAll(): void {
    this.#flush(ALL_DATABASES);
  }

  swap(left: number, right: number): void {
    if (left === right) return;
    const { table } = this.#host.state;
    this.#host.observed(this.#host.lastLsn);
    const take = (db: number): OneKeyOperation[] => {
      table.loadCold(db);
      const visible = [...table.resident(db)].filter((entry) => entry.visible(this.nowMs) !== null);
      if (visible.some((entry) => entry.visible(this.nowMs)!.type === "limit")) throw new LimitCopyError();
      return visible.flatMap((entry) => copyOf(entry, db === left ? right : left, this.nowMs));
    };
    const [fromLeft, fromRight] = [take(left), take(right)];
    this.#bytes = this.#bytesWith([...fromLeft, ...fromRight]);
    this.#emit({ op: OP.flush, db: left });
    this.#emit({ op: OP.flush, db: right });
    this.#emitCounted(fromLeft);
    this.#emitCounted(fromRight);
  }

  // --- for the types ----------------------------------------------------------------------------------------------

  get random(): { below(bound: number): number } {
    return this.#host.random;
  }

  get region(): RegionName {
    return this.#host.region;
  }

  get sequenceClass(): SequenceClass {
    return this.#host.sequenceClass;
  }

  visible(key: string): Facet | null {
    return this.#find(key)?.visible(this.nowMs) ?? null;
  }

  read<F extends Facet>(key: string, kind: abstract new (...args: never[]) => F): F | null {
    const facet = this.#seen(key);
    if (facet === null) return null;
    if (!(facet instanceof kind)) throw new WrongTypeError();
    return facet;
  }

  write(key: string, type: KeyType, operations: readonly ValueOperation[]): void {
    const bytes = this.#bytesWith(operations);
    this.refuseFinal(key);
    this.#bytes = bytes;
    const before = this.#prepareWrite(key);
    const created = before === null;
    const deadlineMs = before?.deadline() ?? NO_DEADLINE;
    const diverging = before?.hasDivergingDeadlines ?? false;
    this.#emitCounted(operations);
    if (this.#host.state.table.find(this.#db, key)?.facet?.type !== type) return;
    if (created || diverging) {
      this.#emit({ op: OP.deadline, db: this.#db, key, type, mode: "set", atMs: deadlineMs });
    } else if (deadlineMs !== NO_DEADLINE) {
      this.#emit({ op: OP.deadline, db: this.#db, key, type, mode: "reassert", atMs: deadlineMs });
    }
  }

  replace(key: string, over: KeyType | null, operations: readonly OneKeyOperation[]): void {
    const bytes = this.#bytesWith(operations);
    this.refuseFinal(key);
    this.#bytes = bytes;
    const entry = this.#find(key);
    if (entry !== null && entry.facet !== null) {
      const plain = entry.hidden === null && entry.visible(this.nowMs)?.type === over;
      if (!plain) this.#emit({ op: OP.keyDelete, db: this.#db, key });
    } else if (this.#host.hasPurged) this.#emit({ op: OP.keyDelete, db: this.#db, key });
    this.#emitCounted(operations);
  }

  // --- for revocations --------------------------------------------------------------------------------------------

  get classes(): KeyClasses {
    return this.#host.classes;
  }

  stableFrontier(): VersionVector {
    return this.#host.stableFrontier();
  }

  emitAll(operations: readonly Operation[]): void {
    this.#bytes = this.#bytesWith(operations);
    this.#emitCounted(operations);
  }

  // --- inside -----------------------------------------------------------------------------------------------------

  /** Removes what is kept but not visible, so that the write stands on what its client saw. Answers what is visible. */
  #prepareWrite(key: string): Facet | null {
    const entry = this.#find(key);
    if (entry === null || entry.facet === null) {
      // What is purged here may still be kept elsewhere, and must not come back with the new value (row E10).
      if (this.#host.hasPurged) this.#emit({ op: OP.keyDelete, db: this.#db, key });
      return null;
    }
    const visible = entry.visible(this.nowMs);
    if (visible === null) this.#emit({ op: OP.keyDelete, db: this.#db, key });
    else if (entry.hidden !== null) this.#emit({ op: OP.keyKeep, db: this.#db, key, type: visible.type });
    return visible;
  }

  /** What a client sees of the key: counts among hits and misses. */
  #seen(key: string): Facet | null {
    const facet = this.visible(key);
    // The house's own look-ups are nobody's hits.
    if (this.#db !== SYSTEM_DATABASE) this.#host.hit(facet !== null);
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

  /** Row R4: what was ended for good is not written again. */
  refuseFinal(key: string): void {
    const { markers } = this.#host.state;
    if (markers.isEmpty) return;
    const untilMs = markers.finalUntilMs(this.#db, key, this.nowMs);
    if (untilMs > 0) throw new FinalKeyError(key, untilMs);
  }

  #flush(db: number): void {
    const rules = this.#host.classes.rules.map(({ prefix, keyClass, lapseMs }) => {
      return { prefix, keyClass, lapseAtMs: keyClass === "delete-final" ? this.nowMs + lapseMs : 0 };
    });
    if (rules.every(({ keyClass }) => keyClass === "update-wins")) this.#emit({ op: OP.flush, db });
    else this.#emit({ op: OP.flushEnd, db, rules });
  }

  inDatabase<T>(db: number, body: () => T): T {
    const back = this.#db;
    this.#db = db;
    try {
      return body();
    } finally {
      this.#db = back;
    }
  }

  /** What the batch has with these too. Throws BatchTooLargeError. */
  #bytesWith(operations: readonly Operation[]): number {
    let bytes = this.#bytes;
    for (let at = 0; at < operations.length; at++) bytes += operationBytes(operations[at]!);
    if (bytes > this.#host.batchBytesMax) throw new BatchTooLargeError(this.#host.batchBytesMax, bytes);
    return bytes;
  }

  #emitCounted(operations: readonly Operation[]): void {
    for (let at = 0; at < operations.length; at++) this.#host.emit(operations[at]!);
  }

  #emit(operation: Operation): void {
    this.#bytes += operationBytes(operation);
    this.#host.emit(operation);
  }
}

function copyOf(entry: KeyEntry, toDb: number, nowMs: number): OneKeyOperation[] {
  const facet = entry.visible(nowMs)!;
  return facet.copyOperations(toDb, entry.key, facet.deadline(), nowMs);
}
