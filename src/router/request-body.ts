import type { FastifyRequest } from "fastify";
import type { HttpLimits } from "./limits.ts";

/** Node's incoming request, as the HTTP server under fastify gives it. */
export type IncomingRequest = FastifyRequest["raw"];

/**
 * A request's body: held in memory while it is small, so that it can be sent again; streamed where it is large, or where all
 * held bodies together would take too much. A streamed body can still go to another region as long as none of it has left.
 */
export type RequestBody =
  | { readonly kind: "held"; readonly bytes: Buffer }
  | { readonly kind: "streaming"; readonly lengthBytes: number | null; chunks(): AsyncGenerator<Buffer> }
  /** It says that it is longer than any may be. */
  | { readonly kind: "too-large" };

/** A body without a length turned out to be longer than any may be, after some of it had left. */
export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
}

const EMPTY: RequestBody = { kind: "held", bytes: Buffer.alloc(0) };

/** How much all held bodies take now. One for each router. */
export class HeldBytes {
  readonly #mostBytes: number;
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.#mostBytes) return false;
    this.#bytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/**
 * Calls `done` with the body: whole if it fits, else as a stream that begins with what was read. Rejected (null) when the client
 * goes away first. The caller gives held bytes back when the exchange is over.
 */
export function readBody(
  request: IncomingRequest,
  limits: HttpLimits,
  held: HeldBytes,
  done: (body: RequestBody | null) => void,
): void {
  const declared = request.headers["content-length"];
  const lengthBytes = declared === undefined ? null : Number(declared);
  if (lengthBytes === 0 || (lengthBytes === null && request.headers["transfer-encoding"] === undefined)) {
    done(EMPTY);
    return;
  }
  if (lengthBytes !== null && lengthBytes > limits.requestBytesMax) {
    done({ kind: "too-large" });
    return;
  }
  if (lengthBytes !== null && lengthBytes > limits.retryBodyBytesMax) {
    done(streaming(request, [], lengthBytes, limits));
    return;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  const settle = (body: RequestBody | null): void => {
    request.off("data", onData).off("end", onEnd).off("close", onClose);
    if (body?.kind !== "held") held.give(bytes);
    done(body);
  };
  const onData = (chunk: Buffer): void => {
    chunks.push(chunk);
    if (bytes + chunk.length > limits.retryBodyBytesMax || !held.take(chunk.length)) {
      request.pause();
      settle(streaming(request, chunks, lengthBytes, limits));
      return;
    }
    bytes += chunk.length;
  };
  const onEnd = (): void => settle({ kind: "held", bytes: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks) });
  const onClose = (): void => settle(null);
  request.on("data", onData).on("end", onEnd).on("close", onClose);
}

function streaming(
  request: IncomingRequest,
  first: readonly Buffer[],
  lengthBytes: number | null,
  limits: HttpLimits,
): RequestBody {
  return {
    kind: "streaming",
    lengthBytes,
    async *chunks() {
      yield* first;
      let bytes = first.reduce((sum, chunk) => sum + chunk.length, 0);
      // Not destroyed when the region stops reading: the client is still owed an answer on the same socket.
      for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > limits.requestBytesMax) throw new BodyTooLargeError();
        yield chunk;
      }
    },
  };
}
