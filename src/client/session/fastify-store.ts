import { callbackStore, type CallbackStore } from "./callback-store.ts";
import type { SessionOptions } from "./session-options.ts";
import { Sessions } from "./sessions.ts";
import { Tie } from "./tie.ts";

/** @fastify/session makes its session of all fields of what was loaded: among them the tie, which JSON passes over. */
const TIE_FIELD = "antipodeTie";

/**
 * A store for `@fastify/session`, and for whatever copies the fields of what it loads: `{ store: fastifyStore({ client }) }`. Throws
 * SessionOptionError.
 */
export function fastifyStore(options: SessionOptions): CallbackStore {
  const sessions = new Sessions(options);
  const store = callbackStore(sessions, ({ data, tie }) => ({ ...data, [TIE_FIELD]: tie as never }));
  return {
    ...store,
    set(id, session, callback) {
      const tie = (session as Readonly<Record<string, unknown>>)[TIE_FIELD];
      if (tie instanceof Tie && sessions.tieOf(session) === undefined) sessions.tie(session, tie);
      return store.set(id, session, callback);
    },
  };
}
