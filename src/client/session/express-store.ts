import { callbackStore, type SessionStoreExtras } from "./callback-store.ts";
import type { JsonObject } from "./json.ts";
import type { SessionOptions } from "./session-options.ts";
import { Sessions, type LoadedSession } from "./sessions.ts";

/** What is needed of `express-session`: its base class. It is handed over, not imported, so that there is one of it. */
export interface ExpressSession<S extends object> {
  readonly Store: abstract new () => S;
}

interface BaseStore {
  createSession(request: unknown, data: object): object;
}

/**
 * A store for `express-session`: `session({ store: expressStore(session, { client }) })`. Throws SessionOptionError.
 */
export function expressStore<S extends object>(
  session: ExpressSession<S>,
  options: SessionOptions,
): S & SessionStoreExtras & { ids(callback: (error: unknown, ids?: string[]) => void): void } {
  const sessions = new Sessions(options);
  const present = ({ data, tie }: LoadedSession): JsonObject => {
    sessions.tie(data, tie);
    return data;
  };
  const base = new (session.Store as unknown as new () => S & BaseStore)();
  const createSession = base.createSession.bind(base);
  return Object.assign(base, callbackStore(sessions, present), {
    // Where the data become the request's session: that is what will be saved.
    createSession(request: unknown, data: object): object {
      const tie = sessions.tieOf(data);
      const made = createSession(request, data);
      if (tie !== undefined) sessions.tie(made, tie);
      return made;
    },
  }) as unknown as ReturnType<typeof expressStore<S>>;
}
