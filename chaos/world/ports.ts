import { createServer } from "node:net";

/** The port is taken, or may not be bound. */
export class PortTakenError extends Error {
  override readonly name = "PortTakenError";
}

/** True when `port` can be bound on loopback now. */
function tryPort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(new PortTakenError(`port ${port} on 127.0.0.1 cannot be used: ${error.code ?? error.message}`)),
    );
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === "object" && address !== null ? address.port : port;
      server.close(() => resolve(bound));
    });
  });
}

/**
 * `count` ports: from `base` upwards, each checked; or, with base 0, whatever the system has free. Regions must know each other's
 * addresses before they start, so the ports are found first and bound a moment later.
 */
export async function findPorts(base: number, count: number): Promise<readonly number[]> {
  if (base !== 0) {
    const ports = Array.from({ length: count }, (_, index) => base + index);
    for (const port of ports) await tryPort(port);
    return ports;
  }
  const found = new Set<number>();
  while (found.size < count) found.add(await tryPort(0));
  return [...found];
}
