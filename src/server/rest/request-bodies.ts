import type { IncomingMessage } from "node:http";
import { RestError, sizeExceeded } from "./rest-error.ts";
import type { RestLimits } from "./rest-limits.ts";

/**
 * Receives bodies, bounded one by one and all together. Fastify's own parsers are not asked: they refuse requests whose
 * Content-Type they cannot read, and the protocol does not look at it.
 *
 * A body that is too large is answered at once and its rest thrown away as it comes, within the time a request may take:
 * closing the connection under a client that still sends would lose it the answer.
 */
export class RequestBodies {
  readonly #limits: RestLimits;
  #receivingBytes = 0;

  constructor(limits: RestLimits) {
    this.#limits = limits;
  }

  /** Calls `done` once: with the body, or with a refusal. Never when the client leaves before its end. */
  receive(request: IncomingMessage, done: (body: Buffer | RestError) => void): void {
    const { requestBytesMax, receivingBytesMax } = this.#limits;
    const declared = Number(request.headers["content-length"] ?? 0);
    if (declared > requestBytesMax) {
      done(sizeExceeded("request size", requestBytesMax, declared));
      return;
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    let isOver = false;
    // The listeners stay: a request is soon gone, and to take them from it costs more than to let them be called in vain.
    const stop = (): void => {
      isOver = true;
      this.#receivingBytes -= bytes;
      bytes = 0;
      // The listeners live as long as the request, which may wait long for its answer.
      chunks.length = 0;
    };
    const refuse = (refusal: RestError): void => {
      stop();
      done(refusal);
    };
    const receive = (chunk: Buffer): void => {
      if (isOver) return;
      chunks.push(chunk);
      bytes += chunk.length;
      this.#receivingBytes += chunk.length;
      if (bytes > requestBytesMax) refuse(sizeExceeded("request size", requestBytesMax, bytes));
      else if (this.#receivingBytes > receivingBytesMax) {
        refuse(new RestError(503, "ERR too many requests are being received at the same time, try again"));
      }
    };
    const end = (): void => {
      if (isOver) return;
      const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      stop();
      done(body);
    };
    request.on("data", receive).on("end", end).on("close", stop);
  }
}
