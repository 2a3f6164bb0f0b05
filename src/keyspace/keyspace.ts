import { assert } from "../base/assert.ts";
import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import { BatchEncoder } from "../crdt/batch-codec.ts";
import { NO_DEADLINE, type DeadlineMs } from "../crdt/deadline.ts";
import type { Batch } from "../crdt/batch.ts";
import { Context } from "../crdt/context.ts";
import { HybridClock } from "../crdt/hlc.ts";
import type { Operation } from "../crdt/operation.ts";
import { DATABASE_COUNT, OP, SYSTEM_DATABASE } from "../crdt/operations/operation-kind.ts";
import type { OriginId, RegionName } from "../crdt/origin.ts";
import { sequenceClassOf } from "../crdt/stream-id.ts";
import { VersionVector, type NamedVector } from "../crdt/version-vector.ts";
import type { Log } from "../storage/log-port.ts";
import type { Rows } from "../storage/rows-port.ts";
import { Checkpointer } from "./checkpointer.ts";
import type { CheckpointHead } from "./checkpoint-head.ts";
import type {
  Database,
  KeyListener,
  KeyspaceStatistics,
  PeerBatchListener,
  SystemKeyListener,
  Transacted,
} from "./database-port.ts";
import { KeyClasses } from "./key-classes.ts";
import { KeyTable } from "./key-table.ts";
import { LogIndex } from "./log-index.ts";
import { PendingDots } from "./pending-dots.ts";
import type { MemberReport } from "./replica-port.ts";
import { restoreMarkers } from "./marker-rows.ts";
import { Markers } from "./markers.ts";
import { originsToRetire } from "./retiring.ts";
import { Stability } from "./stability.ts";
import { KeyspaceState } from "./state.ts";
import { KeyspaceTransaction, type TransactionHost } from "./transaction.ts";
import { TransactionError, type Transaction, type WatchToken } from "./transaction-port.ts";
import { UnfoldedQueue } from "./unfolded-queue.ts";
import { Watchers } from "./watchers.ts";

export interface KeyspaceLimits {
  /** Bytes one batch may have: what one command or transaction writes. */
  readonly batchBytesMax: number;
  /** Bytes of entries in memory before clean ones are dropped; 0: no limit. */
  memoryBytesMax: number;
  /** Seconds that a key is not used before it is packed; null: never. */
  readonly packAfterS: number | null;
  /** Estimated bytes of entries in memory up to which none is packed: it would save little, and cost those that come back. */
  readonly packFromBytes: number;
  /** How far clocks of regions may differ: an expired value is kept that much longer. */
  clockSkewMaxMs: number;
  /** Bytes of log beyond which segments go even if a member lacks them. */
  readonly logBytesMax: number;
  /** Age of log beyond which the same holds, milliseconds. */
  readonly logAgeMaxMs: number;
}

export const DEFAULT_KEYSPACE_LIMITS: KeyspaceLimits = {
  batchBytesMax: 64 * 1024 * 1024,
  memoryBytesMax: 0,
  packAfterS: 30,
  packFromBytes: 192 * 1024 * 1024,
  clockSkewMaxMs: 60_000,
  logBytesMax: 4 * 1024 * 1024 * 1024,
  logAgeMaxMs: 7 * 24 * 3_600_000,
};

export interface KeyspaceParts {
  readonly region: RegionName;
  readonly incarnation: OriginId;
  /** Every region of the database, ourselves included or not. */
  readonly members: readonly RegionName[];
  readonly log: Log;
  readonly rows: Rows;
  readonly head: CheckpointHead;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: KeyspaceLimits;
}

/** How exactly a transaction knows the second it runs in, by which keys least recently used are told. */
const SECONDS_ASKED_EVERY_MS = 100;

/** A transaction while its body runs. */
interface Running {
  isOpen: boolean;
  context: Context | null;
  readonly operations: Operation[];
  readLsn: number;
}

/**
 * One region's database: the road a write takes. A transaction runs synchronously, its operations are applied as they come, and at
 * its end they are sealed into one batch, encoded once and appended to the log. Who read or wrote waits until the log is
 * durable that far. A peer's batch takes the same road from `commit` on.
 *
 * Chores that need no one's call (checkpoints, folding, purging, eviction) are in `Housekeeping`; batches from and for peers in
 * `KeyspaceReplica`.
 */
export class Keyspace implements Database {
  readonly region: RegionName;
  readonly incarnation: OriginId;
  readonly log: Log;
  readonly rows: Rows;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: KeyspaceLimits;
  readonly hybridClock: HybridClock;
  readonly state: KeyspaceState;
  readonly checkpointer: Checkpointer;
  readonly classes: KeyClasses;
  readonly unfolded = new UnfoldedQueue();
  readonly stability: Stability;
  readonly logIndex: LogIndex;
  /** Vectors of readers on their way: from each on the log is kept. */
  readonly logPins = new Set<VersionVector>();
  /** Somebody waits for a checkpoint of what is applied now. */
  checkpointWanted = false;
  /** Bytes of batches appended by this process, or applied from the log at its start. */
  appendedBytes = 0;
  /** Counts that only ever rise. */
  readonly counters = { hits: 0, misses: 0, evicted: 0, expired: 0 };
  readonly #watchers = new Watchers();
  /** Our origin's index; null until the first write: a start that writes nothing leaves no name behind. */
  #own: number | null = null;
  readonly #encoder: BatchEncoder;
  readonly #startedMs: number;
  readonly #running: Running = { isOpen: false, context: null, operations: [], readLsn: 0 };
  readonly #host: TransactionHost;
  readonly #transaction: KeyspaceTransaction;
  #ownSequence = 0;
  #others: VersionVector | null = null;
  #flushLsn = 0;
  /** The wall clock when a transaction asked for `nowS` last. */
  #secondsAskedMs = Number.NEGATIVE_INFINITY;
  readonly #pendingDots = new PendingDots();
  readonly #durable: VersionVector;
  readonly #appended: VersionVector;
  readonly #durableListeners = new Set<() => void>();
  readonly #acknowledgedListeners = new Set<() => void>();
  readonly #peerBatchListeners = new Set<PeerBatchListener>();

  constructor(parts: KeyspaceParts) {
    const { origins, vector, counts, stamp } = parts.head;
    this.region = parts.region;
    this.incarnation = parts.incarnation;
    this.log = parts.log;
    this.rows = parts.rows;
    this.clock = parts.clock;
    this.random = parts.random;
    this.limits = parts.limits;
    this.hybridClock = new HybridClock(stamp);
    this.#startedMs = parts.clock.monotonicMs();
    const markers = new Markers();
    restoreMarkers(parts.rows, markers);
    this.checkpointer = new Checkpointer(parts.rows, origins, markers);
    const { deadlineCounts, conflictCounts } = parts.head;
    const table = new KeyTable(parts.rows, origins, counts, deadlineCounts, conflictCounts);
    this.classes = new KeyClasses(table, this.#watchers);
    this.state = new KeyspaceState({
      origins,
      table,
      applied: vector.copy(),
      markers,
      checkpointer: this.checkpointer,
      watchers: this.#watchers,
      unfolded: this.unfolded,
      nowS: () => (this.#running.isOpen ? this.#host.nowS : this.nowS),
    });
    this.#durable = vector.copy();
    this.#appended = vector.copy();
    this.stability = new Stability(parts.region, parts.members, origins);
    this.logIndex = new LogIndex(parts.log, origins, parts.head.gap);
    this.#encoder = new BatchEncoder(origins);
    this.#host = this.#makeHost();
    this.#transaction = new KeyspaceTransaction(this.#host);
    parts.log.onDurable((lsn) => this.#becameDurable(lsn));
  }

  get nowS(): number {
    return Math.floor((this.clock.monotonicMs() - this.#startedMs) / 1000);
  }

  get lastSequence(): number {
    return this.#ownSequence;
  }

  otherRegions(): readonly RegionName[] {
    return this.stability.otherRegions();
  }

  regionsHaving(sequence: number): readonly RegionName[] {
    const has = ({ vector }: MemberReport): boolean => (vector[this.incarnation] ?? 0) >= sequence;
    return this.stability
      .reports()
      .filter(has)
      .map(({ region }) => region);
  }

  onAcknowledged(listener: () => void): () => void {
    this.#acknowledgedListeners.add(listener);
    return () => this.#acknowledgedListeners.delete(listener);
  }

  /** A member's word of what it has durably. */
  memberReported(report: MemberReport, begins = false): void {
    if (!this.stability.report(report, this.state.applied, begins)) return;
    for (const listener of this.#acknowledgedListeners) listener();
  }

  get durableLsn(): number {
    return this.log.durableLsn;
  }

  get lastLsn(): number {
    return this.log.lastLsn;
  }

  hasLeft(region: RegionName): boolean {
    return this.stability.hasLeft(region);
  }

  vector(): NamedVector {
    return this.state.applied.toNamed(this.state.origins);
  }

  covers(origin: OriginId, sequence: number): boolean {
    const index = this.state.origins.find(origin);
    return index !== undefined && this.state.applied.covers(index, sequence);
  }

  /** As `Replica.includes`. */
  includes(left: NamedVector, right: NamedVector): boolean {
    const { origins } = this.state;
    return VersionVector.fromNamed(left, origins).includes(VersionVector.fromNamed(right, origins));
  }

  /** What is applied here of one region's incarnations, all of them. */
  vectorOf(region: RegionName): NamedVector {
    const { applied, origins } = this.state;
    const own = [...applied.all()].filter(([origin]) => origins.region(origin) === region);
    return Object.fromEntries(own.map(([origin, sequence]) => [origins.id(origin), sequence]));
  }

  /** Writes down which origins vectors need not name any more (`originsToRetire`); answers how many. */
  retire(orphans: readonly RegionName[]): number {
    const { region, incarnation, stability } = this;
    const { applied, origins } = this.state;
    const frontier = stability.frontier(this.#durable);
    const retired = originsToRetire({ region, incarnation, applied, frontier, origins, orphans });
    if (retired.length > 0) {
      this.transact(SYSTEM_DATABASE, () => {
        this.#host.emit({ op: OP.originsRetire, db: SYSTEM_DATABASE, origins: retired });
      });
    }
    return retired.length;
  }

  durableVector(): NamedVector {
    return this.#durable.toNamed(this.state.origins);
  }

  /**
   * Everything appended to the log: what is applied, without the batch that is just on its way (local operations are applied
   * before their batch is sealed, and `applied` names it only afterwards). Not to be changed.
   */
  get appended(): VersionVector {
    return this.#appended;
  }

  /** Everything durable here; not to be changed. */
  get durable(): VersionVector {
    return this.#durable;
  }

  onDurable(listener: () => void): () => void {
    this.#durableListeners.add(listener);
    return () => this.#durableListeners.delete(listener);
  }

  transact<T, Given = undefined>(
    db: number,
    body: (transaction: Transaction, given: Given) => T,
    given?: Given,
  ): Transacted<T> {
    this.#begin(db);
    let value: T;
    try {
      value = body(this.#transaction, given as Given);
    } catch (cause) {
      throw new TransactionError(cause, this.#end());
    }
    const lsn = this.#end();
    const wrote = this.#running.operations.length > 0;
    return { value, lsn, wrote, sequence: wrote ? this.#ownSequence : 0 };
  }

  watch(db: number, key: string): WatchToken {
    const visible = (): boolean => {
      const entry = this.state.table.find(db, key);
      return entry !== undefined && entry.visible(this.clock.wallMs()) !== null;
    };
    const existed = visible();
    return this.#watchers.watch(db, key, () => existed && !visible());
  }

  onPeerBatch(listener: PeerBatchListener): () => void {
    this.#peerBatchListeners.add(listener);
    return () => this.#peerBatchListeners.delete(listener);
  }

  deadlineOf(db: number, key: string): DeadlineMs {
    return this.state.table.find(db, key)?.facet?.deadline() ?? NO_DEADLINE;
  }

  onKeyChanged(listener: KeyListener): () => void {
    return this.#watchers.listen(listener);
  }

  onSystemKeyChanged(listener: SystemKeyListener): () => void {
    return this.#watchers.listenToSystem(listener);
  }

  /**
   * Applies a batch that comes from elsewhere (a peer, or the log at a start) and whose dependencies are here. The one `apply`.
   */
  apply(batch: Batch): void {
    const context = new Context(batch.origin, batch.sequence, batch.stamp, batch.others);
    for (const operation of batch.operations) this.state.apply(operation, context);
    this.state.applied.set(batch.origin, batch.sequence);
    this.state.applied.retire();
    this.hybridClock.observe(batch.stamp);
    this.#others = null;
  }

  /** A peer's batch is applied and appended. */
  peerBatchApplied({ operations, origin, stamp }: Batch): void {
    const from = this.state.origins.region(origin);
    for (const listener of this.#peerBatchListeners) listener(operations, from, stamp);
  }

  /** Appends an applied batch's bytes to the log; answers its position. */
  append(bytes: Uint8Array, origin: number, sequence: number): number {
    const lsn = this.log.append(bytes);
    this.appendedBytes += bytes.length;
    this.#appended.set(origin, sequence);
    this.#appended.retire();
    this.#pendingDots.push(lsn, origin, sequence);
    this.settleTouched(lsn);
    return lsn;
  }

  /** Whoever reads what the last batch changed waits for `lsn`. */
  settleTouched(lsn: number): void {
    if (this.state.settleTouched(lsn)) this.#flushLsn = lsn;
  }

  /** What recovery read back is durable by definition. */
  recovered(): void {
    this.settleTouched(0);
    this.#durable.merge(this.state.applied);
    this.#appended.merge(this.state.applied);
    this.logIndex.opened(this.state.applied);
  }

  statistics(): KeyspaceStatistics {
    const { table } = this.state;
    const keys = table.counts().slice(0, DATABASE_COUNT);
    const keysWithDeadline = table.deadlineCounts().slice(0, DATABASE_COUNT);
    return {
      keys,
      keysWithDeadline,
      residentKeys: table.residentKeys,
      packedKeys: table.packedKeys,
      memoryUsedBytes: this.state.memoryUsedBytes,
      memoryMaxBytes: this.limits.memoryBytesMax,
      evictedKeys: this.counters.evicted,
      expiredKeys: this.counters.expired,
      dirtyKeys: this.checkpointer.dirtyKeys,
      unstableItems: this.unfolded.size,
      unstableBytes: this.unfolded.bytes,
      markers: this.state.markers.count,
      markerBytes: this.state.markers.bytes,
      conflictedKeys: table.conflictCounts().reduce((sum, count) => sum + count, 0),
      hits: this.counters.hits,
      misses: this.counters.misses,
    };
  }

  #seal(context: Context, operations: readonly Operation[]): number {
    const { origin, sequence } = context;
    this.logIndex.beforeAppend(this.#appended);
    const bytes = this.#encoder.encode(context, operations);
    this.#ownSequence = sequence;
    const lsn = this.append(bytes, origin, sequence);
    this.state.applied.set(origin, sequence);
    // A retirement of our own: what follows need not name what it implies.
    if (this.state.applied.retire()) this.#others = null;
    return lsn;
  }

  /** The one transaction object of this keyspace, made new: transactions are synchronous, so there is never a second. */
  #begin(db: number): void {
    const running = this.#running;
    assert(!running.isOpen, "a transaction inside a transaction");
    running.isOpen = true;
    running.context = null;
    // One by one: an array that is emptied at once gives its memory back, and the next write would make room for seventeen.
    while (running.operations.length > 0) running.operations.pop();
    running.readLsn = 0;
    const nowMs = this.clock.wallMs();
    const host = this.#host;
    host.nowMs = nowMs;
    // Seconds of the other clock, which is asked when this one has moved by enough, or was set back.
    if (Math.abs(nowMs - this.#secondsAskedMs) >= SECONDS_ASKED_EVERY_MS) {
      this.#secondsAskedMs = nowMs;
      host.nowS = this.nowS;
    }
    host.flushLsn = this.#flushLsn;
    this.#transaction.begin(db);
  }

  /** It is over, with what it wrote until then; answers the position that its reply depends on. */
  #end(): number {
    const running = this.#running;
    running.isOpen = false;
    return running.operations.length === 0 ? running.readLsn : this.#seal(running.context!, running.operations);
  }

  #makeHost(): TransactionHost {
    const { state, classes, limits, random, counters, log, region, stability } = this;
    const running = this.#running;
    const hasPast = this.rows.head() !== null;
    return {
      state,
      classes,
      random,
      region,
      // Asked anew each time: members come and go.
      get sequenceClass() {
        return sequenceClassOf(region, stability.otherRegions());
      },
      // An earlier process may have: whatever it purged, its rows do not say.
      get hasPurged() {
        return counters.expired > 0 || hasPast;
      },
      nowMs: 0,
      nowS: 0,
      flushLsn: 0,
      get lastLsn() {
        return log.lastLsn;
      },
      stableFrontier: () => this.stability.frontier(this.durable),
      batchBytesMax: limits.batchBytesMax,
      emit: (operation) => {
        running.context ??= this.#newContext();
        state.apply(operation, running.context);
        running.operations.push(operation);
      },
      observed: (lsn) => {
        if (lsn > running.readLsn) running.readLsn = lsn;
      },
      hit: (found) => {
        if (found) counters.hits++;
        else counters.misses++;
      },
    };
  }

  #newContext(): Context {
    const others = (this.#others ??= this.state.applied.copy());
    this.#own ??= this.state.origins.intern(this.incarnation);
    return new Context(this.#own, this.#ownSequence + 1, this.hybridClock.tick(this.#host.nowMs), others);
  }

  #becameDurable(lsn: number): void {
    this.#pendingDots.takeUpTo(lsn, this.#durable);
    this.#durable.retire();
    for (const listener of this.#durableListeners) listener();
  }
}
