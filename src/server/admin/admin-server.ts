import type { AddressInfo } from "node:net";
import { fastify } from "fastify";
import type { Logger } from "../../base/logger.ts";

/** What the admin door shows; each is asked when somebody looks. */
export interface AdminPorts {
  /** Null while ready; else why not. */
  notReady(): string | null;
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** The state's digest as visible at `atMs` (now when undefined): JSON, or a promise of it. */
  digest(atMs: number | undefined): unknown;
  /** Links and sizes: JSON. */
  status(): unknown;
  /** Who is and was a member: JSON. */
  members(): unknown;
  /** Changes the members; rejects with one line for a person. */
  order(order: "add" | "remove" | "evict", region: string, url: string | null): Promise<void>;
}

export interface RunningAdminServer {
  readonly address: string;
  close(): Promise<void>;
}

/** An instant of `?at=`: milliseconds since the epoch, as far as a Date goes. */
const INSTANT = /^[0-9]{1,16}$/u;
const INSTANT_MS_MAX = 8.64e15;

/**
 * The operator's door: no authentication, so it belongs on loopback or a private network.
 * `/livez` the process turns · `/readyz` it serves clients · `/metrics` Prometheus · `/digest` the state in one line · `/status`
 * links and sizes · `/members` who is one; POST `/members/add`, `/members/remove`, `/members/evict` change that. Everything is JSON but the metrics, errors included.
 */
export async function startAdminServer(
  { host, port }: { readonly host: string; readonly port: number },
  ports: AdminPorts,
  logger: Logger,
): Promise<RunningAdminServer> {
  const app = fastify({ logger: false, forceCloseConnections: true });
  app.get("/livez", () => ({ live: true }));
  app.get("/readyz", (_request, reply) => {
    const reason = ports.notReady();
    return reply.code(reason === null ? 200 : 503).send(reason === null ? { ready: true } : { ready: false, reason });
  });
  app.get("/metrics", async (_request, reply) => {
    const { contentType, text } = await ports.metrics();
    return reply.header("content-type", contentType).send(text);
  });
  app.get("/digest", async (request, reply) => {
    const { at } = request.query as { readonly at?: string | readonly string[] };
    if (at === undefined) return reply.send(await ports.digest(undefined));
    if (typeof at !== "string" || !INSTANT.test(at) || Number(at) > INSTANT_MS_MAX) {
      return reply.code(400).send({ error: "at wants milliseconds since the epoch" });
    }
    return reply.send(await ports.digest(Number(at)));
  });
  app.get("/status", () => ports.status());
  app.get("/members", () => ports.members());
  for (const order of ["add", "remove", "evict"] as const) {
    app.post(`/members/${order}`, async (request, reply) => {
      const { region, url } = (request.body ?? {}) as { readonly region?: unknown; readonly url?: unknown };
      if (typeof region !== "string" || (url !== undefined && typeof url !== "string")) {
        return reply.code(400).send({ error: 'the body wants {"region":NAME}, and "url" to add one' });
      }
      try {
        await ports.order(order, region, url ?? null);
      } catch (error) {
        return reply.code(409).send({ error: error instanceof Error ? error.message : String(error) });
      }
      return reply.send(ports.members());
    });
  }
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send({ error: `no ${request.method} ${request.url} here: /livez /readyz /metrics /digest /status /members` }),
  );
  app.setErrorHandler((error: Error & { readonly statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) logger.error("an admin request failed", { error: error.message });
    return reply.code(status).send({ error: error.message });
  });
  await app.listen({ host, port });
  const { port: bound } = app.server.address() as AddressInfo;
  return { address: `${host}:${bound}`, close: () => app.close() };
}
