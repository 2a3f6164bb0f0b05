import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { hostAndPort } from "../links/link.ts";

/** A port that passes connections on as they are, and counts every byte that crosses it in each direction. */
export class CountingRelay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** From who dials to who was dialled. */
  upstreamBytes = 0;
  downstreamBytes = 0;

  private constructor(upstream: string) {
    const { host, port } = hostAndPort(upstream);
    this.#server = createServer({ noDelay: true }, (dialler) => {
      const target = connect({ host, port, noDelay: true });
      this.#pass(dialler, target, (bytes) => (this.upstreamBytes += bytes));
      this.#pass(target, dialler, (bytes) => (this.downstreamBytes += bytes));
    });
  }

  static async open(upstream: string): Promise<CountingRelay> {
    const relay = new CountingRelay(upstream);
    await new Promise<void>((resolve, reject) => {
      relay.#server.once("error", reject);
      relay.#server.listen(0, "127.0.0.1", resolve);
    });
    return relay;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get bytes(): number {
    return this.upstreamBytes + this.downstreamBytes;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #pass(from: Socket, to: Socket, count: (bytes: number) => void): void {
    this.#sockets.add(from);
    from.on("data", (chunk: Buffer) => {
      count(chunk.length);
      if (!to.write(chunk)) from.pause();
    });
    to.on("drain", () => from.resume());
    from.on("error", () => {});
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
