import { connect } from "node:net";
import type { Socket } from "node:net";
import { Agent } from "undici";
import { systemClock } from "../../../src/base/clock.ts";
import type { LogFields, Logger } from "../../../src/base/logger.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { ROUTER_LIMITS } from "../../../src/router/limits.ts";
import type { RouterLimits } from "../../../src/router/limits.ts";
import { startRouter } from "../../../src/router/router.ts";
import type { RouterConfig, RunningRouter } from "../../../src/router/router.ts";
import { FakeRegion } from "./fake-region.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Ask {
  readonly method?: "GET" | "POST" | "PUT" | "HEAD" | "OPTIONS" | "PATCH";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | AsyncIterable<Buffer> | null;
  /** On a connection of its own, so that no earlier request decides where this one goes. */
  readonly fresh?: boolean;
}

/** A router before three fake regions 1, 30 and 60 ms away, with everything it logged. */
export class RouterWorld {
  readonly near = new FakeRegion("near", 1);
  readonly mid = new FakeRegion("mid", 30);
  readonly far = new FakeRegion("far", 60);
  readonly logged: { message: string; fields: LogFields }[] = [];
  router!: RunningRouter;
  readonly #agent = new Agent({ connections: 1000, pipelining: 1, headersTimeout: 30_000, maxHeaderSize: 256 * 1024 });
  readonly #sockets: Socket[] = [];

  async start(limits: RouterLimits = ROUTER_LIMITS, more: Partial<RouterConfig> = {}): Promise<this> {
    await Promise.all([this.near.start(), this.mid.start(), this.far.start()]);
    const note = (message: string, fields: LogFields = {}): void => void this.logged.push({ message, fields });
    const logger: Logger = { debug: () => {}, info: note, warn: note, error: note, with: () => logger };
    const loopback = { host: "127.0.0.1", port: 0 };
    this.router = await startRouter({
      http: loopback,
      resp: loopback,
      admin: loopback,
      regions: [this.far.address, this.mid.address, this.near.address],
      limits,
      clock: systemClock(),
      random: seededRandom(1),
      logger,
      ...more,
    });
    return this;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await this.#agent.destroy();
    await this.router.close();
    for (const region of [this.near, this.mid, this.far]) region.kill();
  }

  get origin(): string {
    return `http://127.0.0.1:${this.router.httpAddress!.port}`;
  }

  async ask(path: string, { method = "GET", headers = {}, body = null, fresh = false }: Ask = {}): Promise<Answer> {
    const reply = await this.#agent.request({
      origin: this.origin,
      path,
      method,
      headers,
      reset: fresh,
      body: body as Buffer | null,
    });
    return { status: reply.statusCode, headers: reply.headers, text: await reply.body.text() };
  }

  async admin(path: string): Promise<Answer> {
    const origin = `http://127.0.0.1:${this.router.adminAddress!.port}`;
    const reply = await this.#agent.request({ origin, path, method: "GET" });
    return { status: reply.statusCode, headers: reply.headers, text: await reply.body.text() };
  }

  /** A bare connection to one of the router's ports; what arrives is gathered. */
  async connect(door: "http" | "resp"): Promise<BareConnection> {
    const address = door === "http" ? this.router.httpAddress! : this.router.respAddress!;
    const socket = connect({ host: "127.0.0.1", port: address.port });
    this.#sockets.push(socket);
    const bare = new BareConnection(socket);
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return bare;
  }

  state(name: string): string {
    return this.router.regions().find((region) => region.name === name)?.state ?? "missing";
  }

  /** How long until the condition held, in milliseconds. */
  async until(what: string, holds: () => boolean, withinMs = 5000): Promise<number> {
    return until(what, holds, withinMs);
  }
}

export class BareConnection {
  readonly socket: Socket;
  text = "";
  bytes = 0;
  closed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.bytes += chunk.length;
      if (this.text.length < 100_000) this.text += chunk.toString("latin1");
    });
    socket.on("error", () => {});
    socket.on("close", () => (this.closed = true));
  }

  send(text: string): void {
    this.socket.write(text, "latin1");
  }
}

async function until(what: string, holds: () => boolean, withinMs = 5000): Promise<number> {
  const clock = systemClock();
  const startMs = clock.monotonicMs();
  while (!holds()) {
    if (clock.monotonicMs() - startMs > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return clock.monotonicMs() - startMs;
}
