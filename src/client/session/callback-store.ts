import type { JsonObject } from "./json.ts";
import type { SessionLike } from "./session-options.ts";
import type { LoadedSession, Sessions } from "./sessions.ts";

type Callback<T> = (error: unknown, answer?: T) => void;

/** What a request's client has seen elsewhere, and what became of it. */
export interface Expectation {
  readonly token: string | null;
  isStale: boolean;
}

/** What stores have beyond their framework's contract. */
export interface SessionStoreExtras {
  /** The sessions themselves, with promises; revocations too. */
  readonly sessions: Sessions;
  /** What is loaded while `work` runs, in its own turn, is to have what `expected` names. */
  expect<T>(expected: Expectation, work: () => T): T;
}

/** The methods of a store of express-session, connect-redis' `ids` included. Without a callback each answers a promise. */
export interface CallbackStore extends SessionStoreExtras {
  /** The callback's session is of whatever type the framework gives its own. */
  get(id: string, callback?: Callback<never>): Promise<JsonObject | null>;
  set(id: string, session: object, callback?: Callback<null>): Promise<void>;
  touch(id: string, session: object, callback?: Callback<null>): Promise<void>;
  destroy(id: string, callback?: Callback<null>): Promise<void>;
  all(callback?: Callback<readonly JsonObject[]>): Promise<readonly JsonObject[]>;
  ids(callback?: Callback<readonly string[]>): Promise<readonly string[]>;
  length(callback?: Callback<number>): Promise<number>;
  clear(callback?: Callback<null>): Promise<void>;
}

/** `present` makes of what was loaded the object that the framework gets. */
export function callbackStore(sessions: Sessions, present: (loaded: LoadedSession) => JsonObject): CallbackStore {
  let expected: Expectation | null = null;
  const load = async (id: string): Promise<JsonObject | null> => {
    const wanted = expected;
    const loaded = await sessions.load(id, wanted?.token ?? null, () => {
      if (wanted !== null) wanted.isStale = true;
    });
    return loaded === null ? null : present(loaded);
  };
  return {
    sessions,
    expect(one, work) {
      expected = one;
      try {
        return work();
      } finally {
        expected = null;
      }
    },
    get: (id, callback) => answered(load(id), callback),
    set: (id, session, callback) => answered(sessions.set(id, session), callback),
    touch: (id, session, callback) => answered(sessions.touch(id, session as SessionLike), callback),
    destroy: (id, callback) => answered(sessions.destroy(id), callback),
    all: (callback) => answered(sessions.all(), callback),
    ids: (callback) => answered(sessions.ids(), callback),
    length: (callback) => answered(sessions.length(), callback),
    clear: (callback) => answered(sessions.clear(), callback),
  };
}

/** A callback is called once; what it throws is not mistaken for a failure of the store. */
function answered<T>(work: Promise<T>, callback: Callback<never> | undefined): Promise<T> {
  if (callback === undefined) return work;
  work.then(
    (answer) => callback(null, (answer ?? null) as never),
    (error: unknown) => callback(error),
  );
  return work.catch(() => undefined as T);
}
