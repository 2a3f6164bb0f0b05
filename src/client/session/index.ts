/**
 * `antipode/session`: sessions that live in every region at once, as stores for express-session and @fastify/session and for programs of
 * their own. It imports no framework and no client library: the caller hands over what it uses.
 */
export { Sessions } from "./sessions.ts";
export type { LoadedSession } from "./sessions.ts";
export type { ReadYourWrites, SessionLike, SessionOptions } from "./session-options.ts";
export type { RegionClient } from "../callers/caller-of.ts";
export type { RestAddress } from "../callers/rest-callers.ts";
export { ClientOptionError } from "../callers/client-option-error.ts";
export { RestCallError } from "../callers/rest-callers.ts";
export type { CounterPath } from "./counter-paths.ts";
export type { Confirmation, RevocationWait, SessionClass } from "./revocations.ts";
export { SessionEndedError, SessionOptionError, SessionStaleError } from "./session-errors.ts";
export type { CallbackStore, SessionStoreExtras } from "./callback-store.ts";
export { expressStore } from "./express-store.ts";
export { fastifyStore } from "./fastify-store.ts";
export { expressSync } from "./express-sync.ts";
export { fastifySync } from "./fastify-sync.ts";
export type { SyncCookieOptions } from "./sync-cookie.ts";
