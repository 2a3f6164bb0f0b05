import type { Context } from "./context.ts";
import type { HlcStamp } from "./hlc.ts";
import type { Coverage, Dot } from "./register.ts";
import type { VersionVector } from "./version-vector.ts";

/** Milliseconds since the Unix epoch; NO_DEADLINE where something lives for ever. */
export type DeadlineMs = number;
export const NO_DEADLINE: DeadlineMs = 0;

/**
 * Who says so: `set` is a client's word (EXPIRE, PERSIST, SET … EX, or a key created without a deadline);
 * `reassert` is a write that repeats the deadline it saw, so that no concurrent delete leaves an immortal fragment.
 */
export const DEADLINE_MODES = ["set", "reassert"] as const;
export type DeadlineMode = (typeof DEADLINE_MODES)[number];

export interface DeadlineEntry extends Dot {
  readonly stamp: HlcStamp;
  readonly mode: DeadlineMode;
  readonly atMs: DeadlineMs;
  /** What its writer had observed; null once stable, when every later write has observed it in turn. */
  observed: Context | null;
}

/**
 * The deadlines of one value or collection: all those no later write has replaced. One is *live* while something it
 * observed lives: it never reaches out for values its writer did not know. Of the live ones the longest that was `set`
 * holds, else the longest that was re-asserted; none at all counts as longest.
 */
export class Deadlines {
  // Replaced, never changed: one empty array serves all that are empty, and one that was pushed to would have room for 17.
  #entries: readonly DeadlineEntry[];

  constructor(entries: readonly DeadlineEntry[] = NO_ENTRIES) {
    this.#entries = entries;
  }

  get entries(): readonly DeadlineEntry[] {
    return this.#entries;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  put(context: Context, mode: DeadlineMode, atMs: DeadlineMs): void {
    this.removeObserved(context);
    const { origin, sequence, stamp } = context;
    const entry = { origin, sequence, stamp, mode, atMs, observed: context };
    this.#entries = this.#entries.length === 0 ? [entry] : [...this.#entries, entry];
  }

  removeObserved(context: Context): void {
    if (this.#entries.length === 0) return;
    if (this.#entries.length === 1) {
      const { origin, sequence } = this.#entries[0]!;
      if (context.covers(origin, sequence)) this.#entries = NO_ENTRIES;
      return;
    }
    this.removeCovered(context);
  }

  private removeCovered(context: Context): void {
    const kept = this.#entries.filter((entry) => !context.covers(entry.origin, entry.sequence));
    this.#entries = kept.length === 0 ? NO_ENTRIES : kept;
  }

  /**
   * The deadline that holds, or undefined when no entry is live. `isLive` answers whether something that the given coverage
   * observed is still there.
   */
  resolve(isLive: (observed: Coverage) => boolean): DeadlineMs | undefined {
    let best: DeadlineEntry | undefined;
    for (const entry of this.#entries) {
      if (best !== undefined && !outlasts(entry, best)) continue;
      if (entry.observed === null || isLive(entry.observed)) best = entry;
    }
    return best?.atMs;
  }

  /** True while an entry waits for stability. */
  get isUnfolded(): boolean {
    for (let index = 0; index < this.#entries.length; index++) if (this.#entries[index]!.observed !== null) return true;
    return false;
  }

  isWithin(frontier: VersionVector): boolean {
    return this.#entries.every((entry) => frontier.covers(entry.origin, entry.sequence));
  }

  /** Stable entries that are live stay without their context; stable ones that are dead go. */
  fold(frontier: VersionVector, isLive: (observed: Coverage) => boolean): void {
    const kept = this.#entries.filter((entry) => {
      if (entry.observed === null || !frontier.covers(entry.origin, entry.sequence)) return true;
      if (!isLive(entry.observed)) return false;
      entry.observed = null;
      return true;
    });
    // What `filter` answers has room for 17, and this one stays.
    if (kept.length < this.#entries.length) this.#entries = kept;
    const [only] = this.#entries;
    // "For ever", known everywhere, is what saying nothing means.
    if (this.#entries.length === 1 && only!.observed === null && only!.atMs === NO_DEADLINE) this.#entries = NO_ENTRIES;
  }
}

const NO_ENTRIES: readonly DeadlineEntry[] = [];

function outlasts(candidate: DeadlineEntry, best: DeadlineEntry): boolean {
  if (candidate.mode !== best.mode) return candidate.mode === "set";
  if (best.atMs === NO_DEADLINE) return false;
  return candidate.atMs === NO_DEADLINE || candidate.atMs > best.atMs;
}
