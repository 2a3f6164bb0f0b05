import type { SessionStoreExtras } from "./callback-store.ts";
import { RequestSync } from "./request-sync.ts";
import { SyncCookie, type SyncCookieOptions } from "./sync-cookie.ts";

/** What is needed of fastify. */
interface App {
  addHook(name: "onRequest", hook: (request: Request, reply: Reply, done: () => void) => void): unknown;
  addHook(name: "onSend", hook: (request: Request, reply: Reply, payload: unknown, done: () => void) => void): unknown;
  register(plugin: unknown, options: unknown): PromiseLike<unknown>;
}
interface Request {
  readonly headers: { readonly cookie?: string | undefined };
  readonly protocol: string;
  readonly session?: object | null;
}
interface Reply {
  header(name: string, value: string): unknown;
}

/**
 * Puts `@fastify/session` in a plugin that lets its clients read their writes in whatever region they are next:
 * `app.register(fastifySync(fastifySession, store, { secret }), { store, … })`. Throws SessionOptionError.
 */
export function fastifySync<Plugin>(
  plugin: Plugin,
  store: SessionStoreExtras,
  cookieOptions: SyncCookieOptions,
): Plugin {
  const cookie = new SyncCookie(cookieOptions);
  const syncs = new WeakMap<Request, RequestSync>();
  const wrapped = async (app: App, options: unknown): Promise<void> => {
    app.addHook("onRequest", (request, _reply, done) => {
      const sync = new RequestSync(store, cookie, request.headers.cookie);
      syncs.set(request, sync);
      // The next hook, in this turn, is that of the plugin: it asks for the session.
      store.expect(sync.expected, done);
    });
    await app.register(plugin, options);
    app.addHook("onSend", (request, reply, _payload, done) => {
      const header = syncs.get(request)?.header(request.session, request.protocol === "https") ?? null;
      if (header !== null) reply.header("set-cookie", header);
      done();
    });
  };
  // What fastify-plugin does: the decorations are for the application that registers it.
  return Object.assign(wrapped, { [Symbol.for("skip-override")]: true }) as Plugin;
}
