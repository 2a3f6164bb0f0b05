import type { IncomingMessage, ServerResponse } from "node:http";
import { limitHeaders } from "./limit-headers.ts";
import type { RateLimiter, RateLimitResult } from "./rate-limiter.ts";

export interface RateLimitMiddlewareOptions<Request> {
  /** Whose limit a request counts against; null: nobody's, it is let through. The client's address unless said otherwise. */
  readonly identify?: (request: Request) => string | null | Promise<string | null>;
  /** How much a request takes; 1 unless said otherwise. */
  readonly cost?: (request: Request) => number;
  /** Told of every request that was refused. */
  readonly onRefused?: (request: Request, result: RateLimitResult) => void;
}

/** As both frameworks have it: what their `trust proxy` settings say the client is. */
interface Addressed {
  readonly ip?: string | undefined;
}

const REFUSED = { error: "too many requests" };

/** Answers 429 to what a limiter refuses: `app.use(expressRateLimit(limiter))`. */
export function expressRateLimit<Request extends IncomingMessage & Addressed>(
  limiter: RateLimiter,
  options: RateLimitMiddlewareOptions<Request> = {},
): (request: Request, response: ServerResponse, next: (error?: unknown) => void) => void {
  return (request, response, next) => {
    decide(limiter, request, options, (name, value) => response.setHeader(name, value)).then((isAllowed) => {
      if (isAllowed) {
        next();
        return;
      }
      response.statusCode = 429;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(REFUSED));
    }, next);
  };
}

/** What is needed of Fastify's reply. */
interface FastifyReplyLike {
  header(name: string, value: string): unknown;
  code(status: number): unknown;
  send(body: unknown): unknown;
}

/** The same as a hook: `app.addHook("onRequest", fastifyRateLimit(limiter))`. */
export function fastifyRateLimit<Request extends Addressed>(
  limiter: RateLimiter,
  options: RateLimitMiddlewareOptions<Request> = {},
): (request: Request, reply: FastifyReplyLike) => Promise<unknown> {
  return async (request, reply) => {
    const isAllowed = await decide(limiter, request, options, (name, value) => reply.header(name, value));
    if (isAllowed) return undefined;
    reply.code(429);
    return reply.send(REFUSED);
  };
}

async function decide<Request extends Addressed>(
  limiter: RateLimiter,
  request: Request,
  options: RateLimitMiddlewareOptions<Request>,
  setHeader: (name: string, value: string) => void,
): Promise<boolean> {
  const identify = options.identify ?? (({ ip }: Request) => ip ?? null);
  const identifier = await identify(request);
  if (identifier === null) return true;
  const result = await limiter.take(identifier, options.cost?.(request) ?? 1);
  if (result.answer !== "unavailable") {
    for (const [name, value] of Object.entries(limitHeaders(result))) setHeader(name, value);
  }
  if (!result.allowed) options.onRefused?.(request, result);
  return result.allowed;
}
