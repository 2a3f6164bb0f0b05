import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { Link, Links } from "../../chaos/links/link.ts";
import { encodeCommand } from "../../src/resp/command-encoder.ts";
import { ReplyDecoder } from "../../src/resp/reply-decoder.ts";
import { RequestDecoder } from "../../src/resp/request-decoder.ts";
import { hostPort } from "./processes.ts";

/** Each is what a store must never do, and one of the checkers must find. */
export type Lie =
  /** Acknowledges a SET and forgets it. */
  | "loses"
  /** Counts an increment twice. */
  | "doubles"
  /** Writes again what has been deleted. */
  | "revives"
  /** Leaves out the second half of a transaction. */
  | "halves"
  /** Does not show what it has. */
  | "hides";

/** Of what it may lie about, every so-maniest is a lie. */
const EVERY = 2;

/**
 * A man in the middle between clients and a region's RESP door: speaks the protocol, and lies. The region behind it is a real one that does
 * what it is told, so everything that is found wrong is the lie's. Without lies it passes everything on.
 */
class LyingDoor {
  readonly #upstream: string;
  readonly #lies: ReadonlySet<Lie>;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  readonly #saved = new Map<string, readonly string[]>();
  readonly #turns = new Map<Lie, number>();

  private constructor(upstream: string, lies: readonly Lie[]) {
    this.#upstream = upstream;
    this.#lies = new Set(lies);
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async open(upstream: string, lies: readonly Lie[]): Promise<LyingDoor> {
    const door = new LyingDoor(upstream, lies);
    await new Promise<void>((resolve) => door.#server.listen(0, "127.0.0.1", resolve));
    return door;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(client: Socket): void {
    const region = connect(hostPort(this.#upstream));
    for (const socket of [client, region]) {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        client.destroy();
        region.destroy();
      });
    }
    const requests = new RequestDecoder();
    const ask = asker(region);
    let last = Promise.resolve();
    client.on("data", (chunk) => {
      requests.feed(chunk);
      for (let words = requests.next(); words !== null; words = requests.next()) {
        const command = words;
        const answer = this.#answer(command, ask);
        last = last.then(async () => void client.write(await answer));
      }
    });
  }

  /** Asks at once, so that the region gets commands in their order. */
  #answer(words: readonly string[], ask: Ask): Promise<Buffer> | Buffer {
    const [name = "", key = ""] = words;
    const lies = (lie: Lie): boolean => {
      const turn = this.#turns.get(lie) ?? 0;
      this.#turns.set(lie, turn + 1);
      return this.#lies.has(lie) && turn % EVERY === 0;
    };
    switch (name.toUpperCase()) {
      case "SET":
        if (key.startsWith("string:") && lies("loses")) return Buffer.from("+OK\r\n");
        // In a transaction: something is queued, but it is not this.
        if (key.endsWith("-right") && lies("halves")) return ask(["PING"]);
        if (key.startsWith("string:")) this.#saved.set(key, words);
        break;
      case "INCRBY":
        if (lies("doubles")) void ask(words);
        break;
      case "HSET":
        if (key.startsWith("sess:")) this.#saved.set(key, words);
        break;
      case "DEL": {
        const saved = this.#saved.get(key);
        if (saved === undefined || !this.#lies.has("revives")) break;
        const reply = ask(words);
        void ask(saved);
        return reply;
      }
      case "HGETALL":
        if (lies("hides")) return Buffer.from("*0\r\n");
    }
    return ask(words);
  }
}

type Ask = (words: readonly string[]) => Promise<Buffer>;

/** Sends commands and answers each with the bytes of its reply: they come in the same order. */
function asker(region: Socket): Ask {
  const decoder = new ReplyDecoder();
  const waiting: ((reply: Buffer) => void)[] = [];
  let bytes: number[] = [];
  region.on("data", (chunk: Buffer) => {
    // Byte by byte, so that it is known where each reply ends. They are short.
    for (const byte of chunk) {
      bytes.push(byte);
      decoder.feed(Buffer.of(byte));
      if (decoder.next() === undefined) continue;
      waiting.shift()?.(Buffer.from(bytes));
      bytes = [];
    }
  });
  return (words) =>
    new Promise((resolve) => {
      waiting.push(resolve);
      region.write(encodeCommand(words), "latin1");
    });
}

/** Links like `inner`, but for the RESP door that clients have to `region`: that one lies. */
export function lyingLinks(inner: Links, region: string, lies: readonly Lie[]): Links {
  const doors: LyingDoor[] = [];
  return {
    kind: inner.kind,
    version: inner.version,
    async open(name, upstream): Promise<Link> {
      if (!name.endsWith(`_clients_to_${region}_resp`)) return inner.open(name, upstream);
      const door = await LyingDoor.open(upstream, lies);
      doors.push(door);
      return inner.open(name, door.address);
    },
    async close() {
      await inner.close();
      for (const door of doors) door.close();
    },
  };
}
