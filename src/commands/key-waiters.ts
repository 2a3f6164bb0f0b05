import type { BinaryString } from "../base/bytes.ts";
import { STORED_DATABASES } from "../crdt/operations/operation-kind.ts";

/** Who waits for keys. */
export interface KeyWaiter {
  readonly db: number;
  readonly keys: readonly BinaryString[];
  /** A key that went is news too. */
  readonly endsWithKey: boolean;
}

/** Keys waited for, over all clients: what bounds the memory of waiting. */
export const WAITED_KEYS_MAX = 1_000_000;

/**
 * Who waits for which keys, first come first, and which of those keys have changed. Only a book: it runs nothing.
 *
 * `changed` is called at every change of every key, so it costs one comparison while nobody waits.
 */
export class KeyWaiters<Waiter extends KeyWaiter> {
  readonly #queues: readonly Map<BinaryString, Set<Waiter>>[] = Array.from(
    { length: STORED_DATABASES },
    () => new Map<BinaryString, Set<Waiter>>(),
  );
  readonly #changed = new Map<string, ChangedKey>();
  #waitedKeys = 0;
  #endingWithKey = 0;

  /** False when so many keys are waited for already that it may not. */
  hasRoomFor(keys: number): boolean {
    return this.#waitedKeys + keys <= WAITED_KEYS_MAX;
  }

  get hasNews(): boolean {
    return this.#changed.size > 0;
  }

  get anyEndsWithKey(): boolean {
    return this.#endingWithKey > 0;
  }

  add(waiter: Waiter): void {
    const queues = this.#queues[waiter.db]!;
    for (const key of waiter.keys) {
      const queue = queues.get(key);
      if (queue === undefined) queues.set(key, new Set([waiter]));
      else queue.add(waiter);
    }
    this.#waitedKeys += waiter.keys.length;
    if (waiter.endsWithKey) this.#endingWithKey++;
  }

  remove(waiter: Waiter): void {
    const queues = this.#queues[waiter.db]!;
    for (const key of waiter.keys) {
      const queue = queues.get(key);
      queue?.delete(waiter);
      if (queue?.size === 0) queues.delete(key);
    }
    this.#waitedKeys -= waiter.keys.length;
    if (waiter.endsWithKey) this.#endingWithKey--;
  }

  /** Takes note of a change; `key` null: of every key of the database. True when somebody waits for it. */
  changed(db: number, key: BinaryString | null): boolean {
    if (this.#waitedKeys === 0) return false;
    const queues = this.#queues[db]!;
    if (key === null) {
      // An emptied database gives nobody anything.
      if (this.#endingWithKey === 0) return false;
      for (const one of queues.keys()) this.#changed.set(`${db}:${one}`, { db, key: one });
      return queues.size > 0;
    }
    if (!queues.has(key)) return false;
    this.#changed.set(`${db}:${key}`, { db, key });
    return true;
  }

  /** Every key somebody waits for counts as changed: the database is another one now. */
  allChanged(): void {
    for (const [db, queues] of this.#queues.entries()) {
      for (const key of queues.keys()) this.#changed.set(`${db}:${key}`, { db, key });
    }
  }

  /** The keys that changed since the last call, in the order in which they first did. */
  takeChanged(): readonly ChangedKey[] {
    const changed = [...this.#changed.values()];
    this.#changed.clear();
    return changed;
  }

  /** Who waits for the key, first come first. May be walked while waiters are removed. */
  waitingFor(db: number, key: BinaryString): Iterable<Waiter> {
    return this.#queues[db]!.get(key) ?? [];
  }
}

export interface ChangedKey {
  readonly db: number;
  readonly key: BinaryString;
}
