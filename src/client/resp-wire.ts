import { connect, type Socket } from "node:net";
import { connect as connectSecurely, type ConnectionOptions } from "node:tls";
import { encodeCommand } from "../resp/command-encoder.ts";
import { ReplyDecoder } from "../resp/reply-decoder.ts";
import type { Reply } from "../resp/reply.ts";

const KEEP_ALIVE_MS = 10_000;

/** Opens a connection to `redis://HOST:PORT` or `rediss://HOST:PORT`; the socket may not be connected yet. */
export function openStream(url: string, tls: ConnectionOptions): Socket {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/gu, "");
  const address = { host, port: port === "" ? 6379 : Number(port) };
  if (protocol === "rediss:") return connectSecurely({ servername: host, ...tls, ...address });
  const options = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };
  return connect({ ...address, ...options });
}

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

/** A conversation of a few commands with a region, apart from the program's own: answers in the order of the questions. */
export class RespWire {
  readonly #socket: Socket;
  readonly #decoder = new ReplyDecoder();
  readonly #waiting: Waiting[] = [];
  #ended: Error | null = null;

  constructor(url: string, tls: ConnectionOptions) {
    this.#socket = openStream(url, tls);
    this.#socket.unref();
    this.#socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on("error", (error: Error) => this.#end(error));
    this.#socket.on("close", () => this.#end(new Error("the region closed the connection")));
  }

  get isOpen(): boolean {
    return this.#ended === null;
  }

  /** Rejects when the connection ends first, or after `timeoutMs`, with which the connection ends. */
  ask(words: readonly string[], timeoutMs: number): Promise<Reply> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.end(new Error(`no answer within ${Math.round(timeoutMs)} ms`)), timeoutMs);
      timer.unref();
      const settle = (): void => clearTimeout(timer);
      this.#waiting.push({
        resolve: (reply) => {
          settle();
          resolve(reply);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      this.#socket.write(encodeCommand(words.map((word) => Buffer.from(word).latin1Slice())), "latin1");
    });
  }

  end(error = new Error("the connection is not needed any more")): void {
    this.#end(error);
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    try {
      this.#decoder.feed(chunk);
      for (let reply = this.#decoder.next(); reply !== undefined; reply = this.#decoder.next()) {
        this.#waiting.shift()?.resolve(reply);
      }
    } catch (error) {
      this.end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #end(error: Error): void {
    if (this.#ended !== null) return;
    this.#ended = error;
    for (const one of this.#waiting.splice(0)) one.reject(error);
  }
}
