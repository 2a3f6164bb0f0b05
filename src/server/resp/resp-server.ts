import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/logger.ts";
import { ClientSession } from "../../commands/client-session.ts";
import type { Executor } from "../../commands/executor.ts";
import { NO_ADDRESSES, type AddressRanges } from "../../sockets/address-ranges.ts";
import { hostPort } from "../../sockets/host-port.ts";
import { expectProxyHeaders } from "../../sockets/proxied-door.ts";
import { SharedReads } from "../../sockets/shared-reads.ts";
import { doorTls, renewTls, type TlsFiles } from "../../sockets/tls-files.ts";
import { Connection } from "./connection.ts";
import type { ConnectionSurroundings } from "./connection-surroundings.ts";
import { CrossProtocolWarnings } from "./cross-protocol.ts";
import type { RespLimits } from "./resp-limits.ts";
import { noTraffic, type RespTraffic } from "./traffic.ts";
import { TurnWriter } from "./turn-writer.ts";

export interface RespServerOptions {
  readonly host: string;
  readonly port: number;
  readonly executor: Executor;
  /** Numbers clients across all doors. */
  readonly nextClientId: () => number;
  readonly limits: RespLimits;
  /** Who says by a PROXY header on whose behalf it connects, and has to. */
  readonly proxies?: AddressRanges;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Speaks TLS with these files, which are read again when they change; without, plain TCP. */
  readonly tls?: TlsFiles | null;
}

export interface RunningRespServer {
  /** HOST:PORT */
  readonly address: string;
  readonly connectionCount: number;
  readonly traffic: Readonly<RespTraffic>;
  /** Stops accepting, answers what has arrived, ends every connection; what is left after `timeoutMs` is cut. */
  drain(timeoutMs: number): Promise<void>;
}

const KEEP_ALIVE_MS = 300_000;
const BACKLOG = 1024;

/** The Redis protocol's door. Rejects when the address cannot be listened on. */
export async function startRespServer(options: RespServerOptions): Promise<RunningRespServer> {
  const { executor, clock, limits, logger } = options;
  const connections = new Set<Connection>();
  const writer = new TurnWriter();
  const traffic = noTraffic();
  const warnings = new CrossProtocolWarnings(clock, logger);
  const around: ConnectionSurroundings = { executor, limits, writer, traffic, logger, warnings };

  const reads = new SharedReads();
  const accept = (accepted: Socket): void => {
    const shared = reads.take(accepted, (bytes) => connection.receiveBorrowed(bytes));
    const socket = shared ?? accepted;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    const session = new ClientSession({
      id: options.nextClientId(),
      door: "resp",
      address: hostPort(socket.remoteAddress, socket.remotePort),
      localAddress: hostPort(socket.localAddress, socket.localPort),
      user: executor.access.default,
      // Whether it is, `connected` decides.
      authenticated: false,
      connectedAtMs: clock.wallMs(),
      push: (reply) => connection.push(reply),
      kill: () => connection.destroy(),
    });
    const connection: Connection = new Connection(socket, session, around, clock.monotonicMs());
    connections.add(connection);
    if (shared === null) {
      socket.on("data", (chunk: Buffer) => connection.receive(chunk));
      // Accepted paused.
      socket.resume();
    }
    socket.on("end", () => connection.finish());
    socket.on("drain", () => connection.drained());
    socket.on("error", (error) =>
      logger.debug("client connection failed", { client: session.address, error: error.message }),
    );
    socket.on("close", () => {
      connections.delete(connection);
      writer.forget(connection);
      connection.closed();
      executor.disconnected(session);
    });
    const refusal = executor.connected(session);
    if (refusal !== null) connection.refuse(refusal);
  };

  // A client that has said all it wants to say still gets its answers: `printf 'GET k\r\n' | nc …`.
  const { tls = null } = options;
  const server =
    tls === null
      ? createServer({ allowHalfOpen: true, pauseOnConnect: true }, accept)
      : createTlsServer({ ...doorTls(tls), allowHalfOpen: true }, accept);
  const endRenewal = tls === null ? () => {} : renewTls(tls, server, logger);
  expectProxyHeaders(server, {
    from: options.proxies ?? NO_ADDRESSES,
    header: "required",
    onRefused: (proxy, reason) => logger.warn("a proxy's connection is refused", { proxy, reason }),
  });
  await listen(server, options.host, options.port);
  server.on("error", (error) => logger.error("accepting a client failed", { error: error.message }));
  server.on("tlsClientError", (error: Error) => logger.debug("TLS handshake failed", { error: error.message }));
  const stopDurable = executor.onDurable(() => writer.durable());
  const stopUnknown = executor.onOutcomeUnknown((reply) => {
    for (const connection of connections) connection.outcomeUnknown(reply);
  });
  const sweeping = setInterval(() => {
    const nowMs = clock.monotonicMs();
    for (const connection of connections) connection.sweep(nowMs);
  }, limits.sweepEveryMs);
  sweeping.unref();
  const { port } = server.address() as AddressInfo;

  return {
    address: `${options.host}:${port}`,
    get connectionCount() {
      return connections.size;
    },
    traffic,
    async drain(timeoutMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections) connection.finish();
      const cutting = setTimeout(() => {
        for (const connection of connections) connection.destroy();
      }, timeoutMs);
      await closed;
      clearTimeout(cutting);
      clearInterval(sweeping);
      endRenewal();
      stopDurable();
      stopUnknown();
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
