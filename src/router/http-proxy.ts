import { Server, type Socket } from "node:net";
import fastify from "fastify";
import type { FastifyInstance } from "fastify";
import type { AddressRanges } from "../sockets/address-ranges.ts";
import { forwardedClient } from "../sockets/forwarded.ts";
import { callerPlace } from "./caller-place.ts";
import type { Caller } from "./caller-place.ts";
import { AddressCount } from "./address-count.ts";
import { Exchange } from "./exchange.ts";
import type { ExchangeSurroundings, Seen } from "./exchange-plan.ts";
import type { IpPlaces } from "./ip-places.ts";
import { boundAddress, listenOptions } from "./listen-address.ts";
import type { ListenAddress } from "./listen-address.ts";
import type { HttpLimits } from "./limits.ts";
import { publicRegions } from "./region-list.ts";
import {
  badRequest,
  contradiction,
  forcedRegionDown,
  headersTooLarge,
  methodNotAllowed,
  outOfBounds,
  refusalBody,
  requestTimedOut,
  tooManyConnections,
  unknownRegion,
  unreachable,
} from "./refusals.ts";
import type { Refusal } from "./refusals.ts";
import type { IncomingRequest } from "./request-body.ts";
import { expectProxyHeaders } from "../sockets/proxied-door.ts";
import { doorTls, renewTls } from "../sockets/tls-files.ts";
import { sendRefusal } from "./send-refusal.ts";
import type { DoorConfig } from "./sockets-config.ts";
import type { Bounds } from "./token-bounds.ts";
import { readWishes } from "./wishes.ts";
import type { PinnedHosts } from "./wishes.ts";
import type { OutgoingReply } from "./send-refusal.ts";

/**
 * The HTTP door: every request but `GET /regions` becomes an exchange with a region. Paths carry keys and values in any bytes,
 * so they are neither decoded nor normalised here, and no body is parsed: requests are taken before fastify would do either.
 */
export interface HttpProxy {
  listen(address: ListenAddress): Promise<ListenAddress>;
  /** No new connections; open requests may finish until `timeoutMs` is over, event streams are ended now. */
  drain(timeoutMs: number): Promise<void>;
  /** Cuts off whatever is open. */
  cut(): void;
}

/** What helps to tell where a caller is. */
export interface Geography {
  /** Edges and proxies whose headers are believed. */
  readonly proxies: AddressRanges;
  readonly table: () => IpPlaces | null;
}

/** What is remembered of a client's connection, for as long as it is open. */
interface Remembered {
  readonly region: string | null;
  readonly untilMs: number;
  readonly seen: Seen | null;
}

/** Where requests may and want to go, apart from what the regions are like. */
export interface Pins {
  readonly hosts: PinnedHosts;
  readonly bounds: Bounds;
}

/** How often the server looks for clients that take too long to send. */
const PATIENCE_CHECK_MS = 1000;

/** How often a draining server looks for connections that have become idle. */
const IDLE_CHECK_MS = 25;

/** Throws when a file of TLS cannot be read. */
export function openHttpProxy(
  around: ExchangeSurroundings,
  stickyMs: number,
  door: DoorConfig,
  geography: Geography,
  pins: Pins,
): HttpProxy {
  const { limits, board, clock, logger } = around;
  const exchanges = new Set<Exchange>();
  const remembered = new WeakMap<object, Remembered>();
  let draining = false;

  const proxy = (request: IncomingRequest, sent: string, reply: OutgoingReply): void => {
    const { socket } = request;
    const nowMs = clock.monotonicMs();
    const kept = remembered.get(socket) ?? { region: null, untilMs: 0, seen: null };
    const { nearest } = board;
    const refuse = (refusal: Refusal): void => {
      around.metrics.requestOver("none", refusal.code);
      logger.info("request refused", { code: refusal.code });
      sendRefusal(request, reply, refusal, limits, nearest);
    };
    if (request.httpVersionMajor < 1) return refuse(badRequest("it is not HTTP/1.1"));
    // An absolute URL or `*` names something else than a region's resource: this is no open relay.
    if (!sent.startsWith("/")) return refuse(badRequest("the request target must be a path"));
    const caller = callerOf(request, sent, geography);
    const asked = { target: sent, header: caller.header, sticky: nowMs < kept.untilMs ? kept.region : null };
    const read = readWishes(asked, pins.hosts, pins.bounds.ofRequest(caller.header("authorization"), sent));
    if (read.kind === "contradiction") return refuse(contradiction(read.one, read.other));
    const choice = board.choose(read.wishes);
    switch (choice.kind) {
      case "out-of-bounds":
        return refuse(outOfBounds(choice.name, choice.within));
      case "unknown-region":
        return refuse(unknownRegion(choice.name, choice.known));
      case "forced-region-down":
        return refuse(forcedRegionDown(choice.name));
      case "no-regions":
        return refuse(unreachable([]));
      case "route": {
        const { order, passedOver, reason } = choice;
        const isFailOpen = reason === "fail-open";
        const { target } = read;
        const { seen } = kept;
        const plan = { order, passedOver, nearest, isFailOpen, target, client: caller.address, seen };
        const exchange = new Exchange(around, plan, request, reply, (servedBy, saw) => {
          exchanges.delete(exchange);
          const isOwnChoice = reason !== "forced" && reason !== "preferred" && reason !== "sticky";
          const moves = servedBy !== null && (isOwnChoice || (reason === "sticky" && servedBy !== order[0]));
          const { region, untilMs } = moves
            ? { region: servedBy, untilMs: clock.monotonicMs() + stickyMs }
            : (remembered.get(socket) ?? kept);
          remembered.set(socket, { region, untilMs, seen: saw ?? kept.seen });
        });
        exchanges.add(exchange);
        if (draining) exchange.beLast();
        logger.debug("request routed", { region: order[0], reason });
        exchange.start();
        return;
      }
      default:
        return choice satisfies never;
    }
  };

  const common = {
    logger: false,
    requestTimeout: limits.clientRequestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    forceCloseConnections: "idle" as const,
    return503OnClosing: false,
    rewriteUrl: (request: { readonly url?: string | undefined; readonly method?: string | undefined }) =>
      /^\/regions\/?(?:\?|$)/u.test(request.url ?? "") && request.method === "GET" ? "/regions" : "/proxied",
    clientErrorHandler: (error: { readonly code?: string | undefined }, socket: WritableSocket) =>
      refuseOnSocket(socket, clientErrorRefusal(error.code, limits)),
  };
  const http = {
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.clientHeadersTimeoutMs,
    connectionsCheckingInterval: PATIENCE_CHECK_MS,
  };
  const secure = door.tls === null ? null : fastify({ ...common, https: { ...doorTls(door.tls), ...http } });
  const app = (secure ?? fastify({ ...common, http })) as FastifyInstance;
  const endRenewal = door.tls === null ? () => {} : renewTls(door.tls, app.server, logger);
  app.server.maxConnections = limits.connectionsMax;
  const addresses = new AddressCount(limits.connectionsPerAddressMax);
  app.server.prependListener(door.tls === null ? "connection" : "secureConnection", (socket: Socket) => {
    const address = socket.remoteAddress ?? "";
    // A proxy has the connections of all its clients.
    if (geography.proxies.contains(address)) return;
    if (addresses.enter(address)) socket.once("close", () => addresses.leave(address));
    else refuseOnSocket(socket, tooManyConnections(limits.connectionsPerAddressMax));
  });
  expectProxyHeaders(app.server, {
    from: door.proxyHeadersFrom,
    header: "required",
    onRefused: (proxy, reason) => logger.warn("a proxy's connection is refused", { proxy, reason }),
  });
  app.get("/regions", (request, reply) => {
    const place = callerPlace(callerOf(request.raw, request.originalUrl, geography), geography.table());
    // What is ordered for one caller is not for another.
    void reply.header("cache-control", `${place === null ? "public" : "private"}, max-age=2`);
    void reply.header("access-control-allow-origin", "*");
    return reply.send(publicRegions(board.snapshot(), board.nearest, place));
  });
  app.route({
    method: app.supportedMethods,
    url: "/proxied",
    exposeHeadRoute: false,
    onRequest: (request, reply) => {
      reply.hijack();
      proxy(request.raw, request.originalUrl, reply.raw);
    },
    handler: () => {},
  });
  app.setNotFoundHandler((request, reply) => {
    const refusal = methodNotAllowed(request.method);
    return reply.code(refusal.status).send({ error: refusal.text });
  });

  const cut = (): void => {
    if (exchanges.size > 0) logger.warn("requests cut off", { requests: exchanges.size });
    for (const exchange of exchanges) exchange.cut("the router is closing");
    app.server.closeAllConnections();
  };

  return {
    cut,
    async listen(address) {
      // Without a host fastify would also try the other family's loopback.
      await app.listen({ host: "127.0.0.1", ...listenOptions(address) });
      return boundAddress(app.server, address);
    },
    async drain(timeoutMs) {
      draining = true;
      for (const exchange of exchanges) {
        if (exchange.isEndless) exchange.cut("the router is draining");
        else exchange.beLast();
      }
      // Not http's own close: that closes idle connections at once, on which a request may be on its way.
      const closed = new Promise<void>((resolve) => Server.prototype.close.call(app.server, () => resolve()));
      const sinceMs = clock.monotonicMs();
      const idleCheck = setInterval(() => {
        if (clock.monotonicMs() - sinceMs >= limits.drainIdleMs) app.server.closeIdleConnections();
      }, IDLE_CHECK_MS);
      const deadline = setTimeout(cut, timeoutMs);
      await closed;
      clearTimeout(deadline);
      clearInterval(idleCheck);
      endRenewal();
      // It has been closed already: what fastify has besides ends with it.
      await app.close().catch(() => {});
    },
  };
}

function callerOf(request: IncomingRequest, target: string, { proxies }: Geography): Caller {
  const peer = request.socket.remoteAddress;
  const header = (name: string): string | null => {
    const value = request.headers[name];
    return typeof value === "string" ? value : null;
  };
  const address = forwardedClient(peer, request.headers["x-forwarded-for"], proxies) ?? peer ?? null;
  return { target, header, address, viaTrustedEdge: proxies.contains(peer) };
}

function clientErrorRefusal(code: string | undefined, limits: HttpLimits): Refusal {
  if (code === "HPE_HEADER_OVERFLOW") return headersTooLarge(limits.headerBytesMax);
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return requestTimedOut();
  return badRequest(`it is not HTTP/1.1 (${code ?? "unknown"})`);
}

interface WritableSocket {
  readonly writable: boolean;
  end(text: string, sent?: () => void): unknown;
  destroy(): unknown;
}

/** What the parser refused has no request object to answer on. */
function refuseOnSocket(socket: WritableSocket, refusal: Refusal): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = refusalBody(refusal);
  socket.end(
    `HTTP/1.1 ${refusal.status} Refused\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
