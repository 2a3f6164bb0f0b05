import type { Context } from "../crdt/context.ts";
import type { VersionVector } from "../crdt/version-vector.ts";
import type { KeyEntry } from "./key-entry.ts";

/**
 * Keys that wait for stability to forget something (increments, contexts of deadlines), in the order in which they came to
 * wait. The head waits for its own dot alone, so the queue drains as the frontier moves. A key that was evicted meanwhile is
 * queued again when it is loaded; one that cannot be folded yet is tried again at its next write.
 */
export class UnfoldedQueue {
  #items: Waiting[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  /** Without a context (an entry that was loaded) it is tried at once. */
  push(entry: KeyEntry, context: Context | null): void {
    const last = this.#items.at(-1);
    if (last !== undefined && this.size > 0 && last.entry === entry && last.origin === context?.origin) {
      last.sequence = context.sequence;
      return;
    }
    this.#items.push({ entry, origin: context?.origin ?? 0, sequence: context?.sequence ?? 0 });
  }

  /** Takes up to `limit` entries whose dot is stable. */
  takeStable(frontier: VersionVector, limit: number): KeyEntry[] {
    const taken: KeyEntry[] = [];
    while (taken.length < limit && this.#head < this.#items.length) {
      const next = this.#items[this.#head]!;
      if (!frontier.covers(next.origin, next.sequence)) break;
      taken.push(next.entry);
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
}
