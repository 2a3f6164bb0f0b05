import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo, Server as TcpServer, Socket } from "node:net";
import { RequestDecoder } from "../../../src/resp/request-decoder.ts";
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
  /** Speaks RESP like a region, as far as sessions go; without, it echoes lines. */
  speaksResp = false;
  /** Every command its RESP side was sent, each with the name of its user. */
  readonly commands: string[] = [];
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

  /** As CLIENT KILL does: the region goes on, its connections are closed. */
  endRespConnections(): void {
    for (const socket of this.#respSockets) socket.end();
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
      if (this.speaksResp) return speakResp(this, socket);
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

/** A session of a region that has users, databases and names, and tells them: `WHOAMI`. `BLOCK` is not answered. */
function speakResp(region: FakeRegion, socket: Socket): void {
  const decoder = new RequestDecoder();
  const session = { user: "default", db: "0", name: "", protocol: "2" };
  const answer = (words: readonly string[]): string => {
    switch (words.slice(0, words[0] === "CLIENT" || words[0] === "ANTIPODE" ? 2 : 1).join(" ")) {
      case "AUTH":
        if (words.at(-1) !== "secret") return "-WRONGPASS invalid username-password pair\r\n";
        session.user = words.length === 3 ? words[1]! : "default";
        return "+OK\r\n";
      case "HELLO":
        session.protocol = words[1] ?? session.protocol;
        return "*2\r\n+server\r\n+redis\r\n";
      case "SELECT":
        session.db = words[1]!;
        return "+OK\r\n";
      case "CLIENT SETNAME":
        session.name = words[2]!;
        return "+OK\r\n";
      case "ANTIPODE TOKEN":
        return `$${region.name.length + 6}\r\ntoken-${region.name}\r\n`;
      case "WHOAMI":
        return `+${[region.name, ...Object.values(session)].join(" ")}\r\n`;
      case "BLOCK":
        return "";
      case "SUBSCRIBE":
        return `*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n`;
      default:
        return "+OK\r\n";
    }
  };
  socket.on("data", (chunk: Buffer) => {
    decoder.feed(chunk);
    if (chunk.includes("nonsense")) return;
    for (let words = decoder.next(); words !== null; words = decoder.next()) {
      region.commands.push(words.join(" "));
      if (!region.silent) socket.write(answer(words), "latin1");
    }
  });
  socket.on("end", () => socket.end());
}
