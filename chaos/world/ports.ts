import { createServer } from "node:net";
import { systemRandom } from "../../src/base/random.ts";

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

/** Ports below what systems give to outgoing connections (Linux: from 32,768; others: from 49,152), and above what services use. */
const FIRST_PORT = 12_000;
const LAST_PORT = 32_000;
const random = systemRandom();
/** Taken ports that are passed over before that is an error. */
const TRIES_MAX = 200;
/** Found by this process before: never twice, so that who was told of one and is slow to bind it still finds it free. */
const given = new Set<number>();

/**
 * `count` ports: from `base` upwards, each checked; or, with base 0, any that are free. Regions must know each other's addresses before
 * they start, and some are down for a while, so the ports are found first and bound later: they must not be such as the system gives to
 * whoever connects to somewhere in between.
 */
export async function findPorts(base: number, count: number): Promise<readonly number[]> {
  if (base !== 0) {
    const ports = Array.from({ length: count }, (_, index) => base + index);
    for (const port of ports) await tryPort(port);
    return ports;
  }
  if (given.size > (LAST_PORT - FIRST_PORT) / 2) given.clear();
  const found: number[] = [];
  for (let tries = 0; found.length < count; tries++) {
    const port = FIRST_PORT + random.below(LAST_PORT - FIRST_PORT);
    if (given.has(port)) continue;
    try {
      found.push(await tryPort(port));
      given.add(port);
    } catch (error) {
      if (!(error instanceof PortTakenError) || tries > count + TRIES_MAX) throw error;
    }
  }
  return found;
}
