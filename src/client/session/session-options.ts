import { callerOf, type RegionClient } from "../callers/caller-of.ts";
import type { Caller } from "../callers/caller.ts";
import { countersAt, type CounterPath, type IsCounter } from "./counter-paths.ts";
import { DOCUMENT_LAYOUT } from "./document-layout.ts";
import { HASH_LAYOUT } from "./hash-layout.ts";
import type { Layout } from "./layout.ts";
import { SessionOptionError } from "./session-errors.ts";

/** What a session's object may have that the store looks at. */
export interface SessionLike {
  readonly cookie?: { readonly expires?: unknown; readonly originalMaxAge?: unknown } | undefined;
}

export interface SessionOptions {
  readonly client: RegionClient;
  /** Before every session's id. The key class of `sess:` is `delete-wins`. */
  readonly prefix?: string;
  /** `document`: a JSON document, arrays merge what is appended. `hash`: a hash of its values, several times as fast, an array is one value. */
  readonly storage?: "document" | "hash";
  /** Where numbers are that requests add to: integers there travel as increments, so that no addition is lost. */
  readonly counters?: readonly CounterPath[];
  /** Seconds to live of a session whose cookie does not say, or a function of the session. A day. */
  readonly ttl?: number | ((session: never) => number);
  /** Sessions have no end but logout. */
  readonly disableTTL?: boolean;
  /** A request that changes nothing does not prolong its session. */
  readonly disableTouch?: boolean;
  /** Keys looked at in one step of a walk over all sessions. */
  readonly scanCount?: number;
  /** The user a session belongs to; once there is one, `revokeUser` ends it. */
  readonly user?: (session: never) => string | null | undefined;
  /** What a save of a session that has ended does: nothing, or it fails with SessionEndedError. */
  readonly ended?: "ignore" | "error";
  /** A session is loaded only where all is that this process, or the client by its cookie, has written elsewhere. */
  readonly readYourWrites?: boolean | ReadYourWrites;
}

export interface ReadYourWrites {
  /** How long a load waits. */
  readonly timeoutMs?: number;
  /** What it does then: go on with what is there, or fail with SessionStaleError. */
  readonly stale?: "serve" | "error";
}

/** Options that were looked at, with nothing left open. */
export interface SessionSettings {
  readonly caller: Caller;
  readonly prefix: string;
  readonly layout: Layout;
  readonly isCounter: IsCounter;
  readonly ttl: number | ((session: SessionLike) => number);
  readonly disableTTL: boolean;
  readonly disableTouch: boolean;
  readonly scanCount: number;
  readonly user: ((session: SessionLike) => string | null | undefined) | null;
  readonly failsWhenEnded: boolean;
  /** Null: off. */
  readonly readYourWrites: Required<ReadYourWrites> | null;
}

const DEFAULT_TTL_S = 86_400;
const DEFAULT_SCAN_COUNT = 100;
const DEFAULT_AWAIT_MS = 500;
/** A request that waits longer than this for another region has been given up by its client. */
const AWAIT_MS_MAX = 60_000;

/** Throws SessionOptionError. */
export function readOptions(options: SessionOptions): SessionSettings {
  const { prefix = "sess:", storage = "document", ttl = DEFAULT_TTL_S, scanCount = DEFAULT_SCAN_COUNT } = options;
  if (typeof prefix !== "string" || prefix === "")
    throw new SessionOptionError("prefix: wants a text, not an empty one");
  if (storage !== "document" && storage !== "hash") {
    throw new SessionOptionError(`storage: wants "document" or "hash", not ${JSON.stringify(storage)}`);
  }
  if (typeof ttl !== "function" && !(Number.isFinite(ttl) && ttl > 0)) {
    throw new SessionOptionError(`ttl: wants seconds above 0 or a function that answers them, not ${String(ttl)}`);
  }
  if (!Number.isSafeInteger(scanCount) || scanCount < 1) {
    throw new SessionOptionError(`scanCount: wants a whole number from 1, not ${String(scanCount)}`);
  }
  const { ended = "ignore" } = options;
  if (ended !== "ignore" && ended !== "error") {
    throw new SessionOptionError(`ended: wants "ignore" or "error", not ${JSON.stringify(ended)}`);
  }
  return {
    caller: callerOf(options.client),
    prefix,
    layout: storage === "hash" ? HASH_LAYOUT : DOCUMENT_LAYOUT,
    isCounter: countersAt(options.counters ?? []),
    ttl: ttl as SessionSettings["ttl"],
    disableTTL: options.disableTTL ?? false,
    disableTouch: options.disableTouch ?? false,
    scanCount,
    user: (options.user as SessionSettings["user"] | undefined) ?? null,
    failsWhenEnded: ended === "error",
    readYourWrites: readAwait(options.readYourWrites ?? false),
  };
}

function readAwait(wanted: boolean | ReadYourWrites): Required<ReadYourWrites> | null {
  if (wanted === false) return null;
  const { timeoutMs = DEFAULT_AWAIT_MS, stale = "serve" } = wanted === true ? {} : wanted;
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > AWAIT_MS_MAX) {
    throw new SessionOptionError(`readYourWrites.timeoutMs: wants 1 to ${AWAIT_MS_MAX}, not ${String(timeoutMs)}`);
  }
  if (stale !== "serve" && stale !== "error") {
    throw new SessionOptionError(`readYourWrites.stale: wants "serve" or "error", not ${JSON.stringify(stale)}`);
  }
  return { timeoutMs, stale };
}
