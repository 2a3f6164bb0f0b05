import type { FastifyReply } from "fastify";
import type { HttpLimits } from "./limits.ts";
import { refusalBody } from "./refusals.ts";
import type { Refusal } from "./refusals.ts";
import type { IncomingRequest } from "./request-body.ts";

/** Node's outgoing reply, as the HTTP server under fastify gives it. */
export type OutgoingReply = FastifyReply["raw"];

/** Answers a request with a refusal, unless a reply has begun or the client is gone. */
export function sendRefusal(
  request: IncomingRequest,
  reply: OutgoingReply,
  refusal: Refusal,
  limits: HttpLimits,
  nearest: string | null,
): void {
  if (reply.headersSent || reply.destroyed) return;
  const body = refusalBody(refusal);
  const headers = [
    "content-type",
    "application/json; charset=utf-8",
    "content-length",
    String(Buffer.byteLength(body)),
  ];
  if (refusal.retryLater) headers.push("retry-after", String(limits.retryAfterSeconds));
  if (nearest !== null) headers.push("x-region-nearest", nearest);
  // A small rest of the request is read and dropped; a large one is not worth the connection.
  const restBytes = Number(request.headers["content-length"] ?? 0);
  const isSmall = request.headers["transfer-encoding"] === undefined && restBytes <= limits.retryBodyBytesMax;
  if (!request.complete && !isSmall) headers.push("connection", "close");
  reply.writeHead(refusal.status, headers);
  reply.end(request.method === "HEAD" ? undefined : body);
}
