import type { Context } from "../crdt/context.ts";
import { ruleFor } from "../crdt/key-class.ts";
import type { FlushRule } from "../crdt/operations/class-operations.ts";
import { ALL_DATABASES, SYSTEM_DATABASE } from "../crdt/operations/operation-kind.ts";
import type { VersionVector } from "../crdt/version-vector.ts";

/** Estimated bytes of one marker besides its key. */
const MARKER_OVERHEAD_BYTES = 176;

/** The dot of a delete that wins, for as long as something that has not observed it may arrive. */
export interface Marker {
  readonly origin: number;
  readonly sequence: number;
  /** Later writes are refused at their origin until `lapseAtMs`. */
  readonly final: boolean;
  readonly lapseAtMs: number;
}

export interface FlushMarker {
  readonly origin: number;
  readonly sequence: number;
  readonly db: number;
  readonly rules: readonly FlushRule[];
}

/**
 * What deletes that win leave behind (rows R1–R6). Under causal delivery everything that is here when such a delete arrives is
 * before it or concurrent to it, so the delete clears the key; its marker refuses what arrives later without having observed
 * it. A marker goes when it has lapsed and is stable.
 *
 * A refusal hides one operation, not its batch, and goes by causality alone: clocks and settings of the receiver do not matter.
 */
export class Markers {
  /** By `db:key`. Nearly always one; concurrent deletes leave several. */
  readonly #keys = new Map<string, readonly Marker[]>();
  #flushes: readonly FlushMarker[] = [];
  /** Names whose rows must be written; `FLUSHES_ROW` for the list of flushes. */
  readonly #dirty = new Set<string>();
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#keys.size === 0 && this.#flushes.length === 0;
  }

  /** Markers of keys. */
  get count(): number {
    return this.#keys.size;
  }

  /** Estimated bytes in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  get flushes(): readonly FlushMarker[] {
    return this.#flushes;
  }

  of(name: string): readonly Marker[] {
    return this.#keys.get(name) ?? [];
  }

  /** A delete that wins has been applied. */
  add(db: number, key: string, context: Context, final: boolean, lapseAtMs: number): void {
    const name = markerName(db, key);
    let [isFinal, lapse] = [final, lapseAtMs];
    const kept: Marker[] = [];
    for (const marker of this.of(name)) {
      if (!context.covers(marker.origin, marker.sequence)) kept.push(marker);
      else if (marker.final) [isFinal, lapse] = [true, Math.max(lapse, marker.lapseAtMs)];
    }
    const { origin, sequence } = context;
    this.#put(name, [...kept, { origin, sequence, final: isFinal, lapseAtMs: lapse }]);
  }

  /** The key shares the fate of something that `marker` ended. */
  addDot(db: number, key: string, marker: Marker): void {
    const name = markerName(db, key);
    const same = (one: Marker): boolean => one.origin === marker.origin && one.sequence === marker.sequence;
    this.#put(name, [...this.of(name).filter((one) => !same(one)), marker]);
  }

  addFlush(db: number, context: Context, rules: readonly FlushRule[]): void {
    this.#flushes = [...this.#flushes, { origin: context.origin, sequence: context.sequence, db, rules }];
    this.#dirty.add(FLUSHES_ROW);
  }

  /** True when an operation on the key must hide itself: some delete that wins is not observed by it. */
  refuses(db: number, key: string, context: Context): boolean {
    const own = this.#keys.get(markerName(db, key));
    if (own !== undefined && own.some((marker) => !context.covers(marker.origin, marker.sequence))) return true;
    return this.#flushes.length > 0 && this.#refusedByFlush(db, key, context);
  }

  /** Until when writes to the key are refused at their origin; 0 when they are not. */
  finalUntilMs(db: number, key: string, nowMs: number): number {
    let until = 0;
    for (const marker of this.of(markerName(db, key))) {
      if (marker.final && marker.lapseAtMs > nowMs) until = Math.max(until, marker.lapseAtMs);
    }
    return until;
  }

  /** Forgets what is stable and has lapsed. `safeMs`: every member's clock has passed this, allowed skew included. */
  fold(frontier: VersionVector, safeMs: number): void {
    for (const [name, markers] of this.#keys) {
      const kept = markers.filter(
        (marker) => !frontier.covers(marker.origin, marker.sequence) || (marker.final && marker.lapseAtMs >= safeMs),
      );
      if (kept.length !== markers.length) this.#put(name, kept);
    }
    const flushes = this.#flushes.filter((marker) => !frontier.covers(marker.origin, marker.sequence));
    if (flushes.length === this.#flushes.length) return;
    this.#flushes = flushes;
    this.#dirty.add(FLUSHES_ROW);
  }

  get hasDirty(): boolean {
    return this.#dirty.size > 0;
  }

  /** Names that changed since the last call: their rows are written with the next checkpoint. */
  takeDirty(): readonly string[] {
    const names = [...this.#dirty];
    this.#dirty.clear();
    return names;
  }

  /** Rows that were taken and could not be written. */
  giveBack(names: readonly string[]): void {
    for (const name of names) this.#dirty.add(name);
  }

  restore(name: string, markers: readonly Marker[]): void {
    this.#put(name, markers);
    this.#dirty.delete(name);
  }

  restoreFlushes(flushes: readonly FlushMarker[]): void {
    this.#flushes = flushes;
  }

  #put(name: string, markers: readonly Marker[]): void {
    const before = this.of(name).length;
    if (markers.length === 0) this.#keys.delete(name);
    else this.#keys.set(name, markers);
    this.#bytes += (markers.length - before) * (MARKER_OVERHEAD_BYTES + name.length);
    this.#dirty.add(name);
  }

  #refusedByFlush(db: number, key: string, context: Context): boolean {
    let refused = false;
    for (const flush of this.#flushes) {
      if (flush.db !== db && (flush.db !== ALL_DATABASES || db === SYSTEM_DATABASE)) continue;
      if (context.covers(flush.origin, flush.sequence)) continue;
      const rule = ruleFor(flush.rules, key);
      if (rule === null || rule.keyClass === "update-wins") continue;
      refused = true;
      // A key that the flush had not seen is as final as those it had.
      if (rule.keyClass === "delete-final") {
        const { origin, sequence } = flush;
        this.addDot(db, key, { origin, sequence, final: true, lapseAtMs: rule.lapseAtMs });
      }
    }
    return refused;
  }
}

export const FLUSHES_ROW = "";

export function markerName(db: number, key: string): string {
  return `${db}:${key}`;
}
