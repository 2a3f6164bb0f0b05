import type { Context } from "../crdt/context.ts";
import { NO_DEADLINE } from "../crdt/deadline.ts";
import { ruleFor } from "../crdt/key-class.ts";
import {
  isDatabaseOperation,
  isValueOperation,
  operationBytes,
  specOf,
  type DatabaseOperation,
  type KeyOnlyOperation,
  type OneKeyOperation,
  type Operation,
  type ValueOperation,
} from "../crdt/operation.ts";
import type { FlushRule, KeyEnd, KeyOwn, UserRevoke } from "../crdt/operations/class-operations.ts";
import type { DeadlinePut, KeyDelete, KeyKeep } from "../crdt/operations/key-operations.ts";
import {
  ALL_DATABASES,
  DATABASE_COUNT,
  OP,
  STORED_DATABASES,
  type KeyType,
} from "../crdt/operations/operation-kind.ts";
import type { OriginsRetire } from "../crdt/operations/origin-operations.ts";
import type { OriginTable } from "../crdt/origin.ts";
import type { Dot } from "../crdt/register.ts";
import { VersionVector } from "../crdt/version-vector.ts";
import type { Checkpointer } from "./checkpointer.ts";
import type { KeyEntry } from "./key-entry.ts";
import type { KeyTable, PackedKey } from "./key-table.ts";
import { markerName, type Markers } from "./markers.ts";
import { StringTexts } from "./string-texts.ts";
import { FACET_KINDS } from "./types/facet-kinds.ts";
import type { Facet } from "./types/facet.ts";
import { parseSessionField, type HashFacet } from "./types/hash/hash-facet.ts";
import { UNSTABLE_ITEM_BYTES, type UnfoldedQueue } from "./unfolded-queue.ts";
import type { Watchers } from "./watchers.ts";

/**
 * The only place where keys change. `apply` takes one operation and the context of its batch and does not ask whether the batch
 * was written here a moment ago, came from a peer or is read back from the log: equal sets of batches give equal state.
 */
export class KeyspaceState {
  readonly origins: OriginTable;
  readonly table: KeyTable;
  readonly applied: VersionVector;
  readonly markers: Markers;
  readonly #checkpointer: Checkpointer;
  readonly #watchers: Watchers;
  readonly #unfolded: UnfoldedQueue;
  readonly #nowS: () => number;
  readonly #touched: KeyEntry[] = [];
  #flushed = false;
  readonly #texts = new StringTexts((db) => this.table.poolOf(db));
  readonly #memoryBytes: number[] = Array.from({ length: STORED_DATABASES }, () => 0);
  /** How the entry was before the change that is being made: there is one at a time. */
  #existed = false;
  #hadHidden = false;
  #bytesBefore = 0;
  /** The entry that an operation is being applied to, for `#elementChanged`. */
  #changing: KeyEntry | null = null;

  constructor(parts: StateParts) {
    this.origins = parts.origins;
    this.table = parts.table;
    this.applied = parts.applied;
    this.markers = parts.markers;
    this.#checkpointer = parts.checkpointer;
    this.#watchers = parts.watchers;
    this.#unfolded = parts.unfolded;
    this.#nowS = parts.nowS;
    this.table.onInsert = (entry) => {
      entry.usedAtS = this.#nowS();
      this.#texts.settle(entry);
      this.#memoryBytes[entry.db]! += entry.bytes;
      if (entry.isUnfolded) this.#unfolded.pushLate(entry, this.applied);
    };
    this.table.onUnpacked = (entry, packedBytes) => {
      this.#texts.settle(entry);
      this.#memoryBytes[entry.db]! += entry.bytes - packedBytes;
    };
  }

  /** Estimated bytes of all entries in memory. */
  get memoryUsedBytes(): number {
    return this.#memoryBytes.reduce((sum, bytes) => sum + bytes, 0);
  }

  apply(operation: Operation, context: Context): void {
    if (isDatabaseOperation(operation)) this.#applyToDatabase(operation, context);
    else if (isValueOperation(operation)) this.#applyToValue(operation, context);
    else this.#applyToKey(operation, context);
  }

  #applyToDatabase(operation: DatabaseOperation, context: Context): void {
    if (operation.op === OP.originsRetire) this.#retire(operation, context);
    else this.#flush(operation.db, operation.op === OP.flushEnd ? operation.rules : [], context);
  }

  /** Of these there are most. */
  #applyToValue(operation: ValueOperation, context: Context): void {
    const { db, key } = operation;
    if (!this.markers.isEmpty && this.#isRefused(operation, context)) return;
    const { type, creates } = specOf(operation);
    const entry = creates ? this.table.findOrCreate(db, key) : this.table.find(db, key);
    if (entry === undefined) return;
    this.#beforeChange(entry);
    const facet = creates ? facetOf(entry, type!) : entry.facetOf(type!);
    this.#changing = entry;
    facet?.apply(operation, context, this.origins, this.#elementChanged);
    this.#afterChange(entry, null);
    this.#changed(entry, context, operation);
  }

  /** Something meets a delete that wins and that it had not observed (rows R1, R3). */
  #isRefused(operation: Exclude<OneKeyOperation, KeyEnd | UserRevoke>, context: Context): boolean {
    if (!this.markers.refuses(operation.db, operation.key, context)) return false;
    if (operation.op === OP.keyOwn) this.#ownedByRevoked(operation, context);
    return true;
  }

  /** Any change of an entry: barrier before, accounts after. `context` is null for what only forgets (fold, purge). */
  change(entry: KeyEntry, context: Context | null, body: () => "all" | null): void {
    this.#beforeChange(entry);
    this.#afterChange(entry, body());
    if (context !== null) this.#changed(entry, context, null);
  }

  #beforeChange(entry: KeyEntry): void {
    this.#checkpointer.beforeChange(entry);
    this.#existed = entry.facet !== null;
    this.#hadHidden = entry.hidden !== null;
    this.#bytesBefore = entry.bytes;
    this.#texts.beforeChange(entry);
  }

  #afterChange(entry: KeyEntry, rewritten: "all" | null): void {
    entry.settle(this.origins);
    this.#texts.afterChange(entry);
    this.table.adjustCount(entry, this.#existed);
    this.#memoryBytes[entry.db]! += entry.bytes - this.#bytesBefore;
    // A type that went leaves element rows behind that no remaining facet would name.
    const isWhole = this.#hadHidden || (this.#existed && entry.facet === null);
    this.#checkpointer.markDirty(entry, isWhole ? "all" : rewritten);
  }

  /** To whom a change matters that is more than forgetting. `operation`: what left something behind, where that may be large. */
  #changed(entry: KeyEntry, context: Context, operation: Operation | null): void {
    this.#touched.push(entry);
    entry.usedAtS = this.#nowS();
    this.#watchers.changed(entry.db, entry.key);
    if (entry.isUnfolded) this.#unfolded.push(entry, context, keptBytes(operation));
  }

  /** Who reads what changed since the last call must wait for `lsn`. True when that was a database or all. */
  settleTouched(lsn: number): boolean {
    // One by one: an array that is emptied at once gives its memory back, and the next write would make room for seventeen.
    for (let entry = this.#touched.pop(); entry !== undefined; entry = this.#touched.pop()) entry.lsn = lsn;
    const flushed = this.#flushed;
    this.#flushed = false;
    return flushed;
  }

  /**
   * Forgets what only concurrency needed. Not a change: rows may keep the longer form, which is folded when they are loaded.
   */
  fold(entry: KeyEntry, frontier: VersionVector): void {
    if (!this.table.isResident(entry)) return;
    const bytesBefore = entry.bytes;
    for (const facet of entry.facets()) facet.fold(frontier, this.origins);
    this.#texts.settle(entry);
    this.#memoryBytes[entry.db]! += entry.bytes - bytesBefore;
  }

  /** Expired for everyone, and nobody can still revive it: the value goes, silently, here. */
  purge(entry: KeyEntry): void {
    this.change(entry, null, () => {
      entry.facet = null;
      entry.hidden = null;
      return "all";
    });
  }

  /** The same for elements with deadlines of their own. False while some that have expired must still be kept. */
  purgeElements(entry: KeyEntry, safeMs: number, frontier: VersionVector): boolean {
    this.change(entry, null, () => {
      this.#changing = entry;
      for (const facet of entry.facets()) facet.purgeElements?.(safeMs, frontier, this.#elementChanged);
      return null;
    });
    const next = entry.facet?.nextDeadline() ?? NO_DEADLINE;
    return next === NO_DEADLINE || next > safeMs;
  }

  /** Packs an entry that is equal to its rows; one that waits for stability, or for its rows to go, is left. True when it was. */
  pack(entry: KeyEntry): boolean {
    if (entry.facet === null || entry.isUnfolded) return false;
    const bytesBefore = entry.bytes;
    const bytes = this.table.pack(entry);
    if (bytes === 0) return false;
    this.#memoryBytes[entry.db]! += bytes - bytesBefore;
    this.#unfolded.dropped(entry);
    return true;
  }

  /** Drops a packed entry from memory; its rows stay. */
  dropPacked(packed: PackedKey): void {
    this.#memoryBytes[packed.db]! -= this.table.forgetPacked(packed);
  }

  /** Drops an entry from memory; its rows stay. An absence is dropped for good. */
  drop(entry: KeyEntry): void {
    this.#unfolded.dropped(entry);
    if (!this.table.forget(entry)) return;
    this.#memoryBytes[entry.db]! -= entry.bytes;
    this.#texts.dropped(entry);
  }

  /** What acts on a key whatever it holds. */
  #applyToKey(operation: KeyOnlyOperation, context: Context): void {
    const { db, key } = operation;
    switch (operation.op) {
      case OP.keyEnd:
        this.#end(db, key, context, operation.final, operation.lapseAtMs);
        return;
      case OP.userRevoke:
        this.#revokeUser(operation, context);
        return;
      default: {
        if (!this.markers.isEmpty && this.#isRefused(operation, context)) return;
        const entry = this.table.find(db, key);
        if (entry === undefined) return;
        this.#beforeChange(entry);
        this.#afterChange(entry, this.#applyToEntry(entry, operation, context));
        this.#changed(entry, context, operation);
      }
    }
  }

  /** Answers "all" when the rows of the key must be written anew. */
  #applyToEntry(entry: KeyEntry, operation: KeyDelete | KeyKeep | DeadlinePut, context: Context): "all" | null {
    if (operation.op === OP.deadline) {
      entry.facetOf(operation.type)?.putDeadline(context, operation.mode, operation.atMs);
      return null;
    }
    this.#removeObserved(entry, context, operation.op === OP.keyKeep ? operation.type : null);
    return "all";
  }

  readonly #elementChanged = (element: string): void => this.#checkpointer.markDirty(this.#changing!, element);

  /** A delete that wins: whatever is here is before it or concurrent to it, and goes. */
  #end(db: number, key: string, context: Context, final: boolean, lapseAtMs: number): void {
    this.markers.add(db, key, context, final, lapseAtMs);
    this.#clearKey(db, key, context);
  }

  #clearKey(db: number, key: string, context: Context): void {
    const entry = this.table.find(db, key);
    if (entry === undefined || entry.facet === null) return;
    this.change(entry, context, () => {
      entry.facet = null;
      entry.hidden = null;
      return "all";
    });
  }

  /**
   * Row R6. The sessions that the revocation's origin knew are ended by operations of their own. Here go those it did not know:
   * on the list now, or heard of later, which a marker on the list remembers until stable.
   */
  #revokeUser(operation: UserRevoke, context: Context): void {
    const { db, key, lapseAtMs } = operation;
    const sessions = this.table.find(db, key)?.facetOf("hash") as HashFacet | null | undefined;
    for (const [field, register] of sessions?.entries() ?? []) {
      const unknown = register.bases(this.origins).filter((base) => !context.covers(base.origin, base.sequence));
      if (unknown.length === 0) continue;
      const { db: sessionDb, session } = parseSessionField(field);
      this.#endOwned(sessionDb, session, [context, ...unknown], lapseAtMs, context);
    }
    this.#end(db, key, context, false, lapseAtMs);
  }

  /** A session of a user who was revoked, created before that was known there. */
  #ownedByRevoked({ db, key, sessionDb, session }: KeyOwn, context: Context): void {
    for (const marker of this.markers.of(markerName(db, key))) {
      if (context.covers(marker.origin, marker.sequence)) continue;
      this.#endOwned(sessionDb, session, [marker, context], marker.lapseAtMs, context);
    }
  }

  /** Ended by both together, the revocation and the owning that had not observed it: only what observed both may follow. */
  #endOwned(db: number, session: string, dots: readonly Dot[], lapseAtMs: number, context: Context): void {
    for (const { origin, sequence } of dots) {
      this.markers.addDot(db, session, { origin, sequence, final: true, lapseAtMs });
    }
    this.#clearKey(db, session, context);
  }

  #removeObserved(entry: KeyEntry, context: Context, keep: KeyType | null): void {
    // Nothing here is unknown to the writer: whole facets go without being looked at.
    if (keep === null && context.coversAll(this.applied)) {
      entry.facet = null;
      entry.hidden = null;
      return;
    }
    for (const facet of entry.facets()) if (facet.type !== keep) facet.removeObserved(context, this.origins);
  }

  #flush(db: number, rules: readonly FlushRule[], context: Context): void {
    this.#flushed = true;
    if (rules.length > 0) this.markers.addFlush(db, context, rules);
    const databases = db === ALL_DATABASES ? Array.from({ length: DATABASE_COUNT }, (_, index) => index) : [db];
    const all = context.coversAll(this.applied);
    for (const database of databases) {
      this.#endFinals(database, rules, context);
      if (all) {
        this.#clear(database);
        continue;
      }
      // Something here is concurrent to the flush and survives it (row K5): every key has to be looked at.
      this.table.loadAll(database);
      for (const entry of this.table.resident(database)) {
        if (entry.facet === null) continue;
        const wins = (ruleFor(rules, entry.key)?.keyClass ?? "update-wins") !== "update-wins";
        this.change(entry, context, () => {
          if (wins) entry.facet = entry.hidden = null;
          else this.#removeObserved(entry, context, null);
          return "all";
        });
      }
    }
  }

  /** Keys of class delete-final that a flush meets: each has to be remembered. */
  #endFinals(db: number, rules: readonly FlushRule[], context: Context): void {
    if (!rules.some(({ keyClass }) => keyClass === "delete-final")) return;
    this.table.loadCold(db);
    for (const key of this.table.keysOf(db)) {
      const rule = ruleFor(rules, key);
      if (rule?.keyClass === "delete-final") this.markers.add(db, key, context, true, rule.lapseAtMs);
    }
  }

  /** Vectors take it up once they contain the batch (`VersionVector.retire`). What the batch had not observed it cannot imply. */
  #retire({ origins }: OriginsRetire, context: Context): void {
    const { origin: byOrigin, sequence: bySequence } = context;
    for (const { id, floor } of origins) {
      const origin = this.origins.intern(id);
      if (context.covers(origin, floor)) this.origins.retirements.add({ origin, floor, byOrigin, bySequence });
    }
  }

  #clear(db: number): void {
    this.#watchers.cleared(db);
    this.#checkpointer.beforeClear(db);
    this.#memoryBytes[db] = 0;
    this.#unfolded.emptied(db);
    this.table.clear(db);
  }
}

/** Of most an increment or a deadline's context stays; of these the whole change. */
function keptBytes(operation: Operation | null): number {
  const isWhole = operation?.op === OP.documentChange || operation?.op === OP.sketchRaise;
  return UNSTABLE_ITEM_BYTES + (isWhole ? operationBytes(operation) : 0);
}

function facetOf(entry: KeyEntry, type: KeyType): Facet {
  const found = entry.facetOf(type);
  if (found !== null) return found;
  const facet = FACET_KINDS[type].create();
  entry.addFacet(facet);
  return facet;
}

export interface StateParts {
  readonly origins: OriginTable;
  readonly table: KeyTable;
  readonly applied: VersionVector;
  readonly markers: Markers;
  readonly checkpointer: Checkpointer;
  readonly watchers: Watchers;
  readonly unfolded: UnfoldedQueue;
  readonly nowS: () => number;
}
