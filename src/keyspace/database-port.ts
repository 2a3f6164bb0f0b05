import type { BinaryString } from "../base/bytes.ts";
import type { DeadlineMs } from "../crdt/deadline.ts";
import type { HlcStamp } from "../crdt/hlc.ts";
import type { Operation } from "../crdt/operation.ts";
import type { OriginId, RegionName } from "../crdt/origin.ts";
import type { NamedVector } from "../crdt/version-vector.ts";
import type { Transaction, WatchToken } from "./transaction-port.ts";

/** What the command room sees of the keyspace. */
export interface Database {
  /**
   * Runs `body` in one transaction. What it mutated is one batch, applied at once and appended to the log. `lsn`: the log
   * position that must be durable before anything `body` returned may be shown (its own batch, and what it read); 0 when
   * everything it read is durable. When `body` throws, what it had mutated before is committed all the same and the error
   * is passed on wrapped with the position: TransactionError.
   */
  transact<T, Given = undefined>(
    db: number,
    body: (transaction: Transaction, given: Given) => T,
    given?: Given,
  ): Transacted<T>;
  /** Sequence of the last batch issued here. */
  readonly lastSequence: number;
  /** The other member regions. */
  otherRegions(): readonly RegionName[];
  /** Other regions that have said that they have everything issued here up to `sequence` durably. */
  regionsHaving(sequence: number): readonly RegionName[];
  /** Called when a region may have said so of more. Returns how to stop. */
  onAcknowledged(listener: () => void): () => void;
  watch(db: number, key: BinaryString): WatchToken;
  /**
   * Hears of every change of a key, by anyone: local writes, peers' batches, flushes. Called while the change is applied, so the
   * listener must not read or write the database there: it takes note, and acts later. Returns how to stop.
   */
  onKeyChanged(listener: KeyListener): () => void;

  /** The same for the database behind those that clients see: most who keep something of it have nothing to do with others. */
  onSystemKeyChanged(listener: SystemKeyListener): () => void;
  /** Hears of every batch of a peer, once it is applied and appended. Returns how to stop. */
  onPeerBatch(listener: PeerBatchListener): () => void;
  /** The deadline of what a key holds, passed or not; 0: none, or nothing is there. No read: nothing waits for it. */
  deadlineOf(db: number, key: BinaryString): DeadlineMs;
  /** Log position up to which everything is durable. */
  readonly durableLsn: number;
  /** Position of the last batch appended. */
  readonly lastLsn: number;
  statistics(): KeyspaceStatistics;
  /** This process start's origin. */
  readonly incarnation: OriginId;
  /** Everything applied here, by origin, without what is retired. */
  vector(): NamedVector;
  /** That batch and all before it of its origin are applied here. */
  covers(origin: OriginId, sequence: number): boolean;
  /** The region has left the database, and all that will ever come of it is here. */
  hasLeft(region: RegionName): boolean;
}

/** `key` is null when a whole database was emptied. Expiry is no change. */
export type KeyListener = (db: number, key: BinaryString | null) => void;

/** `key` is null when the whole database was emptied. */
export type SystemKeyListener = (key: BinaryString | null) => void;

export type PeerBatchListener = (operations: readonly Operation[], from: RegionName, stamp: HlcStamp) => void;

export interface Transacted<T> {
  readonly value: T;
  readonly lsn: number;
  /** True when something was mutated. */
  readonly wrote: boolean;
  /** Sequence of the batch; 0 when nothing was mutated. */
  readonly sequence: number;
}

export interface KeyspaceStatistics {
  /** Visible and expired-but-kept keys, by database. */
  readonly keys: readonly number[];
  /** Those of them that have a deadline, by database. */
  readonly keysWithDeadline: readonly number[];
  /** Keys whose entries are in memory. */
  readonly residentKeys: number;
  /** Of those, the ones kept as bytes because they rest. */
  readonly packedKeys: number;
  readonly memoryUsedBytes: number;
  readonly memoryMaxBytes: number;
  readonly evictedKeys: number;
  readonly expiredKeys: number;
  readonly dirtyKeys: number;
  readonly unstableItems: number;
  /** Estimated bytes of what waits there. */
  readonly unstableBytes: number;
  /** Deletes that win and are kept until they are stable and have lapsed. */
  readonly markers: number;
  readonly markerBytes: number;
  /** Keys with a hidden type or with values beside the one shown. */
  readonly conflictedKeys: number;
  readonly hits: number;
  readonly misses: number;
}
