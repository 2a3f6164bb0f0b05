import type { WatchToken } from "./transaction-port.ts";

/** WATCH: who wants to know that a key changed, by a local write or a peer's batch (row K6). */
export class Watchers {
  readonly #byKey = new Map<string, Set<Token>>();

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
    if (this.#byKey.size === 0) return;
    for (const token of this.#byKey.get(`${db}:${key}`) ?? []) token.changed = true;
  }

  cleared(db: number): void {
    for (const [name, tokens] of this.#byKey) {
      if (!name.startsWith(`${db}:`)) continue;
      for (const token of tokens) token.changed = true;
    }
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
