import type { AddressInfo } from "node:net";
import { fastify } from "fastify";
import type { Logger } from "../../base/logger.ts";

export interface AdminPorts {
  /** Null while ready; else why not. */
  notReady(): string | null;
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** The state's digest as visible at `atMs` (now when undefined). */
  digest(atMs: number | undefined): unknown;
  status(): unknown;
}

export interface RunningAdminServer {
  readonly address: string;
  close(): Promise<void>;
}

/**
 * The operator's door: no authentication, so it belongs on loopback or a private network.
 * `/livez` the process turns · `/readyz` it serves clients · `/metrics` Prometheus · `/digest` the state in one line · `/status`
 * links and sizes.
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
  app.get<{ Querystring: { at?: string } }>("/digest", (request, reply) => {
    const { at } = request.query;
    if (at !== undefined && !/^[0-9]{1,16}$/u.test(at)) {
      return reply.code(400).send({ error: "at wants milliseconds since the epoch" });
    }
    return reply.send(ports.digest(at === undefined ? undefined : Number(at)));
  });
  app.get("/status", () => ports.status());
  app.setErrorHandler((error: Error, _request, reply) => {
    logger.error("an admin request failed", { error: error.message });
    return reply.code(500).send({ error: error.message });
  });
  await app.listen({ host, port });
  const address = app.server.address() as AddressInfo;
  return { address: `${host}:${address.port}`, close: () => app.close() };
}
