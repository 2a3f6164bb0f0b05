import { METHODS } from "node:http";
import type { AddressInfo } from "node:net";
import { fastify, type FastifyInstance } from "fastify";
import { Bag } from "../../base/bag.ts";
import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/logger.ts";
import type { Confirmations } from "../../commands/confirmations.ts";
import type { Executor } from "../../commands/executor.ts";
import { NO_ADDRESSES, type AddressRanges } from "../../sockets/address-ranges.ts";
import { expectProxyHeaders } from "../../sockets/proxied-door.ts";
import { doorTls, renewTls, type TlsFiles } from "../../sockets/tls-files.ts";
import { AccessTokens, type AccessToken } from "./access-tokens.ts";
import { refuseConnection } from "./client-error.ts";
import { RememberedAnswers } from "./remembered-answers.ts";
import { ReplyGate } from "./reply-gate.ts";
import { RequestBodies } from "./request-bodies.ts";
import type { Readiness, RestDoor } from "./rest-door.ts";
import { RestExchange } from "./rest-exchange.ts";
import type { RestLimits } from "./rest-limits.ts";
import { SyncTokens, type TokenSource } from "../../commands/sync-token.ts";

export type { Readiness } from "./rest-door.ts";

export interface RestServerOptions {
  readonly host: string;
  readonly port: number;
  readonly executor: Executor;
  readonly nextClientId: () => number;
  readonly tokens: readonly AccessToken[];
  readonly region: string;
  /** What the router probes at `/readyz`; never needs a token. */
  readonly readiness: () => Readiness;
  /** What `GET /regions` answers; never needs a token, as it holds only what operators announce to everybody. */
  readonly regions: () => unknown;
  readonly syncTokens: TokenSource;
  readonly confirmations: Confirmations;
  readonly limits: RestLimits;
  /** Speaks TLS with these files, which are read again when they change; without, plain HTTP. */
  readonly tls?: TlsFiles | null;
  /** Who says by `x-forwarded-for` or a PROXY header on whose behalf it asks. */
  readonly proxies?: AddressRanges;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface RunningRestServer {
  readonly address: string;
  /** Answers given so far, by HTTP status. */
  readonly answers: ReadonlyMap<number, number>;
  /** Event streams that are open, and how many were ever cut because their readers did not read. */
  readonly streams: { readonly open: number; readonly cut: number };
  /** Takes no more connections, answers what it has begun, cuts what is left after `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>;
  /** Ends now, whatever is under way. */
  close(): Promise<void>;
}

/**
 * The REST door: Upstash's protocol on fastify.
 *
 * Fastify listens, closes and hands over every request; the exchange does the rest on Node's own request and response. The
 * protocol has no routes, schemas or content types for a framework to look after: a path is arguments, escapes are bytes and
 * Content-Type is not looked at. Passing by its body parsers, hooks and serializers measures a third less time a request.
 */
export async function startRestServer(options: RestServerOptions): Promise<RunningRestServer> {
  const { executor, limits, clock, logger, region, readiness, regions, nextClientId } = options;
  const gate = new ReplyGate(executor);
  const answers = new Map<number, number>();
  let streamsCut = 0;
  const door: RestDoor = {
    executor,
    gate,
    tokens: new AccessTokens(options.tokens, executor.access, limits, clock),
    bodies: new RequestBodies(limits),
    syncTokens: new SyncTokens(options.syncTokens),
    confirmations: options.confirmations,
    remembered: new RememberedAnswers(limits, clock),
    limits,
    region,
    proxies: options.proxies ?? NO_ADDRESSES,
    clock,
    logger,
    readiness,
    regions,
    nextClientId,
    isDraining: false,
    runs: new Bag(),
    streams: new Set(),
    streamCut: () => streamsCut++,
    answered: (status) => answers.set(status, (answers.get(status) ?? 0) + 1),
  };
  const { tls = null } = options;
  const http = { maxHeaderSize: limits.headerBytesMax };
  const common = {
    logger: false,
    exposeHeadRoutes: false,
    forceCloseConnections: "idle" as const,
    // While draining, what still arrives on an open connection is answered, and the connection ends with it.
    return503OnClosing: false,
    requestTimeout: limits.requestTimeoutMs,
    rewriteUrl: () => "/",
    clientErrorHandler: refuseConnection,
  };
  const secure = tls === null ? null : fastify({ ...common, https: { ...doorTls(tls), ...http } });
  const app = (secure ?? fastify({ ...common, http })) as FastifyInstance;
  // No method has a body that fastify would have to parse.
  for (const method of METHODS) app.addHttpMethod(method, { hasBody: false, overrideExisting: true });
  app.all("/", (request, reply) => {
    reply.hijack();
    new RestExchange(door, request.raw, reply.raw, request.originalUrl).begin();
  });
  const endRenewal = tls === null ? () => {} : renewTls(tls, app.server, logger);
  app.server.maxConnections = limits.connectionsMax;
  expectProxyHeaders(app.server, {
    from: options.proxies ?? NO_ADDRESSES,
    header: "optional",
    onRefused: (proxy, reason) => logger.warn("a proxy's connection is refused", { proxy, reason }),
  });
  await app.listen({ host: options.host, port: options.port, backlog: 1024 });
  const { port } = app.server.address() as AddressInfo;

  const beating = setInterval(() => {
    for (const stream of door.streams) stream.beat();
  }, limits.streamHeartbeatMs);
  beating.unref();

  const drain = async (timeoutMs: number): Promise<void> => {
    door.isDraining = true;
    clearInterval(beating);
    for (const stream of door.streams) stream.end();
    for (const run of door.runs.all()) run.hurry();
    const timer = setTimeout(() => app.server.closeAllConnections(), timeoutMs);
    await app.close();
    clearTimeout(timer);
    endRenewal();
    gate.close();
  };
  return {
    address: `${options.host}:${port}`,
    answers,
    get streams() {
      return { open: door.streams.size, cut: streamsCut };
    },
    drain,
    close: () => drain(0),
  };
}
