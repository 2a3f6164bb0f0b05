import type { Context } from "../crdt/context.ts";
import { VersionVector } from "../crdt/version-vector.ts";
import type { KeyEntry } from "./key-entry.ts";

/** About what one increment, or one deadline with its context, takes until it is stable. */
export const UNSTABLE_ITEM_BYTES = 200;

/**
 * Keys that wait for stability to forget something (increments, contexts of deadlines), in the order in which they came to
 * wait. The head waits for its own dot alone, so the queue drains as the frontier moves. A key that was loaded from its rows is
 * not known to wait for any one dot: it waits for all that was applied when it was loaded.
 */
export class UnfoldedQueue {
  #items: Waiting[] = [];
  #head = 0;
  /** What each waits for grows from one to the next. */
  readonly #loaded = new Map<KeyEntry, VersionVector>();
  #loadedUpTo = new VersionVector();
  #bytes = 0;

  get size(): number {
    return this.#items.length - this.#head + this.#loaded.size;
  }

  /** Estimated bytes of what is kept only because it may not be known everywhere. */
  get bytes(): number {
    return this.#bytes + this.#loaded.size * UNSTABLE_ITEM_BYTES;
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

  pushLoaded(entry: KeyEntry, applied: VersionVector): void {
    if (!this.#loadedUpTo.includes(applied)) this.#loadedUpTo = applied.copy();
    this.#loaded.set(entry, this.#loadedUpTo);
  }

  /** The entry is no longer in memory: it is queued again when it is loaded. */
  dropped(entry: KeyEntry): void {
    this.#loaded.delete(entry);
  }

  /** Takes up to `limit` entries that wait for nothing that is not stable. */
  takeStable(frontier: VersionVector, limit: number): KeyEntry[] {
    const taken: KeyEntry[] = [];
    for (const [entry, upTo] of this.#loaded) {
      if (taken.length >= limit || !frontier.includes(upTo)) break;
      this.#loaded.delete(entry);
      taken.push(entry);
    }
    while (taken.length < limit && this.#head < this.#items.length) {
      const next = this.#items[this.#head]!;
      if (!frontier.covers(next.origin, next.sequence)) break;
      taken.push(next.entry);
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

interface Waiting {
  readonly entry: KeyEntry;
  readonly origin: number;
  sequence: number;
  bytes: number;
}
