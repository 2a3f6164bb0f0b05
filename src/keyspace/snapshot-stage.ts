import { assert } from "../base/assert.ts";
import { OriginTable } from "../crdt/origin.ts";
import { VersionVector } from "../crdt/version-vector.ts";
import type { Row, Rows } from "../storage/rows-port.ts";
import { decodeHead } from "./row-codec.ts";
import { isHeadRow } from "./row-key.ts";
import { encodeCheckpointHead } from "./checkpoint-head.ts";
import type { Keyspace } from "./keyspace.ts";
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

  private constructor(keyspace: Keyspace, rows: Rows, head: SnapshotHead) {
    this.head = head;
    this.#keyspace = keyspace;
    this.#rows = rows;
    keyspace.logPins.add(head.vector);
  }

  /** `openRows` answers an empty store. Null when our log could not go on from the snapshot: found out now, not after the transfer. */
  static open(keyspace: Keyspace, openRows: () => Rows, head: SnapshotHead): SnapshotStage | null {
    if (keyspace.logIndex.startFor(head.vector, null) === null) return null;
    return new SnapshotStage(keyspace, openRows(), head);
  }

  /** Rejects when a key has a type that this version does not know: the sender is newer, and it could not be read later. */
  async add(rows: readonly Row[]): Promise<void> {
    for (const { key, value } of rows) if (isHeadRow(key)) decodeHead(value);
    await this.#rows.commit({ head: UNFINISHED, clear: false, changes: rows });
  }

  async finish(): Promise<void> {
    const { log, logIndex, state, hybridClock } = this.#keyspace;
    const startLsn = logIndex.startFor(this.head.vector, null);
    assert(startLsn !== null, "the log behind a snapshot's vector is kept while it is on its way");
    const origins = new OriginTable(this.head.origins);
    const vector = VersionVector.fromNamed(this.head.vector, origins);
    const gap: Record<string, number> = { ...logIndex.gap?.vector };
    for (const [id, sequence] of Object.entries(this.head.vector)) {
      const own = state.origins.find(id);
      if (own === undefined || !state.applied.covers(own, sequence)) gap[id] = Math.max(gap[id] ?? 0, sequence);
    }
    const head = encodeCheckpointHead({
      // Everything before is in the snapshot, everything from there on is looked at again.
      lsn: startLsn - 1,
      stamp: Math.max(this.head.stamp, hybridClock.last),
      origins,
      vector,
      counts: this.head.counts,
      deadlineCounts: this.head.deadlineCounts,
      gap: log.lastLsn === 0 ? null : { nextLsn: null, vector: gap },
    });
    await this.#rows.commit({ head, clear: false, changes: [] });
    await this.#rows.close();
  }

  async abort(): Promise<void> {
    this.#keyspace.logPins.delete(this.head.vector);
    await this.#rows.close();
  }
}

/** The head of rows that are not all there: nobody may start from it. */
const UNFINISHED = Buffer.from("unfinished");
