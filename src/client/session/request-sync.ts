import type { Expectation, SessionStoreExtras } from "./callback-store.ts";
import { SessionOptionError } from "./session-errors.ts";
import type { SyncCookie } from "./sync-cookie.ts";

/** One request and what its client has to see. */
export class RequestSync {
  readonly expected: Expectation;
  readonly #store: SessionStoreExtras;
  readonly #cookie: SyncCookie;

  /** Throws SessionOptionError. */
  constructor(store: SessionStoreExtras, cookie: SyncCookie, cookieHeader: string | undefined) {
    if (!store.sessions.readsItsWrites) {
      throw new SessionOptionError("readYourWrites: a store without it has no tokens for a cookie");
    }
    this.#store = store;
    this.#cookie = cookie;
    this.expected = { token: cookie.read(cookieHeader), isStale: false };
  }

  /** The `set-cookie` header to send, if any. `session`: of the request as it ends, none after a logout. */
  header(session: object | null | undefined, isEncrypted: boolean): string | null {
    const { sessions } = this.#store;
    const token = session ? (sessions.tieOf(session)?.token ?? null) : sessions.latestToken;
    if (token !== null) return this.#cookie.write(token, isEncrypted);
    // Served as it was, after a wait: the next request does not wait again.
    return this.expected.isStale ? this.#cookie.write(null, isEncrypted) : null;
  }
}
