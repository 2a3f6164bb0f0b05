import { assert } from "../base/assert.ts";
import { VersionVector, type NamedVector } from "../crdt/version-vector.ts";
import type { Row, Rows, RowsSnapshot } from "../storage/rows-port.ts";
import { decodeCheckpointHead, packRetirement } from "./checkpoint-head.ts";
import type { OutgoingSnapshot, SnapshotHead } from "./replica-port.ts";

/** Before and behind every row; the head is none. */
const FIRST = Buffer.of(1);
const END = Buffer.of(0xff);

/**
 * The rows of the last checkpoint as a snapshot for a peer: consistent at one vector, read in slices from a transaction of the
 * store, so that neither memory nor writers notice. Rows name origins by their index, so the table goes along.
 */
export class SnapshotSource implements OutgoingSnapshot {
  readonly head: SnapshotHead;
  readonly #rows: RowsSnapshot;
  readonly #vector: VersionVector;
  readonly #pins: Set<VersionVector>;

  private constructor(rows: RowsSnapshot, head: SnapshotHead, vector: VersionVector, pins: Set<VersionVector>) {
    this.#rows = rows;
    this.head = head;
    this.#vector = vector;
    this.#pins = pins;
    pins.add(vector);
  }

  /** Null when the last checkpoint does not contain all of `minimum`. */
  static open(rows: Rows, minimum: NamedVector, pins: Set<VersionVector>): SnapshotSource | null {
    const snapshot = rows.snapshot();
    if (snapshot.head !== null) {
      const { origins, vector, stamp, counts, deadlineCounts, conflictCounts } = decodeCheckpointHead(snapshot.head);
      if (vector.includes(VersionVector.fromNamed(minimum, origins))) {
        const head = {
          origins: origins.ids(),
          retired: origins.retirements.all().map(packRetirement),
          vector: vector.toNamed(origins),
          stamp,
          counts,
          deadlineCounts: deadlineCounts ?? [],
          conflictCounts: conflictCounts ?? [],
        };
        return new SnapshotSource(snapshot, head, vector, pins);
      }
    }
    snapshot.close();
    return null;
  }

  read(after: Buffer | null, maxBytes: number): readonly Row[] {
    assert(this.#pins.has(this.#vector), "a closed snapshot is read");
    const rows: Row[] = [];
    let bytes = 0;
    for (const row of this.#rows.range(after === null ? FIRST : Buffer.concat([after, Buffer.of(0)]), END)) {
      rows.push(row);
      bytes += row.key.length + row.value.length;
      if (bytes >= maxBytes) break;
    }
    return rows;
  }

  sent(): void {
    this.#rows.close();
  }

  close(): void {
    this.#rows.close();
    this.#pins.delete(this.#vector);
  }
}
