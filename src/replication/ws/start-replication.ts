import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/logger.ts";
import { randomHex, type Random } from "../../base/random.ts";
import type { OriginId, RegionName } from "../../crdt/origin.ts";
import type { Replica } from "../../keyspace/replica-port.ts";
import type { ReplicationLimits } from "../limits.ts";
import type { PeerLink } from "../peer-link.ts";
import { Replicator, type PeerStatus } from "../replicator.ts";
import { bufferOf, wireOf } from "./ws-wire.ts";

export interface ReplicationOptions {
  readonly replica: Replica;
  readonly region: RegionName;
  readonly incarnation: OriginId;
  readonly peers: readonly { readonly name: RegionName; readonly url: string }[];
  readonly gossip: { readonly host: string; readonly port: number };
  readonly secret: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly limits: ReplicationLimits;
  readonly onBatchApplied?: (region: RegionName, stamp: number) => void;
  readonly onLinkEnded?: (peer: RegionName | null, reason: string) => void;
}

export interface RunningReplication {
  /** HOST:PORT of the gossip address. */
  readonly address: string;
  status(): readonly PeerStatus[];
  readonly heldBatches: number;
  readonly caughtUp: boolean;
  readonly heardFrom: number;
  close(): Promise<void>;
}

const TICK_MS = 5;
/** Bytes of one message: a frame of batches with its header. */
const MESSAGE_SLACK_BYTES = 64 * 1024;

/** The replicator on real sockets: `ws` both ways, one coarse timer, and nothing else. */
export async function startReplication(options: ReplicationOptions): Promise<RunningReplication> {
  const { clock, limits, logger, replica } = options;
  const now = (): number => clock.monotonicMs();
  const maxPayload = limits.frameBytesMax + MESSAGE_SLACK_BYTES;
  const urls = new Map(options.peers.map((peer) => [peer.name, peer.url]));
  const party = {
    region: options.region,
    incarnation: options.incarnation,
    peers: options.peers.map((peer) => peer.name),
    secret: options.secret,
  };
  const replicator: Replicator = new Replicator(replica, party, limits, {
    dial: (peer) => dial(peer),
    nonce: () => randomHex(16),
    random: options.random,
    logger,
    ...(options.onBatchApplied === undefined ? {} : { onBatchApplied: options.onBatchApplied }),
    ...(options.onLinkEnded === undefined ? {} : { onLinkEnded: options.onLinkEnded }),
  });

  const sockets = new Set<WebSocket>();
  const attach = (socket: WebSocket, link: PeerLink): void => {
    let lastError = "the connection was closed";
    socket.on("message", (message, isBinary) => {
      const bytes = bufferOf(message, isBinary);
      if (bytes === null) link.end({ reason: "malformed: a text message", retry: true });
      else link.receive(bytes, now());
    });
    socket.on("error", (error) => {
      lastError = error.message;
    });
    socket.on("close", () => {
      sockets.delete(socket);
      link.wireClosed(lastError);
    });
  };

  function dial(peer: RegionName): void {
    const socket = new WebSocket(urls.get(peer)!, {
      maxPayload,
      perMessageDeflate: false,
      handshakeTimeout: limits.handshakeTimeoutMs,
    });
    sockets.add(socket);
    const failed = (error: Error): void => {
      sockets.delete(socket);
      replicator.dialFailed(peer, error.message === "" ? "connection refused" : error.message, now());
    };
    socket.once("error", failed);
    socket.once("open", () => {
      socket.off("error", failed);
      attach(socket, replicator.dialSucceeded(peer, wireOf(socket), now()));
    });
  }

  const http = createServer((_request, response) => {
    response
      .writeHead(426, { "content-type": "text/plain" })
      .end("this is Antipode's gossip address: WebSocket only\n");
  });
  const server = new WebSocketServer({ server: http, maxPayload, perMessageDeflate: false });
  server.on("connection", (socket) => {
    if (replicator.strangers >= limits.strangersMax) {
      socket.terminate();
      return;
    }
    sockets.add(socket);
    attach(socket, replicator.accepted(wireOf(socket), now()));
  });
  await listen(http, options.gossip);

  const stopListening = replica.onDurable(() => replicator.durable(now()));
  const timer = setInterval(() => replicator.tick(now()), TICK_MS);
  const { port } = http.address() as AddressInfo;

  return {
    address: `${options.gossip.host}:${port}`,
    status: () => replicator.status(now()),
    get heldBatches() {
      return replicator.heldBatches;
    },
    get caughtUp() {
      return replicator.caughtUp;
    },
    get heardFrom() {
      return replicator.heardFrom;
    },
    async close() {
      clearInterval(timer);
      stopListening();
      replicator.stop("the region stops");
      await new Promise<void>((resolve) => {
        server.close(() => http.close(() => resolve()));
        for (const socket of sockets) setTimeout(() => socket.terminate(), 200).unref();
        http.closeAllConnections();
      });
    },
  };
}

function listen(http: HttpServer, { host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, host, () => {
      http.off("error", reject);
      resolve();
    });
  });
}
