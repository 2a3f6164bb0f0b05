import type { OriginTable } from "../crdt/origin.ts";
import { VersionVector } from "../crdt/version-vector.ts";
import type { LogSegmentInfo } from "../storage/log-port.ts";
import { decodeMark } from "./checkpoint-head.ts";

/**
 * How long the log is kept. A segment goes
 *
 * - when the rows contain it and every member has acknowledged it; or, past the budget of bytes or age,
 * - when the rows contain it and **a majority of the members** holds it durably, ourselves among them. With three members that is
 *   "one other has it". A member that lacks it then needs a snapshot.
 *
 * Why a majority and not just one other: two sides of a split that each drop what the other lacks could never be joined again by
 * snapshots, each of which must cover what its receiver can no longer hand over. Of two majorities one member is in both, and
 * has it all.
 *
 * A batch that no majority holds is never dropped. When such batches fill the budget, client writes are refused (`isFull`).
 */
export interface RetentionFacts {
  readonly segments: readonly LogSegmentInfo[];
  /** Log position up to which the rows contain everything. */
  readonly rowsLsn: number;
  /** Acknowledged by every member. */
  readonly stable: VersionVector;
  /** What each other member has durably, as far as known. */
  readonly others: readonly VersionVector[];
  /** Vectors of readers on their way: what lies behind one is kept. */
  readonly pins: Iterable<VersionVector>;
  /** Names of the vectors that segments are marked with. */
  readonly origins: OriginTable;
  readonly bytesMax: number;
  readonly ageMaxMs: number;
  readonly nowMs: number;
}

export interface Retention {
  /** Everything up to this position may go; 0: nothing. */
  readonly upToLsn: number;
  /** Segments that go though a member lacks them. */
  readonly forced: number;
  /** Bytes of segments with something that no majority holds. */
  readonly unheldBytes: number;
  readonly isFull: boolean;
}

/** `appended` is the vector of the whole log. */
export function retain(facts: RetentionFacts, appended: VersionVector): Retention {
  const { segments, rowsLsn, stable, bytesMax, ageMaxMs, nowMs } = facts;
  const pins = [...facts.pins];
  const ends = segments.map((_segment, index) => endOf(facts, index, appended));
  let bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  let upToLsn = 0;
  let forced = 0;
  // The last segment is being written.
  for (const [index, segment] of segments.slice(0, -1).entries()) {
    const { vector, atMs } = ends[index]!;
    if (segment.lastLsn > rowsLsn || !pins.every((pin) => pin.includes(vector))) break;
    if (!stable.includes(vector)) {
      const isOver = bytes > bytesMax || (atMs > 0 && nowMs - atMs > ageMaxMs);
      if (!isOver || !isHeld(vector, facts.others)) break;
      forced++;
    }
    upToLsn = segment.lastLsn;
    bytes -= segment.bytes;
  }
  let unheldBytes = 0;
  for (let index = segments.length - 1; index >= 0; index--) {
    if (isHeld(ends[index]!.vector, facts.others)) break;
    unheldBytes += segments[index]!.bytes;
  }
  return { upToLsn, forced, unheldBytes, isFull: unheldBytes >= bytesMax };
}

/** What the log holds up to a segment's end, and when it got there. */
function endOf({ segments, origins }: RetentionFacts, index: number, appended: VersionVector): SegmentEnd {
  const next = segments[index + 1];
  if (next === undefined) return { vector: appended, atMs: 0 };
  const { vector, atMs } = decodeMark(next.mark);
  return { vector: VersionVector.fromNamed(vector, origins), atMs };
}

interface SegmentEnd {
  readonly vector: VersionVector;
  readonly atMs: number;
}

/** A majority has it: we do, and of the `others` at least half. */
function isHeld(vector: VersionVector, others: readonly VersionVector[]): boolean {
  const needed = Math.ceil(others.length / 2);
  const isHeldOf = (origin: number, sequence: number): boolean =>
    others.reduce((count, other) => count + (other.covers(origin, sequence) ? 1 : 0), 0) >= needed;
  // What is retired had been acknowledged by everyone.
  return vector.everyBeyond(vector.known, isHeldOf);
}
