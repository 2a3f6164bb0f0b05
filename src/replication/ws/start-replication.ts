import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from "node:http";
import { createServer as createSecureServer, type Server as SecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket, WebSocketServer } from "ws";
import type { BinaryString } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/logger.ts";
import { randomHex, type Random } from "../../base/random.ts";
import type { OriginId, RegionName } from "../../crdt/origin.ts";
import type { IncomingSnapshot, Replica } from "../../keyspace/replica-port.ts";
import type { AnswerCall, Called } from "../calls.ts";
import type { ClockComparison } from "../clock-comparison.ts";
import type { ReplicationLimits } from "../limits.ts";
import type { LinkEnd } from "../link.ts";
import type { Outlook } from "../outlook.ts";
import type { PeerLink } from "../peer-link.ts";
import type { PeerStatus } from "../peer-status.ts";
import type { Published } from "../published.ts";
import type { PublishCounts } from "../publisher.ts";
import { Replicator } from "../replicator.ts";
import { sharedLookup } from "../../sockets/shared-lookup.ts";
import { readTls, renewTls, type TlsFiles } from "../../sockets/tls-files.ts";
import { bufferOf, wireOf } from "./ws-wire.ts";

export interface ReplicationOptions {
  readonly replica: Replica;
  readonly region: RegionName;
  readonly incarnation: OriginId;
  readonly peers: readonly { readonly name: RegionName; readonly url: string }[];
  /** Regions that have left. */
  readonly cut: readonly RegionName[];
  readonly gossip: { readonly host: string; readonly port: number };
  readonly secret: string;
  readonly otherSecrets: readonly string[];
  /** Null: links are not encrypted. */
  readonly tls: TlsFiles | null;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly limits: ReplicationLimits;
  readonly snapshotStaged: (snapshot: IncomingSnapshot) => void;
  readonly onClock?: (peer: RegionName, comparison: ClockComparison) => void;
  readonly onLinkEnded?: (peer: RegionName | null, end: LinkEnd) => void;
  readonly onPublished?: (messages: readonly Published[]) => void;
  readonly onCall?: (from: RegionName, body: BinaryString, answer: AnswerCall) => void;
}

export interface RunningReplication {
  /** HOST:PORT of the gossip address. */
  readonly address: string;
  status(): readonly PeerStatus[];
  readonly held: { readonly batches: number; readonly bytes: number };
  /** Full copies under way, and bytes of rows sent. */
  readonly snapshots: Replicator["snapshots"];
  readonly outlook: Outlook;
  /** Messages for the subscribers of connected peers. */
  publish(messages: readonly Published[]): void;
  readonly publishCounts: PublishCounts;
  /** Asks a peer; `called` is told what came of it, once. */
  call(region: RegionName, body: BinaryString, called: (called: Called) => void): void;
  /** Gives peers a moment to take what is durable here, says goodbye, and closes every socket. */
  close(): Promise<void>;
}

const TICK_MS = 5;
/** Bytes of one message: a frame of batches with its header. */
const MESSAGE_SLACK_BYTES = 64 * 1024;
/** How often connections that never become WebSockets are looked for. */
const STRAY_CHECK_MS = 1_000;
/** Time for goodbyes to leave before sockets are cut. */
const GOODBYE_MS = 200;

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
    cut: options.cut,
    secret: options.secret,
    otherSecrets: options.otherSecrets,
  };
  const secure = options.tls === null ? null : readTls(options.tls);
  const cap = limits.linkBytesPerSecond;
  const replicator: Replicator = new Replicator(replica, party, limits, {
    dial: (peer) => dial(peer),
    hangUp: (peer) => hangUp(peer),
    nonce: () => randomHex(16),
    random: options.random,
    logger,
    snapshotStaged: options.snapshotStaged,
    ...(options.onClock === undefined ? {} : { onClock: options.onClock }),
    ...(options.onLinkEnded === undefined ? {} : { onLinkEnded: options.onLinkEnded }),
    ...(options.onCall === undefined ? {} : { onCall: options.onCall }),
    ...(options.onPublished === undefined ? {} : { onPublished: options.onPublished }),
  });

  const sockets = new Set<WebSocket>();
  const lookup = sharedLookup();
  /** Dials that the replicator knows no outcome of. */
  const dialling = new Map(party.peers.map((peer) => [peer, new Set<WebSocket>()]));
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
    socket.on("close", () => link.wireClosed(lastError));
  };
  const keep = (socket: WebSocket): void => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  };

  function dial(peer: RegionName): void {
    let socket: WebSocket;
    try {
      const { handshakeTimeoutMs: handshakeTimeout } = limits;
      socket = new WebSocket(urls.get(peer)!, {
        maxPayload,
        perMessageDeflate: false,
        handshakeTimeout,
        lookup,
        ...secure,
      });
    } catch (error) {
      replicator.dialFailed(peer, `its address is no use: ${String(error)}`, now());
      return;
    }
    keep(socket);
    const dials = dialling.get(peer)!;
    dials.add(socket);
    let stream: Socket | null = null;
    // Stays for good: an error that nobody listens to would end the process.
    socket.on("error", (error) => {
      if (!dials.delete(socket)) return;
      replicator.dialFailed(peer, error.message === "" ? "connection refused" : error.message, now());
    });
    socket.once("upgrade", (response) => {
      stream = response.socket;
    });
    socket.once("open", () => {
      dials.delete(socket);
      attach(socket, replicator.dialSucceeded(peer, wireOf(socket, stream!, cap, now), now()));
    });
  }

  function hangUp(peer: RegionName): void {
    const dials = dialling.get(peer)!;
    for (const socket of dials) {
      dials.delete(socket);
      socket.terminate();
    }
  }

  const patience = {
    headersTimeout: limits.handshakeTimeoutMs,
    requestTimeout: limits.handshakeTimeoutMs,
    connectionsCheckingInterval: STRAY_CHECK_MS,
  };
  const demandsCertificate = options.tls !== null && options.tls.authority !== null;
  const http =
    secure === null
      ? createServer(patience, refuseRequest)
      : createSecureServer({ ...patience, ...secure, requestCert: demandsCertificate }, refuseRequest);
  // A certificate that is renewed is taken up without a restart.
  const endRenewal = options.tls === null ? () => {} : renewTls(options.tls, http, logger);
  // Dials that hung and were given up by peers are not known to be dead here before their time is over.
  const strangersMax = limits.strangersMax + limits.dialsAtOnceMax * options.peers.length;
  // Peers come twice while an old connection is not known to be dead yet.
  http.maxConnections = strangersMax + 2 * options.peers.length;
  const server = new WebSocketServer({ server: http, maxPayload, perMessageDeflate: false });
  // It repeats the errors of `http`, which are looked after there.
  server.on("error", () => {});
  server.on("connection", (socket, request) => {
    if (replicator.strangers >= strangersMax) {
      socket.on("error", () => {});
      socket.terminate();
      return;
    }
    keep(socket);
    attach(socket, replicator.accepted(wireOf(socket, request.socket, cap, now), now()));
  });
  await listen(http, options.gossip);
  http.on("error", (error) => logger.error("the gossip address failed", { error: error.message }));

  const stopListening = replica.onDurable(() => replicator.durable(now()));
  const timer = setInterval(() => replicator.tick(now()), TICK_MS);
  const { port } = http.address() as AddressInfo;

  return {
    address: `${options.gossip.host}:${port}`,
    status: () => replicator.status(now()),
    get held() {
      return replicator.held;
    },
    outlook: replicator.outlook,
    get snapshots() {
      return replicator.snapshots;
    },
    publish: (messages) => replicator.publish(messages),
    call: (region, body, called) => replicator.call(region, body, called),
    get publishCounts() {
      return replicator.publishCounts;
    },
    async close() {
      await delivered(replicator, clock, limits.farewellMs);
      clearInterval(timer);
      endRenewal();
      stopListening();
      replicator.stop("the region stops");
      server.close();
      const closed = new Promise<void>((resolve) => {
        http.close(() => resolve());
      });
      http.closeAllConnections();
      // Goodbyes are on their way; a peer that does not answer must not keep us.
      const timeout = setTimeout(() => sockets.forEach((socket) => socket.terminate()), GOODBYE_MS);
      await Promise.all([closed, ...[...sockets].map(closing)]);
      clearTimeout(timeout);
    },
  };
}

function refuseRequest(_request: IncomingMessage, response: ServerResponse): void {
  response
    .writeHead(426, { "content-type": "text/plain", connection: "close" })
    .end("this is Antipode's gossip address: WebSocket only\n");
}

/** Waits until connected peers have what this region wrote last: its disk may not come back. */
async function delivered(replicator: Replicator, clock: Clock, atMostMs: number): Promise<void> {
  const endMs = clock.monotonicMs() + atMostMs;
  while (!replicator.isDelivered && clock.monotonicMs() < endMs) await sleep(TICK_MS);
}

/** Not `events.once`: that fails when the socket does. */
function closing(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    socket.on("close", () => resolve());
  });
}

function listen(
  http: HttpServer | SecureServer,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, host, () => {
      http.off("error", reject);
      resolve();
    });
  });
}
