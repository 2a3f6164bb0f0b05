import fastify from "fastify";
import { boundAddress, listenOptions } from "./listen-address.ts";
import type { ListenAddress } from "./listen-address.ts";
import type { RouterMetrics } from "./metrics.ts";

/**
 * The door for operators, on an address of its own that clients cannot reach: `/livez` (the process runs), `/readyz` (send it
 * clients: some region is available and it is not draining), `/metrics`.
 */
export interface AdminDoor {
  listen(address: ListenAddress): Promise<ListenAddress>;
  close(): Promise<void>;
}

export interface AdminOptions {
  readonly metrics: RouterMetrics;
  readonly readiness: () => { readonly ready: boolean; readonly state: string };
}

export function openAdminDoor(options: AdminOptions): AdminDoor {
  const app = fastify({ logger: false, forceCloseConnections: true });
  app.get("/livez", (_request, reply) => reply.send({ state: "live" }));
  app.get("/readyz", (_request, reply) => {
    const { ready, state } = options.readiness();
    return reply.code(ready ? 200 : 503).send({ state });
  });
  app.get("/metrics", async (_request, reply) => {
    return reply.type(options.metrics.contentType).send(await options.metrics.text());
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ error: "ERR not found; known: /livez, /readyz, /metrics" }),
  );
  return {
    async listen(address) {
      await app.listen({ host: "127.0.0.1", ...listenOptions(address) });
      return boundAddress(app.server, address);
    },
    close: () => app.close(),
  };
}
