import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo, Server as TcpServer, Socket } from "node:net";
import type { RegionAddress } from "../../../src/router/region-flag.ts";

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

type Handler = (request: SeenRequest, response: ServerResponse) => void;

/** A region for the router to talk to: readiness, REST and RESP on loopback, and faults to order. */
export class FakeRegion {
  readonly name: string;
  readonly seen: SeenRequest[] = [];
  /** Lines the RESP side was sent. */
  readonly lines: string[] = [];
  /** Silent: connections are accepted, nothing is answered, as behind a black hole. */
  silent = false;
  delayMs: number;
  readyz: { status: number; body: string };
  handler: Handler;
  readonly #sockets = new Set<Socket>();
  readonly #respSockets = new Set<Socket>();
  #http: Server;
  #resp: TcpServer;
  #ports: { http: number; resp: number } = { http: 0, resp: 0 };

  constructor(name: string, delayMs: number) {
    this.name = name;
    this.delayMs = delayMs;
    this.readyz = { status: 200, body: JSON.stringify({ region: name, state: "ready", lagMs: 0 }) };
    this.handler = (request, response) => this.reply(response, 200, { result: `${name} ${request.url}` });
    this.#http = this.#openHttp();
    this.#resp = this.#openResp();
  }

  get address(): RegionAddress {
    return {
      name: this.name,
      restUrl: `http://127.0.0.1:${this.#ports.http}`,
      respUrl: `redis://127.0.0.1:${this.#ports.resp}`,
    };
  }

  get respConnections(): number {
    return this.#respSockets.size;
  }

  async start(): Promise<void> {
    await Promise.all([
      new Promise<void>((resolve) => this.#http.listen(this.#ports.http, "127.0.0.1", resolve)),
      new Promise<void>((resolve) => this.#resp.listen(this.#ports.resp, "127.0.0.1", resolve)),
    ]);
    this.#ports = {
      http: (this.#http.address() as AddressInfo).port,
      resp: (this.#resp.address() as AddressInfo).port,
    };
  }

  /** As kill -9 does: ports closed, connections reset. */
  kill(): void {
    this.#http.close();
    this.#resp.close();
    for (const socket of [...this.#sockets, ...this.#respSockets]) socket.resetAndDestroy();
  }

  /** Only the RESP port goes away. */
  async closeResp(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#resp.close(() => resolve());
      for (const socket of this.#respSockets) socket.destroy();
    });
  }

  async restart(): Promise<void> {
    this.silent = false;
    this.#http = this.#openHttp();
    this.#resp = this.#openResp();
    await this.start();
  }

  reply(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  }

  urls(): string[] {
    return this.seen.map((request) => request.url);
  }

  #openHttp(): Server {
    const server = createServer({ maxHeaderSize: 128 * 1024 }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { method = "", url = "", headers, rawHeaders } = request;
        const seen = { method, url, headers, rawHeaders, body: Buffer.concat(chunks) };
        if (url !== "/readyz") this.seen.push(seen);
        if (this.silent) return;
        setTimeout(() => {
          if (this.silent || response.destroyed) return;
          if (url === "/readyz") response.writeHead(this.readyz.status).end(this.readyz.body);
          else this.handler(seen, response);
        }, this.delayMs);
      });
      request.on("error", () => {});
    });
    server.on("connection", (socket: Socket) => track(this.#sockets, socket));
    return server;
  }

  #openResp(): TcpServer {
    return createTcpServer({ allowHalfOpen: true }, (socket) => {
      track(this.#respSockets, socket);
      socket.on("data", (chunk: Buffer) => {
        const text = chunk.toString("latin1");
        for (const line of text.split("\r\n").filter((one) => one !== "")) {
          this.lines.push(line);
          if (this.silent) continue;
          if (line === "BULK") socket.write(Buffer.alloc(32 * 1024 * 1024, 120));
          else socket.write(`+${this.name} ${line}\r\n`);
        }
      });
      socket.on("end", () => socket.end("+bye\r\n"));
    });
  }
}

function track(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.on("error", () => {});
  socket.on("close", () => sockets.delete(socket));
}
