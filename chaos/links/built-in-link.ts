import { connect, createServer, type Server, type Socket } from "node:net";
import type { Random } from "../../src/base/random.ts";
import { hostAndPort, LinkError, type Link, type Stream, type Toxic } from "./link.ts";
import { Relay } from "./relay.ts";

interface Passage {
  readonly dialler: Socket;
  readonly upstream: Socket;
  readonly relays: readonly Relay[];
}

/** One listening port that passes connections on, as well or as badly as its toxics say. */
export class BuiltInLink implements Link {
  readonly name: string;
  readonly #upstream: { readonly host: string; readonly port: number };
  readonly #random: Random;
  readonly #toxics: Readonly<Record<Stream, Map<string, Toxic>>> = { upstream: new Map(), downstream: new Map() };
  readonly #passages = new Set<Passage>();
  #server: Server | null = null;
  #port = 0;

  private constructor(name: string, upstream: string, random: Random) {
    this.name = name;
    this.#upstream = hostAndPort(upstream);
    this.#random = random;
  }

  static async open(name: string, upstream: string, random: Random): Promise<BuiltInLink> {
    const link = new BuiltInLink(name, upstream, random);
    await link.setOpen(true);
    return link;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async addToxic(name: string, stream: Stream, toxic: Toxic): Promise<void> {
    if (this.#toxics.upstream.has(name) || this.#toxics.downstream.has(name)) {
      throw new LinkError(`link ${this.name} has a toxic named ${name} already`);
    }
    this.#toxics[stream].set(name, toxic);
    await Promise.resolve();
  }

  async removeToxic(name: string): Promise<void> {
    const toxic = this.#toxics.upstream.get(name) ?? this.#toxics.downstream.get(name);
    this.#toxics.upstream.delete(name);
    this.#toxics.downstream.delete(name);
    // What a black hole swallowed is missing from the stream: nobody may go on with it.
    if (toxic?.kind === "black-hole") this.#closePassages();
    await Promise.resolve();
  }

  async setOpen(open: boolean): Promise<void> {
    if (open === (this.#server !== null)) return;
    if (!open) return this.#shut();
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (dialler) => this.#pass(dialler));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: "127.0.0.1", port: this.#port }, resolve);
    });
    const address = server.address();
    if (typeof address === "object" && address !== null) this.#port = address.port;
    this.#server = server;
  }

  remove(): Promise<void> {
    return this.setOpen(false);
  }

  async #shut(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    const closed = new Promise((resolve) => server?.close(resolve));
    this.#closePassages();
    await closed;
  }

  #closePassages(): void {
    for (const { dialler, upstream } of this.#passages) {
      dialler.destroy();
      upstream.destroy();
    }
  }

  #pass(dialler: Socket): void {
    const upstream = connect({ ...this.#upstream, allowHalfOpen: true, noDelay: true });
    const cut = (): void => {
      dialler.destroy();
      upstream.destroy();
    };
    let ending: NodeJS.Timeout | undefined;
    const endAfter = (afterMs: number, reset: boolean): void => {
      ending ??= setTimeout(() => {
        if (!reset) return cut();
        dialler.resetAndDestroy();
        upstream.resetAndDestroy();
      }, afterMs);
    };
    const end = { cut, endAfter, random: this.#random };
    const relays = [
      new Relay(dialler, upstream, this.#toxics.upstream, end),
      new Relay(upstream, dialler, this.#toxics.downstream, end),
    ];
    const passage: Passage = { dialler, upstream, relays };
    this.#passages.add(passage);
    const over = (): void => {
      this.#passages.delete(passage);
      clearTimeout(ending);
      for (const relay of relays) relay.stop();
      cut();
    };
    for (const socket of [dialler, upstream]) {
      // A half that breaks takes the other with it; a half that only ends is passed on by its relay.
      socket.on("error", over);
      socket.on("close", (broken) => {
        if (broken || (dialler.destroyed && upstream.destroyed)) over();
        else if (socket === dialler ? upstream.writableEnded : dialler.writableEnded) over();
      });
    }
  }
}
