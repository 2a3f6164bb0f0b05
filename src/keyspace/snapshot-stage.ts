import { assert } from "../base/assert.ts";
import { passing } from "../base/crash-points.ts";
import { OriginTable, type OriginId } from "../crdt/origin.ts";
import { VersionVector } from "../crdt/version-vector.ts";
import { RowChanges } from "../storage/row-changes.ts";
import type { Row, Rows } from "../storage/rows-port.ts";
import { decodeHead } from "./row-codec.ts";
import { isHeadRow } from "./row-key.ts";
import { encodeCheckpointHead, unpackRetirement } from "./checkpoint-head.ts";
import type { Keyspace } from "./keyspace.ts";
import type { Possession } from "./log-index.ts";
import type { IncomingSnapshot, SnapshotHead } from "./replica-port.ts";

/**
 * A snapshot on its way in: rows of a peer in a store of their own, beside the one that serves. Once complete it takes that one's
 * place as the region's next checkpoint, and the engine is opened again on it: the same recovery that a restart takes applies
 * what our own log has beyond the snapshot.
 *
 * Rows are taken as they are, origin indexes included, because the sender's table of origins is taken too; our log names origins
 * by name, so nothing of ours refers to the old table.
 */
export class SnapshotStage implements IncomingSnapshot {
  readonly head: SnapshotHead;
  readonly #keyspace: Keyspace;
  readonly #rows: Rows;
  readonly #pin: VersionVector;
  /** The sender's table, and what the snapshot contains by that. */
  readonly #origins: OriginTable;
  readonly #vector: VersionVector;

  private constructor(keyspace: Keyspace, rows: Rows, head: SnapshotHead, origins: OriginTable, vector: VersionVector) {
    this.head = head;
    this.#keyspace = keyspace;
    this.#rows = rows;
    this.#origins = origins;
    this.#vector = vector;
    this.#pin = VersionVector.fromNamed(head.vector, keyspace.state.origins);
    keyspace.logPins.add(this.#pin);
  }

  /** `openRows` answers an empty store. Null when our log could not go on from the snapshot: found out now, not after the transfer. */
  static open(keyspace: Keyspace, openRows: () => Rows, head: SnapshotHead): SnapshotStage | null {
    const origins = new OriginTable(head.origins, head.retired.map(unpackRetirement));
    const vector = VersionVector.fromNamed(head.vector, origins);
    if (keyspace.logIndex.startFor(possessionOf(vector, origins), null) === null) return null;
    passing("snapshot-begun");
    return new SnapshotStage(keyspace, openRows(), head, origins, vector);
  }

  /** Rejects when a key has a type that this version does not know: the sender is newer, and it could not be read later. */
  async add(rows: readonly Row[]): Promise<void> {
    for (const { key, value } of rows) if (isHeadRow(key)) decodeHead(value);
    await this.#rows.commit({ head: UNFINISHED, clear: false, changes: RowChanges.of(rows) });
    passing("snapshot-rows-stored");
  }

  async finish(): Promise<void> {
    passing("snapshot-before-finish");
    const { log, logIndex, hybridClock } = this.#keyspace;
    const [origins, vector] = [this.#origins, this.#vector];
    const startLsn = logIndex.startFor(possessionOf(vector, origins), null);
    assert(startLsn !== null, "the log behind a snapshot's vector is kept while it is on its way");
    const gap: Record<string, number> = { ...logIndex.gap?.vector };
    for (const [origin, sequence] of vector.all()) {
      const id = origins.id(origin);
      if (!this.#keyspace.covers(id, sequence)) gap[id] = Math.max(gap[id] ?? 0, sequence);
    }
    const head = encodeCheckpointHead({
      // Everything before is in the snapshot, everything from there on is looked at again.
      lsn: startLsn - 1,
      stamp: Math.max(this.head.stamp, hybridClock.last),
      origins,
      vector,
      counts: this.head.counts,
      deadlineCounts: this.head.deadlineCounts,
      conflictCounts: this.head.conflictCounts,
      gap: log.lastLsn === 0 ? null : { nextLsn: null, vector: gap },
    });
    await this.#rows.commit({ head, clear: false, changes: new RowChanges() });
    await this.#rows.close();
    passing("snapshot-finished");
  }

  async abort(): Promise<void> {
    this.#keyspace.logPins.delete(this.#pin);
    await this.#rows.close();
  }
}

function possessionOf(vector: VersionVector, origins: OriginTable): Possession {
  const covers = (id: OriginId, sequence: number): boolean => {
    const origin = origins.find(id);
    return origin !== undefined && vector.covers(origin, sequence);
  };
  // The sender's retirements are not ours: whatever ours imply is asked for by name.
  return { known: 0, covers };
}

/** The head of rows that are not all there: nobody may start from it. */
const UNFINISHED = Buffer.from("unfinished");
