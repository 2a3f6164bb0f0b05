import type { HlcStamp } from "./hlc.ts";
import type { VersionVector } from "./version-vector.ts";

/**
 * What an operation carries besides itself: its batch's dot and stamp, and what its origin had applied when it wrote (the
 * dependency vector). An operation has *observed* every dot this context covers. Under causal delivery all of those have
 * arrived here before it, so coverage alone decides what a write replaces and a remove removes: no tombstones.
 *
 * `others` is shared between consecutive batches of one origin as long as nothing foreign arrived there; the origin's own
 * part is always "everything before me, and the earlier operations of my own batch".
 */
export class Context {
  readonly origin: number;
  readonly sequence: number;
  readonly stamp: HlcStamp;
  readonly others: VersionVector;

  constructor(origin: number, sequence: number, stamp: HlcStamp, others: VersionVector) {
    this.origin = origin;
    this.sequence = sequence;
    this.stamp = stamp;
    this.others = others;
  }

  covers(origin: number, sequence: number): boolean {
    if (origin === this.origin) return sequence <= this.sequence;
    return this.others.covers(origin, sequence);
  }

  /** True when it has observed all of `vector`. */
  coversAll(vector: VersionVector): boolean {
    return vector.everyBeyond(this.others.known, (origin, sequence) => this.covers(origin, sequence));
  }
}
