import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/logger.ts";
import { ClientSession } from "../../commands/client-session.ts";
import type { Executor } from "../../commands/executor.ts";
import { Connection } from "./connection.ts";
import type { RespLimits } from "./resp-limits.ts";

export interface RespServerOptions {
  readonly host: string;
  readonly port: number;
  readonly executor: Executor;
  /** Numbers clients across all doors. */
  readonly nextClientId: () => number;
  /** False: a client must AUTH first. */
  readonly authenticated: boolean;
  readonly limits: RespLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface RunningRespServer {
  /** HOST:PORT */
  readonly address: string;
  readonly connectionCount: number;
  /** Stops accepting, answers what has arrived, ends every connection; what is left after `timeoutMs` is cut. */
  drain(timeoutMs: number): Promise<void>;
}

const KEEP_ALIVE_MS = 300_000;

/** The Redis protocol's door. */
export async function startRespServer(options: RespServerOptions): Promise<RunningRespServer> {
  const { executor, clock, limits, logger } = options;
  const connections = new Set<Connection>();
  const writing = new Set<Connection>();
  /** Those that hold replies back: thousands of idle ones must not be asked at every sync. */
  const holding = new Set<Connection>();
  let writeScheduled = false;
  const flush = (): void => {
    writeScheduled = false;
    const due = [...writing];
    writing.clear();
    for (const connection of due) connection.write();
  };
  const scheduler = {
    schedule(connection: Connection): void {
      writing.add(connection);
      if (writeScheduled) return;
      writeScheduled = true;
      // After every socket that is readable in this turn has been read.
      setImmediate(flush);
    },
    holds(connection: Connection): void {
      holding.add(connection);
    },
  };

  const accept = (socket: Socket): void => {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    if (limits.idleTimeoutMs > 0) socket.setTimeout(limits.idleTimeoutMs, () => socket.destroy());
    const session = new ClientSession({
      id: options.nextClientId(),
      door: "resp",
      address: `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? 0}`,
      localAddress: `${socket.localAddress ?? "?"}:${socket.localPort ?? 0}`,
      rights: "all",
      authenticated: options.authenticated,
      connectedAtMs: clock.wallMs(),
      push: (reply) => connection.push(reply),
      kill: () => connection.destroy(),
    });
    const connection: Connection = new Connection(socket, session, executor, limits, scheduler);
    connections.add(connection);
    socket.on("data", (chunk: Buffer) => connection.receive(chunk));
    socket.on("drain", () => connection.drained());
    socket.on("error", (error) =>
      logger.debug("client connection failed", { address: session.address, error: error.message }),
    );
    socket.on("close", () => {
      connections.delete(connection);
      holding.delete(connection);
      connection.closed();
      executor.disconnected(session);
    });
    const refusal = executor.connected(session);
    if (refusal !== null) connection.refuse(refusal);
  };

  const server = createServer({ allowHalfOpen: false }, accept);
  await listen(server, options.host, options.port);
  const stopDurable = executor.onDurable(() => {
    for (const connection of holding) if (!connection.durable()) holding.delete(connection);
    // One write for every reply that this sync released, in this very turn.
    if (writing.size > 0) flush();
  });
  const stopUnknown = executor.onOutcomeUnknown((reply) => {
    for (const connection of connections) connection.outcomeUnknown(reply);
  });
  const { port } = server.address() as AddressInfo;

  return {
    address: `${options.host}:${port}`,
    get connectionCount() {
      return connections.size;
    },
    async drain(timeoutMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections) connection.drain();
      const timer = setTimeout(() => {
        for (const connection of connections) connection.destroy();
      }, timeoutMs);
      await closed;
      clearTimeout(timer);
      stopDurable();
      stopUnknown();
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
