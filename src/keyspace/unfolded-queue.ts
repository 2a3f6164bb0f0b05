import type { Context } from "../crdt/context.ts";
import { VersionVector } from "../crdt/version-vector.ts";
import type { KeyEntry } from "./key-entry.ts";

/** About what one increment, or one deadline with its context, takes until it is stable. */
export const UNSTABLE_ITEM_BYTES = 200;

/**
 * Keys that wait for stability to forget something (increments, contexts of deadlines), in the order in which they came to
 * wait. The head waits for its own dot alone, so the queue drains as the frontier moves. Mostly that is all; but what is folded may
 * have met a write that is not stable yet, and of a key that was loaded from its rows no one dot is known. Such keys wait once
 * more, for all that was applied by then.
 */
export class UnfoldedQueue {
  #items: Waiting[] = [];
  #head = 0;
  /** Those that wait for a whole vector. The vectors grow from one to the next. */
  readonly #late = new Map<KeyEntry, VersionVector>();
  #lateUpTo = new VersionVector();
  #bytes = 0;

  get size(): number {
    return this.#items.length - this.#head + this.#late.size;
  }

  /** Estimated bytes of what is kept only because it may not be known everywhere. */
  get bytes(): number {
    return this.#bytes + this.#late.size * UNSTABLE_ITEM_BYTES;
  }

  /** `bytes`: about what the operation left behind until it is stable. */
  push(entry: KeyEntry, context: Context, bytes = UNSTABLE_ITEM_BYTES): void {
    this.#bytes += bytes;
    const last = this.#items.at(-1);
    if (
      last !== undefined &&
      this.#head < this.#items.length &&
      last.entry === entry &&
      last.origin === context.origin
    ) {
      last.sequence = context.sequence;
      last.bytes += bytes;
      return;
    }
    this.#items.push({ entry, origin: context.origin, sequence: context.sequence, bytes });
  }

  /** It waits for all that is applied now. */
  pushLate(entry: KeyEntry, applied: VersionVector): void {
    if (!this.#lateUpTo.includes(applied)) this.#lateUpTo = applied.copy();
    this.#late.delete(entry);
    this.#late.set(entry, this.#lateUpTo);
  }

  /** The entry is no longer in memory: it is queued again when it is loaded. */
  dropped(entry: KeyEntry): void {
    this.#late.delete(entry);
  }

  /** A database was emptied: nobody else may be holding its entries. */
  emptied(db: number): void {
    const left = this.#items.slice(this.#head).filter(({ entry }) => entry.db !== db);
    this.#items = left;
    this.#head = 0;
    this.#bytes = left.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const entry of this.#late.keys()) if (entry.db === db) this.#late.delete(entry);
  }

  /** Takes up to `limit` entries that wait for nothing that is not stable. */
  takeStable(frontier: VersionVector, limit: number): readonly Stable[] {
    const taken: Stable[] = [];
    for (const [entry, upTo] of this.#late) {
      if (taken.length >= limit || !frontier.includes(upTo)) break;
      this.#late.delete(entry);
      taken.push({ entry, isWhole: true });
    }
    while (taken.length < limit && this.#head < this.#items.length) {
      const next = this.#items[this.#head]!;
      if (!frontier.covers(next.origin, next.sequence)) break;
      taken.push({ entry: next.entry, isWhole: false });
      this.#bytes -= next.bytes;
      this.#head++;
    }
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return taken;
  }
}

export interface Stable {
  readonly entry: KeyEntry;
  /** All that is in it is stable, but for what has queued it again since: what cannot be folded now never can. */
  readonly isWhole: boolean;
}

interface Waiting {
  readonly entry: KeyEntry;
  readonly origin: number;
  sequence: number;
  bytes: number;
}
