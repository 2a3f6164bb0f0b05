import { OriginTable, type OriginId } from "../crdt/origin.ts";
import { VersionVector } from "../crdt/version-vector.ts";

/** What a checkpoint says about itself: the log position and vector its rows contain, and the table their origins index. */
export interface CheckpointHead {
  readonly lsn: number;
  readonly stamp: number;
  readonly origins: OriginTable;
  readonly vector: VersionVector;
  /** Existing keys by database. */
  readonly counts: readonly number[];
  /** Of those the ones with a deadline; older heads do not say. */
  readonly deadlineCounts?: readonly number[];
}

export function encodeCheckpointHead(head: CheckpointHead): Buffer {
  return Buffer.from(
    JSON.stringify({
      format: 1,
      lsn: head.lsn,
      stamp: head.stamp,
      origins: head.origins.ids(),
      vector: head.vector.snapshot(),
      counts: head.counts,
      deadlineCounts: head.deadlineCounts,
    }),
  );
}

export function decodeCheckpointHead(bytes: Buffer | null): CheckpointHead {
  if (bytes === null) {
    return { lsn: 0, stamp: 0, origins: new OriginTable(), vector: new VersionVector(), counts: [] };
  }
  const parsed = JSON.parse(bytes.toString("utf8")) as {
    lsn: number;
    stamp: number;
    origins: OriginId[];
    vector: number[];
    counts: number[];
    deadlineCounts?: number[];
  };
  return {
    lsn: parsed.lsn,
    stamp: parsed.stamp,
    origins: new OriginTable(parsed.origins),
    vector: new VersionVector(parsed.vector),
    counts: parsed.counts,
    deadlineCounts: parsed.deadlineCounts ?? [],
  };
}

/** A segment's mark: the vector of everything before its first record, by name. */
export function encodeMark(vector: VersionVector, origins: OriginTable): Buffer {
  return Buffer.from(JSON.stringify(vector.toNamed(origins)));
}

export function decodeMark(mark: Uint8Array): Readonly<Record<OriginId, number>> {
  return mark.length === 0 ? {} : (JSON.parse(Buffer.from(mark).toString("utf8")) as Record<OriginId, number>);
}
