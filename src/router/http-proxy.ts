import fastify from "fastify";
import type { FastifyInstance } from "fastify";
import type { AddressRanges } from "../sockets/address-ranges.ts";
import { forwardedClient } from "../sockets/forwarded.ts";
import { callerPlace } from "./caller-place.ts";
import type { Caller } from "./caller-place.ts";
import { NO_WISHES } from "./choice.ts";
import type { Wishes } from "./choice.ts";
import { Exchange } from "./exchange.ts";
import type { ExchangePlan, ExchangeSurroundings } from "./exchange.ts";
import type { IpPlaces } from "./ip-places.ts";
import type { HttpLimits } from "./limits.ts";
import { publicRegions } from "./region-list.ts";
import {
  badRequest,
  forcedRegionDown,
  headersTooLarge,
  methodNotAllowed,
  refusalBody,
  requestTimedOut,
  unknownRegion,
  unreachable,
} from "./refusals.ts";
import type { Refusal } from "./refusals.ts";
import type { IncomingRequest } from "./request-body.ts";
import { sendRefusal } from "./send-refusal.ts";
import type { OutgoingReply } from "./send-refusal.ts";

/**
 * The HTTP door: every request but `GET /regions` becomes an exchange with a region. Paths carry keys and values in any bytes,
 * so they are neither decoded nor normalised here, and no body is parsed: requests are taken before fastify would do either.
 */
export interface HttpProxy {
  listen(host: string, port: number): Promise<number>;
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

interface StickyRegion {
  readonly region: string;
  readonly untilMs: number;
}

/** How often a draining server looks for connections that have become idle. */
const IDLE_CHECK_MS = 25;

export function openHttpProxy(around: ExchangeSurroundings, stickyMs: number, geography: Geography): HttpProxy {
  const { limits, board, clock, logger } = around;
  const exchanges = new Set<Exchange>();
  const sticky = new WeakMap<object, StickyRegion>();
  let draining = false;

  const proxy = (request: IncomingRequest, target: string, reply: OutgoingReply): void => {
    const socket = request.socket;
    const nowMs = clock.monotonicMs();
    const kept = sticky.get(socket);
    const wishes = wishesOf(request, kept !== undefined && nowMs < kept.untilMs ? kept.region : null);
    const { nearest } = board;
    const refuse = (refusal: Refusal): void => {
      around.metrics.requestOver("none", refusal.code);
      logger.info("request refused", { code: refusal.code });
      sendRefusal(request, reply, refusal, limits, nearest);
    };
    // An absolute URL or `*` names something else than a region's resource: this is no open relay.
    if (!target.startsWith("/")) return refuse(badRequest("the request target must be a path"));
    const choice = board.choose(wishes);
    switch (choice.kind) {
      case "unknown-region":
        return refuse(unknownRegion(choice.name, choice.known));
      case "forced-region-down":
        return refuse(forcedRegionDown(choice.name));
      case "no-regions":
        return refuse(unreachable([]));
      case "route": {
        const { order, passedOver, reason } = choice;
        const plan: ExchangePlan = { order, passedOver, nearest, isFailOpen: reason === "fail-open", target };
        const exchange = new Exchange(around, plan, request, reply, (servedBy) => {
          exchanges.delete(exchange);
          const isOwnChoice = reason !== "forced" && reason !== "preferred" && reason !== "sticky";
          if (servedBy !== null && (isOwnChoice || (reason === "sticky" && servedBy !== order[0]))) {
            sticky.set(socket, { region: servedBy, untilMs: clock.monotonicMs() + stickyMs });
          }
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

  const app = fastify({
    logger: false,
    http: { maxHeaderSize: limits.headerBytesMax, headersTimeout: limits.clientHeadersTimeoutMs },
    requestTimeout: limits.clientRequestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    rewriteUrl: (request) =>
      /^\/regions\/?(?:\?|$)/u.test(request.url ?? "") && request.method === "GET" ? "/regions" : "/proxied",
    clientErrorHandler: (error, socket) => refuseOnSocket(socket, clientErrorRefusal(error.code, limits)),
  });
  app.server.maxConnections = limits.connectionsMax;
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
    listen: (host, port) => listen(app, host, port),
    async drain(timeoutMs) {
      draining = true;
      for (const exchange of exchanges) {
        if (exchange.isEndless) exchange.cut("the router is draining");
        else exchange.beLast();
      }
      const idleCheck = setInterval(() => app.server.closeIdleConnections(), IDLE_CHECK_MS);
      const deadline = setTimeout(cut, timeoutMs);
      await app.close();
      clearTimeout(deadline);
      clearInterval(idleCheck);
    },
  };
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<number> {
  await app.listen({ host, port });
  const address = app.server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

/** `x-region` before its Fly namesake, an empty header as none. */
function wishesOf(request: IncomingRequest, stickyRegion: string | null): Wishes {
  const header = (name: string): string | null => {
    const value = request.headers[name];
    return typeof value === "string" && value !== "" ? value : null;
  };
  return {
    ...NO_WISHES,
    forced: header("x-region-force") ?? header("fly-force-region"),
    preferred: header("x-region") ?? header("fly-prefer-region"),
    sticky: stickyRegion,
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
  end(text: string): unknown;
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
  );
}
