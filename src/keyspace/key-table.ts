import { hash32 } from "../base/hash32.ts";
import { KEY_TYPE_CODES, STORED_DATABASES } from "../crdt/operations/operation-kind.ts";
import type { OriginTable } from "../crdt/origin.ts";
import type { Rows } from "../storage/rows-port.ts";
import { KeyEntry } from "./key-entry.ts";
import { PackedEntries, type PackedPlace } from "./packed-entries.ts";
import { decodeHead, restoreElement } from "./row-codec.ts";
import { headRowOf, parseKeyPosition, prefixEnd, prefixOfHeadRow, ROW_HEAD, scanEnd, scanStart } from "./row-key.ts";
import type { ValuePool } from "./value-pool.ts";

/** Map shards per database: a V8 Map ends at 2^24 entries, and SCAN reads one shard at a time. */
const SHARD_BITS = 12;
const SHARD_COUNT = 2 ** SHARD_BITS;
const HASHES_PER_SHARD = 2 ** (32 - SHARD_BITS);

type Shard = Map<string, KeyEntry | PackedPlace>;

/** A key of a shard, in memory: its entry, or where it is packed. */
export type ShardKey = KeyEntry | { readonly hash: number; readonly key: string; readonly place: PackedPlace };

/** A packed entry, for who chooses what goes from memory. */
export interface PackedKey {
  readonly db: number;
  readonly key: string;
  readonly usedAtS: number;
}

/**
 * The keys: those in memory, and behind them those that are only rows. Memory is a cache over the rows; a key that is not in
 * memory is loaded, whole, by whoever asks for it. One in memory that rests may be packed: a run of bytes in place of some ten
 * objects. Who asks for it gets it unpacked, and nobody else notices.
 *
 * Invariants: an entry in memory is newer than or equal to its rows. So a lookup that finds one never asks the rows, and the
 * absence of a deleted key stays in memory until its rows are gone. A packed entry is equal to its rows.
 */
export class KeyTable {
  readonly #rows: Rows;
  readonly #origins: OriginTable;
  readonly #databases: (Shard | undefined)[][] = [];
  readonly #packed: PackedEntries[] = [];
  /** Keys that exist, in memory or as rows, by database. Expired ones count until purged. */
  readonly #counts: number[];
  /** Of those, the ones that have a deadline. */
  readonly #deadlines: number[];
  /** Of those, the ones with something concurrent in them. */
  readonly #conflicts: number[];
  /** Keys that are only rows, by database: while 0 a miss in memory is a miss. */
  readonly #cold: number[];
  #resident = 0;
  /** The last one found: a write looks its key up four times. Null once anything was dropped. */
  #latest: KeyEntry | null = null;
  /** The key hashed last, and its hash: one that is not there yet is looked for as often. */
  #hashedKey = "";
  #hash = hash32("");
  /** Called with each entry that came into memory: created, or loaded from rows. */
  onInsert: (entry: KeyEntry) => void = () => {};
  /** Called with each entry that was packed in so many bytes and is not any more. */
  onUnpacked: (entry: KeyEntry, packedBytes: number) => void = () => {};

  constructor(
    rows: Rows,
    origins: OriginTable,
    counts: readonly number[],
    deadlines: readonly number[] = [],
    conflicts: readonly number[] = [],
  ) {
    this.#rows = rows;
    this.#origins = origins;
    this.#counts = Array.from({ length: STORED_DATABASES }, (_, db) => counts[db] ?? 0);
    this.#deadlines = Array.from({ length: STORED_DATABASES }, (_, db) => deadlines[db] ?? 0);
    this.#conflicts = Array.from({ length: STORED_DATABASES }, (_, db) => conflicts[db] ?? 0);
    this.#cold = [...this.#counts];
    for (let db = 0; db < STORED_DATABASES; db++) {
      this.#databases.push([]);
      this.#packed.push(new PackedEntries(db, origins));
    }
  }

  /** Keys in memory, packed ones too. */
  get residentKeys(): number {
    return this.#resident;
  }

  get packedKeys(): number {
    return this.#packed.reduce((sum, { count }) => sum + count, 0);
  }

  /** Keys of all databases, in memory or as rows. */
  get size(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  counts(): readonly number[] {
    return this.#counts;
  }

  deadlineCounts(): readonly number[] {
    return this.#deadlines;
  }

  conflictCounts(): readonly number[] {
    return this.#conflicts;
  }

  count(db: number): number {
    return this.#counts[db]!;
  }

  /** The entry, loaded if need be; an absence counts as an entry. Undefined when nothing is known of the key. */
  find(db: number, key: string): KeyEntry | undefined {
    const latest = this.#latest;
    if (latest !== null && latest.key === key && latest.db === db) return latest;
    return this.#find(db, this.#hashOf(key), key);
  }

  findOrCreate(db: number, key: string): KeyEntry {
    const latest = this.#latest;
    if (latest !== null && latest.key === key && latest.db === db) return latest;
    const hash = this.#hashOf(key);
    const found = this.#find(db, hash, key);
    if (found !== undefined) return found;
    const entry = new KeyEntry(db, key, hash);
    this.#insert(entry);
    this.#latest = entry;
    return entry;
  }

  /** Where texts of a database's strings are. It is another one once the database was emptied. */
  poolOf(db: number): ValuePool {
    return this.#packed[db]!.pool;
  }

  /** Keeps the counts of keys right: call around every change of an entry. */
  adjustCount(entry: KeyEntry, existedBefore: boolean): void {
    const exists = entry.facet !== null;
    if (exists !== existedBefore) this.#counts[entry.db]! += exists ? 1 : -1;
    const { isConflicted } = entry;
    if (isConflicted !== entry.hasConflict) {
      entry.hasConflict = isConflicted;
      this.#conflicts[entry.db] = Math.max(0, this.#conflicts[entry.db]! + (isConflicted ? 1 : -1));
    }
    const hasDeadline = entry.endsSomeday;
    if (hasDeadline === entry.hasDeadline) return;
    entry.hasDeadline = hasDeadline;
    this.#deadlines[entry.db] = Math.max(0, this.#deadlines[entry.db]! + (hasDeadline ? 1 : -1));
  }

  /** True while this very entry stands for its key. */
  isResident(entry: KeyEntry): boolean {
    return this.#shardOf(entry)?.get(entry.key) === entry;
  }

  /** Drops an entry from memory: an absence for good, a present key to its rows. False when it was not in memory. */
  forget(entry: KeyEntry): boolean {
    if (!this.isResident(entry)) return false;
    this.#latest = null;
    this.#shardOf(entry)!.delete(entry.key);
    this.#resident--;
    if (entry.facet !== null) this.#cold[entry.db]!++;
    return true;
  }

  /**
   * Packs an entry that is equal to its rows: answers the bytes it takes from now on. 0 when it cannot be: it is not in memory,
   * or too long.
   */
  pack(entry: KeyEntry): number {
    if (!this.isResident(entry)) return 0;
    const packed = this.#packed[entry.db]!;
    const place = packed.pack(entry);
    if (place === null) return 0;
    this.#latest = null;
    this.#shardOf(entry)!.set(entry.key, place);
    return packed.bytesOf(place, entry.key);
  }

  /** Drops a packed entry to its rows; answers the bytes it took, 0 when it is not packed any more. */
  forgetPacked({ db, key }: PackedKey): number {
    const shard = this.#shardAt(db, hash32(key));
    const place = shard?.get(key);
    if (typeof place !== "number") return 0;
    shard!.delete(key);
    this.#resident--;
    this.#cold[db]!++;
    const packed = this.#packed[db]!;
    const bytes = packed.bytesOf(place, key);
    packed.drop(place);
    return bytes;
  }

  /** Forgets everything of a database, rows included: they count as gone from now on. */
  clear(db: number): void {
    this.#latest = null;
    for (const shard of this.#databases[db]!) {
      this.#resident -= shard?.size ?? 0;
      // Who is still going through it comes to its end.
      shard?.clear();
    }
    this.#databases[db] = [];
    this.#packed[db] = new PackedEntries(db, this.#origins);
    this.#counts[db] = 0;
    this.#deadlines[db] = 0;
    this.#conflicts[db] = 0;
    this.#cold[db] = 0;
  }

  /** Entries in memory, of one database or all. Of packed ones copies, to be looked at and not changed. */
  *resident(db?: number): Generator<KeyEntry> {
    for (let index = 0; index < STORED_DATABASES; index++) {
      if (db !== undefined && db !== index) continue;
      for (const shard of this.#databases[index]!) if (shard !== undefined) yield* this.#entriesOf(index, shard);
    }
  }

  /** What is in memory as it is: of a packed entry what is known without unpacking it. */
  *kept(): Generator<KeyEntry | PackedKey> {
    for (let db = 0; db < STORED_DATABASES; db++) {
      // Both as they are now: who goes through this takes breaks, and a database may be emptied in one.
      const packed = this.#packed[db]!;
      for (const shard of this.#databases[db]!) {
        for (const [key, kept] of shard ?? []) {
          if (typeof kept !== "number") yield kept;
          else yield { db, key, usedAtS: packed.usedAtS(kept) };
        }
      }
    }
  }

  /** Keys in memory that exist. */
  *keysOf(db: number): Generator<string> {
    for (const shard of this.#databases[db]!) {
      for (const [key, kept] of shard ?? []) if (typeof kept === "number" || kept.facet !== null) yield key;
    }
  }

  /** Entries in memory that are not packed; null for each that is. */
  *unpacked(): Generator<KeyEntry | null> {
    for (const shards of this.#databases) {
      for (const shard of shards) {
        for (const kept of shard?.values() ?? []) yield typeof kept === "number" ? null : kept;
      }
    }
  }

  /** Loads every key of a database that is only rows, so that all of it is in memory. */
  loadCold(db: number): void {
    if (this.#cold[db]! > 0) this.#loadBetween(db, 0, 2 ** 32);
  }

  /** The same, and unpacks what is packed: for who changes entries. */
  loadAll(db: number): void {
    this.loadCold(db);
    if (this.#packed[db]!.count === 0) return;
    for (const shard of this.#databases[db]!) {
      for (const [key, kept] of shard ?? []) if (typeof kept === "number") this.find(db, key);
    }
  }

  /**
   * Keys of one shard, in hash order from `fromHash` on, loaded as needed, and where the next shard begins. `look` shows each, until the
   * table changes.
   */
  shardFrom(db: number, fromHash: number): { readonly keys: readonly ShardKey[]; readonly nextHash: number } {
    const index = Math.floor(fromHash / HASHES_PER_SHARD);
    const nextHash = (index + 1) * HASHES_PER_SHARD;
    if (this.#cold[db]! > 0) this.#loadBetween(db, fromHash, nextHash);
    const keys: ShardKey[] = [];
    for (const [key, kept] of this.#databases[db]![index] ?? []) {
      const one = typeof kept === "number" ? { hash: hash32(key), key, place: kept } : kept;
      if (one.hash >= fromHash) keys.push(one);
    }
    keys.sort((left, right) => left.hash - right.hash);
    return { keys, nextHash };
  }

  /** The entry; of a packed one a copy, to be looked at and not changed. */
  look(db: number, one: ShardKey): KeyEntry {
    return one instanceof KeyEntry ? one : this.#packed[db]!.copy(one.place, one.key, one.hash);
  }

  *#entriesOf(db: number, shard: Shard): Generator<KeyEntry> {
    const packed = this.#packed[db]!;
    for (const [key, kept] of shard) {
      if (typeof kept !== "number") yield kept;
      else yield packed.copy(kept, key, hash32(key));
    }
  }

  /** Loads what is only rows, by its hash. */
  #loadBetween(db: number, fromHash: number, endHash: number): void {
    const rows = [...this.#rows.range(scanStart(db, fromHash), scanEnd(db, endHash))];
    for (const { key: rowKey, value } of rows) {
      const { prefixBytes, hash, key } = parseKeyPosition(rowKey);
      if (rowKey[prefixBytes] !== ROW_HEAD) continue;
      const name = key ?? decodeHead(value).key;
      if (this.#shardAt(db, hash)?.has(name) !== true) this.find(db, name);
    }
  }

  #shardOf({ db, hash }: KeyEntry): Shard | undefined {
    return this.#shardAt(db, hash);
  }

  #shardAt(db: number, hash: number): Shard | undefined {
    return this.#databases[db]![hash >>> (32 - SHARD_BITS)];
  }

  #hashOf(key: string): number {
    if (key !== this.#hashedKey) {
      this.#hash = hash32(key);
      this.#hashedKey = key;
    }
    return this.#hash;
  }

  #find(db: number, hash: number, key: string): KeyEntry | undefined {
    const kept = this.#shardAt(db, hash)?.get(key);
    if (kept === undefined) return this.#cold[db]! > 0 ? this.#load(db, hash, key) : undefined;
    const entry = typeof kept === "number" ? this.#unpack(db, hash, key, kept) : kept;
    this.#latest = entry;
    return entry;
  }

  #unpack(db: number, hash: number, key: string, place: PackedPlace): KeyEntry {
    const packed = this.#packed[db]!;
    const bytes = packed.bytesOf(place, key);
    const entry = packed.unpack(place, key, hash);
    this.#shardOf(entry)!.set(key, entry);
    this.onUnpacked(entry, bytes);
    return entry;
  }

  #insert(entry: KeyEntry): void {
    const shards = this.#databases[entry.db]!;
    const shard = entry.hash >>> (32 - SHARD_BITS);
    if (shards.length === 0) for (let index = 0; index < SHARD_COUNT; index++) shards.push(undefined);
    (shards[shard] ??= new Map()).set(entry.key, entry);
    this.#resident++;
    this.onInsert(entry);
  }

  #load(db: number, hash: number, key: string): KeyEntry | undefined {
    const headRow = headRowOf(db, hash, key);
    const headBytes = this.#rows.get(headRow);
    if (headBytes === null) return undefined;
    const { retirements } = this.#origins;
    const head = decodeHead(headBytes, retirements);
    const entry = new KeyEntry(db, head.key, hash);
    if (head.facets.some((facet) => facet.hasElements)) {
      const prefix = prefixOfHeadRow(headRow);
      for (const { key: rowKey, value } of this.#rows.range(prefix, prefixEnd(prefix))) {
        const kind = rowKey[prefix.length]!;
        if (kind === ROW_HEAD) continue;
        const facet = head.facets.find((one) => KEY_TYPE_CODES[one.type] === kind - 1);
        if (facet !== undefined) restoreElement(facet, value, retirements);
      }
    }
    entry.hold(head.facets);
    this.#insert(entry);
    this.#cold[db]!--;
    return entry;
  }
}
