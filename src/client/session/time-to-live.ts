import type { JsonObject, JsonValue } from "./json.ts";
import { isObject } from "./json.ts";
import type { SessionLike, SessionSettings } from "./session-options.ts";

/**
 * Milliseconds until the session ends, from what its cookie says, as express-session's stores have it: its end where it has one, else
 * the option. Zero and below: it has ended.
 */
export function timeToLiveMs(session: SessionLike, { ttl }: Pick<SessionSettings, "ttl">, nowMs: number): number {
  if (typeof ttl === "function") return Math.ceil(ttl(session) * 1000);
  const expires = session.cookie?.expires;
  if (expires === null || expires === undefined || expires === false) return Math.ceil(ttl * 1000);
  const atMs = new Date(expires as string | number | Date).getTime();
  return Number.isFinite(atMs) ? Math.ceil(atMs - nowMs) : Math.ceil(ttl * 1000);
}

/** The end of a cookie that moves with every request is the deadline of its key: stored once more it would only be out of date. */
const MOVING = ["expires", "originalExpires"] as const;

export function withoutMovingEnd(session: JsonObject): JsonObject {
  const { cookie } = session;
  if (!movesItsEnd(cookie)) return session;
  const kept = Object.fromEntries(Object.entries(cookie).filter(([name]) => !MOVING.includes(name as "expires")));
  return { ...session, cookie: kept };
}

/** Puts it back for who loads the session. `leftMs`: of its key. */
export function withMovingEnd(session: JsonObject, leftMs: number, nowMs: number): JsonObject {
  const { cookie } = session;
  if (!movesItsEnd(cookie) || leftMs <= 0) return session;
  const endsInMs = Math.min(leftMs, cookie.originalMaxAge);
  return { ...session, cookie: { ...cookie, expires: new Date(nowMs + endsInMs).toISOString() } };
}

function movesItsEnd(cookie: JsonValue | undefined): cookie is JsonObject & { readonly originalMaxAge: number } {
  return isObject(cookie) && typeof cookie["originalMaxAge"] === "number";
}
