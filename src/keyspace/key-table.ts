import { hash32 } from "../base/hash32.ts";
import { NO_DEADLINE } from "../crdt/deadline.ts";
import { KEY_TYPE_CODES, STORED_DATABASES } from "../crdt/operations/operation-kind.ts";
import type { Retirements } from "../crdt/retirements.ts";
import type { Rows } from "../storage/rows-port.ts";
import { KeyEntry } from "./key-entry.ts";
import { decodeHead, restoreElement } from "./row-codec.ts";
import { headRowOf, parseKeyPosition, prefixEnd, prefixOfHeadRow, ROW_HEAD, scanEnd, scanStart } from "./row-key.ts";

/** Map shards per database: a V8 Map ends at 2^24 entries, and SCAN reads one shard at a time. */
const SHARD_BITS = 12;
const SHARD_COUNT = 2 ** SHARD_BITS;
const HASHES_PER_SHARD = 2 ** (32 - SHARD_BITS);

/**
 * The keys: those in memory, and behind them those that are only rows. Memory is a cache over the rows; a key that is not in
 * memory is loaded, whole, by whoever asks for it.
 *
 * Invariant: an entry in memory is newer than or equal to its rows. So a lookup that finds one never asks the rows, and the
 * absence of a deleted key stays in memory until its rows are gone.
 */
export class KeyTable {
  readonly #rows: Rows;
  readonly #retirements: Retirements;
  readonly #databases: (Map<string, KeyEntry> | undefined)[][] = [];
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

  constructor(
    rows: Rows,
    retirements: Retirements,
    counts: readonly number[],
    deadlines: readonly number[] = [],
    conflicts: readonly number[] = [],
  ) {
    this.#rows = rows;
    this.#retirements = retirements;
    this.#counts = Array.from({ length: STORED_DATABASES }, (_, db) => counts[db] ?? 0);
    this.#deadlines = Array.from({ length: STORED_DATABASES }, (_, db) => deadlines[db] ?? 0);
    this.#conflicts = Array.from({ length: STORED_DATABASES }, (_, db) => conflicts[db] ?? 0);
    this.#cold = [...this.#counts];
    for (let db = 0; db < STORED_DATABASES; db++) this.#databases.push([]);
  }

  get residentKeys(): number {
    return this.#resident;
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

  hasCold(db: number): boolean {
    return this.#cold[db]! > 0;
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

  /** Keeps the counts of keys right: call around every change of an entry. */
  adjustCount(entry: KeyEntry, existedBefore: boolean): void {
    const exists = entry.facet !== null;
    if (exists !== existedBefore) this.#counts[entry.db]! += exists ? 1 : -1;
    const { isConflicted } = entry;
    if (isConflicted !== entry.hasConflict) {
      entry.hasConflict = isConflicted;
      this.#conflicts[entry.db] = Math.max(0, this.#conflicts[entry.db]! + (isConflicted ? 1 : -1));
    }
    const hasDeadline = endsSomeday(entry);
    if (hasDeadline === entry.hasDeadline) return;
    entry.hasDeadline = hasDeadline;
    this.#deadlines[entry.db] = Math.max(0, this.#deadlines[entry.db]! + (hasDeadline ? 1 : -1));
  }

  /** True while this very entry stands for its key. */
  isResident(entry: KeyEntry): boolean {
    return this.#databases[entry.db]![entry.hash >>> (32 - SHARD_BITS)]?.get(entry.key) === entry;
  }

  /** Drops an entry from memory: an absence for good, a present key to its rows. False when it was not in memory. */
  forget(entry: KeyEntry): boolean {
    if (!this.isResident(entry)) return false;
    this.#latest = null;
    this.#databases[entry.db]![entry.hash >>> (32 - SHARD_BITS)]!.delete(entry.key);
    this.#resident--;
    if (entry.facet !== null) this.#cold[entry.db]!++;
    return true;
  }

  /** Forgets everything of a database, rows included: they count as gone from now on. */
  clear(db: number): void {
    this.#latest = null;
    for (const shard of this.#databases[db]!) this.#resident -= shard?.size ?? 0;
    this.#databases[db] = [];
    this.#counts[db] = 0;
    this.#deadlines[db] = 0;
    this.#conflicts[db] = 0;
    this.#cold[db] = 0;
  }

  /** Entries in memory, of one database or all. */
  *resident(db?: number): Generator<KeyEntry> {
    for (let index = 0; index < STORED_DATABASES; index++) {
      if (db !== undefined && db !== index) continue;
      for (const shard of this.#databases[index]!) if (shard !== undefined) yield* shard.values();
    }
  }

  /** Loads every key of a database that is only rows. */
  loadAll(db: number): void {
    if (this.#cold[db] === 0) return;
    const rows = [...this.#rows.range(scanStart(db, 0), scanEnd(db, 2 ** 32))];
    for (const { key: rowKey, value } of rows) {
      const position = parseKeyPosition(rowKey);
      if (rowKey[position.prefixBytes] === ROW_HEAD) this.find(db, position.key ?? decodeHead(value).key);
    }
  }

  /** Entries of one shard, in hash order from `fromHash` on, loaded as needed; and where the next shard begins. */
  shardFrom(db: number, fromHash: number): { readonly entries: readonly KeyEntry[]; readonly nextHash: number } {
    const shard = Math.floor(fromHash / HASHES_PER_SHARD);
    const nextHash = (shard + 1) * HASHES_PER_SHARD;
    if (this.#cold[db]! > 0) {
      for (const { key: rowKey, value } of this.#rows.range(scanStart(db, fromHash), scanEnd(db, nextHash))) {
        const position = parseKeyPosition(rowKey);
        if (rowKey[position.prefixBytes] === ROW_HEAD) this.find(db, position.key ?? decodeHead(value).key);
      }
    }
    const entries: KeyEntry[] = [];
    for (const entry of this.#databases[db]![shard]?.values() ?? []) if (entry.hash >= fromHash) entries.push(entry);
    entries.sort((left, right) => left.hash - right.hash);
    return { entries, nextHash };
  }

  #hashOf(key: string): number {
    if (key !== this.#hashedKey) {
      this.#hash = hash32(key);
      this.#hashedKey = key;
    }
    return this.#hash;
  }

  #find(db: number, hash: number, key: string): KeyEntry | undefined {
    const entry = this.#databases[db]![hash >>> (32 - SHARD_BITS)]?.get(key);
    if (entry !== undefined) {
      this.#latest = entry;
      return entry;
    }
    return this.#cold[db]! > 0 ? this.#load(db, hash, key) : undefined;
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
    const head = decodeHead(headBytes, this.#retirements);
    const entry = new KeyEntry(db, head.key, hash);
    if (head.facets.some((facet) => facet.hasElements)) {
      const prefix = prefixOfHeadRow(headRow);
      for (const { key: rowKey, value } of this.#rows.range(prefix, prefixEnd(prefix))) {
        const kind = rowKey[prefix.length]!;
        if (kind === ROW_HEAD) continue;
        const facet = head.facets.find((one) => KEY_TYPE_CODES[one.type] === kind - 1);
        if (facet !== undefined) restoreElement(facet, value, this.#retirements);
      }
    }
    entry.facet = head.facets[0] ?? null;
    entry.hidden = head.facets.length > 1 ? head.facets.slice(1) : null;
    entry.hasDeadline = endsSomeday(entry);
    entry.hasConflict = entry.isConflicted;
    this.#insert(entry);
    this.#cold[db]!--;
    return entry;
  }
}

function endsSomeday({ facet }: KeyEntry): boolean {
  return facet !== null && facet.deadline() !== NO_DEADLINE;
}
