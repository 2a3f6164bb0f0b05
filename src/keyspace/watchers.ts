import { SYSTEM_DATABASE } from "../crdt/operations/operation-kind.ts";
import type { KeyListener, SystemKeyListener } from "./database-port.ts";
import type { WatchToken } from "./transaction-port.ts";

/**
 * Who wants to know that a key changed, by a local write, a peer's batch or a flush: WATCH (row K6) by key, and listeners to
 * every change.
 */
export class Watchers {
  readonly #byKey = new Map<string, Set<Token>>();
  // Arrays, replaced when they change: every write goes through them.
  #listeners: readonly KeyListener[] = [];
  #systemListeners: readonly SystemKeyListener[] = [];

  /** Calls `listener` at every change, while it is applied: it must not read or write the database there. Returns how to stop. */
  listen(listener: KeyListener): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((one) => one !== listener);
    };
  }

  /** The same for the database behind those that clients see. */
  listenToSystem(listener: SystemKeyListener): () => void {
    this.#systemListeners = [...this.#systemListeners, listener];
    return () => {
      this.#systemListeners = this.#systemListeners.filter((one) => one !== listener);
    };
  }

  /** `expired` answers whether a key that was visible when the watch began no longer is. */
  watch(db: number, key: string, expired: () => boolean): WatchToken {
    const name = `${db}:${key}`;
    const token = new Token(expired, () => this.#release(name, token));
    let tokens = this.#byKey.get(name);
    if (tokens === undefined) this.#byKey.set(name, (tokens = new Set()));
    tokens.add(token);
    return token;
  }

  changed(db: number, key: string): void {
    this.#tell(db, key);
    if (this.#byKey.size === 0) return;
    for (const token of this.#byKey.get(`${db}:${key}`) ?? []) token.changed = true;
  }

  cleared(db: number): void {
    this.#tell(db, null);
    for (const [name, tokens] of this.#byKey) {
      if (!name.startsWith(`${db}:`)) continue;
      for (const token of tokens) token.changed = true;
    }
  }

  #tell(db: number, key: string | null): void {
    const listeners = this.#listeners;
    for (let at = 0; at < listeners.length; at++) listeners[at]!(db, key);
    if (db === SYSTEM_DATABASE) for (const listener of this.#systemListeners) listener(key);
  }

  #release(name: string, token: Token): void {
    const tokens = this.#byKey.get(name);
    tokens?.delete(token);
    if (tokens?.size === 0) this.#byKey.delete(name);
  }
}

class Token implements WatchToken {
  changed = false;
  readonly #expired: () => boolean;
  readonly release: () => void;

  constructor(expired: () => boolean, release: () => void) {
    this.#expired = expired;
    this.release = release;
  }

  get dirty(): boolean {
    return this.changed || this.#expired();
  }
}
