import type { IncomingMessage, ServerResponse } from "node:http";
import type { SessionStoreExtras } from "./callback-store.ts";
import { RequestSync } from "./request-sync.ts";
import { SyncCookie, type SyncCookieOptions } from "./sync-cookie.ts";

type Next = (error?: unknown) => void;

interface SessionRequest extends IncomingMessage {
  readonly secure?: boolean;
  readonly session?: { save(callback: (error?: unknown) => void): unknown } | null;
}

/**
 * Puts `express-session`'s middleware in one that lets its clients read their writes in whatever region they are next:
 * `app.use(expressSync(session({ store, … }), store, { secret }))`. A session that was changed is saved before the headers leave, because one of
 * them says what to wait for; what was streamed before the end goes without. Throws SessionOptionError.
 */
export function expressSync<Request extends IncomingMessage, Response extends ServerResponse>(
  middleware: (request: Request, response: Response, next: Next) => void,
  store: SessionStoreExtras,
  options: SyncCookieOptions,
): (request: Request, response: Response, next: Next) => void {
  const cookie = new SyncCookie(options);
  return (request, response, next) => {
    const sync = new RequestSync(store, cookie, request.headers.cookie);
    // The session is asked for in this turn, by who the middleware is.
    store.expect(sync.expected, () =>
      middleware(request, response, (error) => {
        if (error === undefined) saveBeforeHeaders(request, response, store, sync, next);
        next(error);
      }),
    );
  };
}

function saveBeforeHeaders(
  request: SessionRequest,
  response: ServerResponse,
  store: SessionStoreExtras,
  sync: RequestSync,
  next: Next,
): void {
  const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
  let isEnding = false;
  response.end = ((...args: unknown[]): ServerResponse => {
    if (isEnding || response.headersSent) return end(...args);
    isEnding = true;
    const finish = (): void => {
      const header = sync.header(request.session, request.secure ?? "encrypted" in request.socket);
      if (header !== null) response.appendHeader("set-cookie", header);
      end(...args);
    };
    const { session } = request;
    if (!session || !store.sessions.isChanged(session)) finish();
    else session.save((error) => (error ? next(error) : finish()));
    return response;
  }) as typeof response.end;
}
