import { timingSafeEqual, createHash } from "node:crypto";
import type { AddressInfo } from "node:net";
import { fastify, type FastifyReply, type FastifyRequest } from "fastify";
import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/logger.ts";
import { ClientSession, type Rights } from "../../commands/client-session.ts";
import type { Executor } from "../../commands/executor.ts";
import { encodeReply } from "../../resp/reply-encoder.ts";
import { ReplyError } from "../../resp/reply-error.ts";
import type { Reply } from "../../resp/reply.ts";
import { parsePath, type PathRequest } from "./path-arguments.ts";
import { ReplyGate } from "./reply-gate.ts";
import { RestError } from "./rest-error.ts";
import type { RestLimits } from "./rest-limits.ts";
import { exceeded, readRequest, type RestRequest } from "./rest-request.ts";
import { errorJson, itemJson, type StringEncoding } from "./result.ts";
import { awaitVector, issueToken, parseToken, type TokenSource } from "./sync-token.ts";

export interface RestServerOptions {
  readonly host: string;
  readonly port: number;
  readonly executor: Executor;
  readonly nextClientId: () => number;
  readonly tokens: readonly { readonly token: string; readonly rights: Rights }[];
  readonly region: string;
  /** What the router probes; never needs a token. */
  readonly readiness: () => Readiness;
  readonly syncTokens: TokenSource;
  readonly limits: RestLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Readiness {
  readonly ready: boolean;
  /** `ready`, `starting`, `catching-up`, `draining` … */
  readonly state: string;
  readonly lagMs: number;
}

export interface RunningRestServer {
  readonly address: string;
  drain(timeoutMs: number): Promise<void>;
}

const UNAUTHORIZED = "WRONGPASS invalid or missing auth token. Please check your configuration.";
const CORS: Readonly<Record<string, string>> = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, HEAD, POST, PUT, OPTIONS",
  "access-control-allow-headers": "*, Authorization",
  "access-control-expose-headers": "*",
  "access-control-max-age": "86400",
};

/** The REST door: Upstash's protocol on fastify. */
export async function startRestServer(options: RestServerOptions): Promise<RunningRestServer> {
  const { executor, limits, clock } = options;
  const gate = new ReplyGate(executor);
  const app = fastify({
    logger: false,
    bodyLimit: limits.requestBytesMax,
    exposeHeadRoutes: false,
    forceCloseConnections: "idle",
    http: { maxHeaderSize: limits.headerBytesMax },
    // Paths are arguments, percent escapes are bytes: the router must not interpret them.
    rewriteUrl: () => "/",
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  const send = (reply: FastifyReply, status: number, body: string): FastifyReply =>
    reply.code(status).header("content-type", "application/json; charset=utf-8").send(body);

  const rightsOf = (request: FastifyRequest, path: PathRequest): Rights => {
    const header = request.headers.authorization ?? "";
    const given = /^Bearer\s+(.+)$/iu.exec(header)?.[1] ?? path.token ?? "";
    const match = options.tokens.find(({ token }) => sameSecret(token, given));
    if (match === undefined) throw new RestError(401, UNAUTHORIZED);
    return match.rights;
  };

  const waitForToken = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const wanted = parseToken(headerOf(request, "upstash-sync-token"));
    if (wanted === null || (await awaitVector(options.syncTokens, wanted, limits.syncWaitMs))) return;
    if (headerOf(request, "x-antipode-stale-policy") === "error") {
      throw new RestError(503, `ERR stale: region ${options.region} has not yet received what this client has seen`);
    }
    reply.header("x-antipode-stale", "1");
  };

  const run = async (session: ClientSession, asked: RestRequest): Promise<readonly Reply[] | Reply> => {
    if (asked.kind === "command") return gate.settle(executor.execute(session, asked.argv));
    if (asked.kind === "transaction") return gate.settle(executor.executeAtomic(session, asked.commands));
    // In order, not atomic; one wait for the disk at the end instead of one each.
    const replies: Promise<Reply>[] = [];
    for (const argv of asked.commands) {
      const outcome = executor.execute(session, argv);
      if (outcome.kind === "suspended") await outcome.done;
      replies.push(gate.settle(outcome));
    }
    return Promise.all(replies);
  };

  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    reply.header("x-region", options.region);
    reply.header("access-control-allow-origin", "*").header("access-control-expose-headers", "*");
    try {
      const path = parsePath(request.originalUrl);
      if (path.segments.length === 1 && path.segments[0] === "readyz") return sendReadiness(reply);
      const rights = rightsOf(request, path);
      const format = formatOf(request);
      const asked = readRequest(request.method, path, (request.body as Buffer | undefined) ?? null, limits);
      if (format === "resp2" && asked.kind === "transaction")
        throw new RestError(400, "ERR resp2 is not offered for multi-exec");
      await waitForToken(request, reply);
      const session = sessionOf(request, rights);
      const answer = await run(session, asked);
      executor.disconnected(session);
      reply.header("upstash-sync-token", issueToken(options.syncTokens));
      return sendAnswer(reply, asked, answer, format);
    } catch (error) {
      if (!(error instanceof RestError)) throw error;
      reply.header("upstash-sync-token", issueToken(options.syncTokens));
      return send(reply, error.status, errorJson(error.message));
    }
  };

  const sendAnswer = (
    reply: FastifyReply,
    asked: RestRequest,
    answer: readonly Reply[] | Reply,
    format: Format,
  ): FastifyReply => {
    if (format === "resp2") {
      reply.header("content-type", "application/octet-stream");
      return reply.code(200).send(Buffer.from(encodeReply(answer, 2), "latin1"));
    }
    if (asked.kind === "command" || answer instanceof ReplyError) {
      return send(reply, answer instanceof ReplyError ? 400 : 200, itemJson(answer, format));
    }
    const items = (answer as readonly Reply[]).map((item) => itemJson(item, format));
    return send(reply, 200, `[${items.join(",")}]`);
  };

  const sendReadiness = (reply: FastifyReply): FastifyReply => {
    const { ready, state, lagMs } = options.readiness();
    return send(reply, ready ? 200 : 503, JSON.stringify({ region: options.region, state, lagMs: Math.round(lagMs) }));
  };

  const sessionOf = (request: FastifyRequest, rights: Rights): ClientSession =>
    new ClientSession({
      id: options.nextClientId(),
      door: "rest",
      address: `${request.socket.remoteAddress ?? "?"}:${request.socket.remotePort ?? 0}`,
      localAddress: `${request.socket.localAddress ?? "?"}:${request.socket.localPort ?? 0}`,
      rights,
      authenticated: true,
      connectedAtMs: clock.wallMs(),
      push: () => {},
      kill: () => request.socket.destroy(),
    });

  app.route({ method: ["GET", "HEAD", "POST", "PUT"], url: "/", handler: handle });
  app.route({
    method: "OPTIONS",
    url: "/",
    handler: (_request, reply) => reply.code(204).headers(CORS).send(),
  });
  app.setNotFoundHandler((request, reply) =>
    send(reply, 405, errorJson(`ERR method ${request.method} is not allowed: use GET, HEAD, POST or PUT`)),
  );
  app.setErrorHandler((error: { code?: string; statusCode?: number; message: string }, request, reply) => {
    if (error.code === "FST_ERR_CTP_BODY_TOO_LARGE") {
      const actual = Number(request.headers["content-length"] ?? limits.requestBytesMax + 1);
      return send(reply, 400, errorJson(exceeded("request size", limits.requestBytesMax, actual).message));
    }
    const status = error.statusCode ?? 500;
    if (status >= 500) options.logger.error("a REST request failed", { error: error.message });
    return send(reply, status, errorJson(`ERR ${status >= 500 ? "internal error" : error.message}`));
  });

  await app.listen({ host: options.host, port: options.port, backlog: 1024 });
  const { port } = app.server.address() as AddressInfo;
  return {
    address: `${options.host}:${port}`,
    async drain(timeoutMs) {
      const timer = setTimeout(() => app.server.closeAllConnections(), timeoutMs);
      await app.close();
      clearTimeout(timer);
      gate.close();
    },
  };
}

type Format = StringEncoding | "resp2";

function formatOf(request: FastifyRequest): Format {
  const base64 = headerOf(request, "upstash-encoding")?.toLowerCase() === "base64";
  const resp2 = headerOf(request, "upstash-response-format")?.toLowerCase() === "resp2";
  if (base64 && resp2) throw new RestError(400, "ERR base64 encoding and resp2 format exclude each other");
  if (resp2) return "resp2";
  return base64 ? "base64" : "text";
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Compared in constant time, whatever the lengths. */
function sameSecret(expected: string, given: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(expected), digest(given));
}
