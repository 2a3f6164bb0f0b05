import { ByteWriter } from "../base/bytes.ts";
import { NO_DEADLINE } from "../crdt/deadline.ts";
import { KEY_TYPE_CODES } from "../crdt/operations/operation-kind.ts";
import type { OriginTable } from "../crdt/origin.ts";
import { RowChanges } from "../storage/row-changes.ts";
import type { Rows } from "../storage/rows-port.ts";
import type { ChangedElements, KeyEntry } from "./key-entry.ts";
import { encodeElement, encodeHead, type RowEncoder } from "./row-codec.ts";
import { captureMarkers } from "./marker-rows.ts";
import type { Markers } from "./markers.ts";
import { elementRowKey, expiryRowKey, headRowOf, prefixEnd, prefixOfHeadRow, scanEnd, scanStart } from "./row-key.ts";

/**
 * Rows follow the log in *checkpoints*, each exactly the state at one log position, committed with that position in one
 * transaction once the log is durable up to it. A key written a hundred times in between is written once.
 *
 * Consistent without stopping the world: a checkpoint begins by setting the dirty keys aside and raising the generation; they
 * are encoded in slices between other work; whoever is about to change a key that was set aside and not encoded yet has it
 * encoded first (`beforeChange`, a write barrier).
 *
 * One that cannot be written is given up: what it had belongs to the next one, which is of a later state. So nobody needs to keep
 * its rows until they are on disk.
 */
export class Checkpointer {
  readonly #rows: Rows;
  readonly #markers: Markers;
  readonly #encoder: RowEncoder;
  /** Changed since the last checkpoint began: those whose generation is `#generation`. */
  #dirty: KeyEntry[] = [];
  /** Set aside for the running checkpoint; those before `#nextPending` have been encoded, and others by the barrier. */
  #pending: KeyEntry[] = [];
  #nextPending = 0;
  #pendingLeft = 0;
  /**
   * Even: changes belong to the next checkpoint. An entry that has been encoded for the running one has that one's generation
   * plus 1, so that a number alone says where it stands: sets of entries cost more than their encoding.
   */
  #generation = 2;
  #committedGeneration = 0;
  #clearedDatabases = new Set<number>();
  #running: Running | null = null;
  /** Rows of the expiry index that say nothing true any more, by themselves: the purger finds them again until they are gone. */
  #staleIndexRows = new Map<string, Buffer>();

  constructor(rows: Rows, origins: OriginTable, markers: Markers) {
    this.#rows = rows;
    this.#markers = markers;
    this.#encoder = { writer: new ByteWriter(16 * 1024), origins };
  }

  get dirtyKeys(): number {
    return this.#dirty.length + this.#pendingLeft;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  get hasWork(): boolean {
    return (
      this.#dirty.length > 0 ||
      this.#clearedDatabases.size > 0 ||
      this.#staleIndexRows.size > 0 ||
      this.#markers.hasDirty
    );
  }

  /** True when the entry's rows are on disk as it is now. */
  isClean(entry: KeyEntry): boolean {
    return entry.generation <= this.#committedGeneration;
  }

  /** Call before any change of the entry. */
  beforeChange(entry: KeyEntry): void {
    if (this.#pendingLeft > 0 && this.#isPending(entry)) this.#capture(entry);
  }

  /** Call after a change: `element` names what changed, "all" means the key's rows must be rewritten whole. */
  markDirty(entry: KeyEntry, element: string | "all" | null): void {
    if (entry.generation !== this.#generation) {
      entry.generation = this.#generation;
      this.#dirty.push(entry);
    }
    if (element === "all") entry.changed = "all";
    else if (element !== null && entry.changed !== "all") entry.changed = withElement(entry.changed, element);
  }

  /** The next checkpoint removes this row of the expiry index. */
  dropIndexRow(row: Buffer): void {
    this.#staleIndexRows.set(row.latin1Slice(), row);
  }

  /** A database was emptied: what was dirty in it need not be written. Call before the table forgets its entries. */
  beforeClear(db: number): void {
    this.captureAll();
    this.#dirty = this.#dirty.filter((entry) => entry.db !== db);
    this.#clearedDatabases.add(db);
  }

  /** Begins a checkpoint of the state as it is now, described by `head`; `counts` are keys by database. Not while one is running. */
  begin(lsn: number, head: Buffer, counts: readonly number[]): void {
    const cleared = this.#clearedDatabases;
    this.#clearedDatabases = new Set();
    const onlyCleared = counts.every((count, db) => count === 0 || cleared.has(db));
    const clear = cleared.size > 0 && onlyCleared && this.#markers.isEmpty;
    const changes = new RowChanges();
    const markers = this.#markers.takeDirty();
    const indexRows = this.#staleIndexRows;
    this.#staleIndexRows = new Map();
    this.#running = {
      lsn,
      head,
      clear,
      generation: this.#generation,
      changes,
      captured: [],
      capturedChanges: [],
      absences: [],
      cleared,
      markers,
      indexRows,
    };
    this.#generation += 2;
    this.#pending = this.#dirty;
    this.#nextPending = 0;
    this.#pendingLeft = this.#pending.length;
    this.#dirty = [];
    if (clear) return;
    captureMarkers(this.#markers, markers, this.#encoder.writer, changes);
    for (const key of indexRows.values()) changes.add(key, null);
    for (const db of cleared) {
      for (const { key } of this.#rows.range(scanStart(db, 0), scanEnd(db, 2 ** 32))) changes.add(key, null);
    }
  }

  /** Encodes some of what was set aside; true when all of it is. */
  captureSome(limit: number): boolean {
    let left = limit;
    while (this.#nextPending < this.#pending.length) {
      if (left-- <= 0) return false;
      const entry = this.#pending[this.#nextPending++]!;
      if (this.#isPending(entry)) this.#capture(entry);
    }
    this.#pending = [];
    this.#nextPending = 0;
    return true;
  }

  captureAll(): void {
    this.captureSome(Number.POSITIVE_INFINITY);
  }

  /** LSN that must be durable before `commit`. */
  get runningLsn(): number {
    return this.#running?.lsn ?? 0;
  }

  /** Commits what was captured. Resolves to what was written once durable. When it rejects nothing is lost: begin another. */
  async commit(): Promise<CommittedCheckpoint> {
    const running = this.#running!;
    const { head, clear, changes, absences, lsn } = running;
    const rows = changes.count;
    try {
      await this.#rows.commit({ head, clear, changes });
    } catch (error) {
      this.#running = null;
      this.#giveBack(running);
      throw error;
    }
    this.#committedGeneration = running.generation + 1;
    this.#running = null;
    return { lsn, rows, absences };
  }

  /** What it had is dirty again, as if the checkpoint had never begun. */
  #giveBack({ captured, capturedChanges, cleared, markers, indexRows }: Running): void {
    for (const [index, entry] of captured.entries()) {
      const isDirty = entry.generation === this.#generation;
      // With its database, since.
      if (!isDirty && this.#clearedDatabases.has(entry.db)) continue;
      entry.changed = changedInEither(capturedChanges[index]!, entry.changed);
      // Nor is its row in the index.
      entry.indexedDeadlineMs = NO_DEADLINE;
      if (isDirty) continue;
      entry.generation = this.#generation;
      this.#dirty.push(entry);
    }
    for (const db of cleared) this.#clearedDatabases.add(db);
    this.#markers.giveBack(markers);
    for (const [name, row] of indexRows) this.#staleIndexRows.set(name, row);
  }

  #isPending(entry: KeyEntry): boolean {
    return entry.generation === this.#running?.generation;
  }

  #capture(entry: KeyEntry): void {
    const { changes, clear, captured, capturedChanges, absences, generation } = this.#running!;
    captured.push(entry);
    capturedChanges.push(entry.changed);
    entry.generation = generation + 1;
    this.#pendingLeft--;
    const headKey = headRowOf(entry.db, entry.hash, entry.key);
    if ((entry.changed === "all" || entry.facet === null) && !clear) this.#removeElements(headKey, changes);
    if (entry.facet === null) {
      changes.add(headKey, null);
      absences.push(entry);
      entry.indexedDeadlineMs = NO_DEADLINE;
    } else {
      changes.add(headKey, encodeHead(this.#encoder, entry.key, entry.facets()));
      this.#captureElements(entry, headKey, changes);
      this.#captureDeadline(entry, headKey, changes);
    }
    entry.changed = null;
  }

  #removeElements(headKey: Buffer, changes: RowChanges): void {
    const prefix = prefixOfHeadRow(headKey);
    for (const { key } of this.#rows.range(prefix, prefixEnd(prefix))) {
      if (!key.equals(headKey)) changes.add(key, null);
    }
  }

  #captureElements(entry: KeyEntry, headKey: Buffer, changes: RowChanges): void {
    // Its head is all of it.
    if (entry.hidden === null && !entry.facet!.hasElements) return;
    const prefix = prefixOfHeadRow(headKey);
    for (const facet of entry.facets()) {
      const names = entry.changed === "all" ? facet.elementNames() : (entry.changed ?? []);
      for (const name of names) {
        const value = encodeElement(this.#encoder, facet, name);
        changes.add(elementRowKey(prefix, KEY_TYPE_CODES[facet.type], name), value);
      }
    }
  }

  /** Old rows of the index stay behind; the purger sees that they no longer agree and removes them. */
  #captureDeadline(entry: KeyEntry, headKey: Buffer, changes: RowChanges): void {
    const deadlineMs = entry.facet!.nextDeadline();
    if (deadlineMs === entry.indexedDeadlineMs) return;
    entry.indexedDeadlineMs = deadlineMs;
    if (deadlineMs !== NO_DEADLINE) changes.add(expiryRowKey(deadlineMs, prefixOfHeadRow(headKey)), NOTHING);
  }
}

/** An index row's value. */
const NOTHING = Buffer.alloc(0);

/** Changed elements that are kept as a list: looking through it is quicker than a Set's hash. */
const LISTED_MAX = 4;

function withElement(changed: ChangedElements | null, element: string): ChangedElements {
  if (changed === null) return [element];
  if (changed instanceof Set) return changed.add(element);
  if (changed.includes(element)) return changed;
  return changed.length < LISTED_MAX ? [...changed, element] : new Set(changed).add(element);
}

type Changed = KeyEntry["changed"];

function changedInEither(one: Changed, other: Changed): Changed {
  if (one === "all" || other === "all") return "all";
  if (one === null || other === null) return one ?? other;
  return new Set([...one, ...other]);
}

export interface CommittedCheckpoint {
  readonly lsn: number;
  readonly rows: number;
  /** Entries that were absent when it began, and whose rows are gone now: memory may forget those that still are. */
  readonly absences: readonly KeyEntry[];
}

interface Running {
  readonly lsn: number;
  readonly head: Buffer;
  /** Every row goes first: nothing but flushed databases had any. */
  readonly clear: boolean;
  readonly generation: number;
  readonly changes: RowChanges;
  /** Entries that were encoded, and what had changed of each. */
  readonly captured: KeyEntry[];
  readonly capturedChanges: Changed[];
  readonly absences: KeyEntry[];
  readonly cleared: ReadonlySet<number>;
  /** Names whose markers it has. */
  readonly markers: readonly string[];
  /** Rows of the expiry index that it removes. */
  readonly indexRows: ReadonlyMap<string, Buffer>;
}
