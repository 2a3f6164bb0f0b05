import type { Context } from "../crdt/context.ts";
import type { DeadlineMs } from "../crdt/deadline.ts";
import type { HlcStamp } from "../crdt/hlc.ts";
import type { KeyType } from "../crdt/operation.ts";
import type { OriginTable } from "../crdt/origin.ts";
import type { VersionVector } from "../crdt/version-vector.ts";

/**
 * The part of a key that has one type. A key nearly always has one facet; concurrent writes of two types give it two until
 * the next write that has seen both (row K1). A facet without elements is dropped at once: everything its deadlines had
 * observed is gone for good, so they can never be live again.
 */
export interface Facet {
  readonly type: KeyType;
  readonly isEmpty: boolean;
  /** Estimated bytes in memory. */
  readonly bytes: number;
  /** Waits for stability to forget something. */
  readonly isUnfolded: boolean;

  /** Newest live write: decides which of two types is shown. */
  newest(origins: OriginTable): Stamped;
  /** The deadline that holds; NO_DEADLINE when none does. */
  deadline(): DeadlineMs;
  /** Concurrent deadlines are still side by side: the next write settles them. */
  readonly hasDivergingDeadlines: boolean;
  removeObserved(context: Context, origins: OriginTable): void;
  putDeadline(context: Context, mode: "set" | "reassert", atMs: DeadlineMs): void;
  fold(frontier: VersionVector, origins: OriginTable): void;
  /** True when nothing in here is newer than `frontier`. */
  isWithin(frontier: VersionVector): boolean;
}

export interface Stamped {
  readonly stamp: HlcStamp;
  readonly origin: number;
}
