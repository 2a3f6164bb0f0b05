import { OriginTable, type OriginId } from "../crdt/origin.ts";
import type { Retirement } from "../crdt/retirements.ts";
import { isNamedVector, VersionVector, type NamedVector } from "../crdt/version-vector.ts";

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
  /** And those with something concurrent in them. */
  readonly conflictCounts?: readonly number[];
  /** What the log lacks since a snapshot was installed; null when it lacks nothing. */
  readonly gap: LogGap | null;
}

/**
 * A snapshot brings what the log never held. Who begins to read before `nextLsn` would come upon batches whose predecessors are
 * missing, unless it has `vector`. Positions from `nextLsn` on were appended on top of the snapshot.
 */
export interface LogGap {
  /** Null until the log has been opened again on top of the snapshot. */
  readonly nextLsn: number | null;
  /** Of each origin that has a gap, its last sequence within it. */
  readonly vector: NamedVector;
}

/** A retirement as it travels and is stored: origins by their indexes in the table it comes with. */
export type PackedRetirement = readonly [origin: number, floor: number, byOrigin: number, bySequence: number];

export function packRetirement({ origin, floor, byOrigin, bySequence }: Retirement): PackedRetirement {
  return [origin, floor, byOrigin, bySequence];
}

export function unpackRetirement([origin, floor, byOrigin, bySequence]: PackedRetirement): Retirement {
  return { origin, floor, byOrigin, bySequence };
}

export function encodeCheckpointHead(head: CheckpointHead): Buffer {
  return Buffer.from(
    JSON.stringify({
      format: 2,
      lsn: head.lsn,
      stamp: head.stamp,
      origins: head.origins.ids(),
      retired: head.origins.retirements.all().map(packRetirement),
      known: head.vector.known,
      vector: [...head.vector.named()],
      counts: head.counts,
      deadlineCounts: head.deadlineCounts,
      conflictCounts: head.conflictCounts,
      ...(head.gap === null ? {} : { gap: head.gap }),
    }),
  );
}

export function decodeCheckpointHead(bytes: Buffer | null): CheckpointHead {
  if (bytes === null) {
    const origins = new OriginTable();
    return { lsn: 0, stamp: 0, origins, vector: new VersionVector(origins.retirements), counts: [], gap: null };
  }
  const parsed = JSON.parse(bytes.toString("utf8")) as {
    lsn: number;
    stamp: number;
    origins: OriginId[];
    retired?: PackedRetirement[];
    known?: number;
    /** In format 1 by origin index. */
    vector: number[] | [origin: number, sequence: number][];
    counts: number[];
    deadlineCounts?: number[];
    conflictCounts?: number[];
    gap?: LogGap;
  };
  const origins = new OriginTable(parsed.origins, (parsed.retired ?? []).map(unpackRetirement));
  const vector = new VersionVector(origins.retirements, parsed.known);
  for (const [index, entry] of parsed.vector.entries()) {
    const [origin, sequence] = typeof entry === "number" ? [index, entry] : entry;
    if (sequence > 0) vector.set(origin, sequence);
  }
  return {
    lsn: parsed.lsn,
    stamp: parsed.stamp,
    origins,
    vector,
    counts: parsed.counts,
    deadlineCounts: parsed.deadlineCounts ?? [],
    conflictCounts: parsed.conflictCounts ?? [],
    gap: parsed.gap ?? null,
  };
}

/** What a segment says of the log before it. */
export interface LogMark {
  /** Everything before the segment's first record. */
  readonly vector: NamedVector;
  /** Wall clock when the segment was begun, milliseconds; 0 when it does not say. */
  readonly atMs: number;
}

export function encodeMark(vector: VersionVector, origins: OriginTable, atMs: number): Buffer {
  return Buffer.from(JSON.stringify({ atMs, vector: vector.toNamed(origins) }));
}

export function decodeMark(mark: Uint8Array): LogMark {
  if (mark.length === 0) return { vector: {}, atMs: 0 };
  const parsed = JSON.parse(Buffer.from(mark).toString("utf8")) as LogMark | NamedVector;
  // Before there were times a mark was the vector alone, whose names all have a "#".
  return isNamedVector(parsed) ? { vector: parsed, atMs: 0 } : parsed;
}
