import { connect, createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { BuiltInLinks } from "../../chaos/links/built-in-links.ts";
import { findToxiproxy } from "../../chaos/links/find-toxiproxy.ts";
import { hostAndPort, type Link, type Links } from "../../chaos/links/link.ts";
import { ToxiproxyLinks } from "../../chaos/links/toxiproxy-links.ts";

const toxiproxy = findToxiproxy(fileURLToPath(new URL("../..", import.meta.url)));

/** What a link leads to: says back what it hears, in capitals, and keeps what it has heard. */
class Shouter {
  readonly heard: Buffer[] = [];
  readonly sockets = new Set<Socket>();
  ends = 0;
  #server: Server | null = null;
  address = "";

  async listen(): Promise<void> {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.sockets.add(socket);
      socket.on("data", (chunk: Buffer) => {
        this.heard.push(chunk);
        socket.write(chunk.toString("latin1").toUpperCase());
      });
      socket.on("end", () => {
        this.ends++;
        socket.end();
      });
      socket.on("error", () => {});
      socket.on("close", () => this.sockets.delete(socket));
    });
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.address = `127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  get heardBytes(): number {
    return this.heard.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.#server?.close();
  }
}

/** Who dials: keeps what came, when, and how the connection ended. */
class Dialler {
  readonly socket: Socket;
  text = "";
  ended: "open" | "closed" | "reset" = "open";

  constructor(link: Link) {
    this.socket = connect({ ...hostAndPort(link.address), noDelay: true });
    this.socket.on("data", (chunk: Buffer) => (this.text += chunk.toString("latin1")));
    this.socket.on("error", (error: NodeJS.ErrnoException) => {
      this.ended = error.code === "ECONNRESET" ? "reset" : "closed";
    });
    this.socket.on("close", () => {
      if (this.ended === "open") this.ended = "closed";
    });
  }

  async says(text: string, answer = text.toUpperCase()): Promise<number> {
    const began = performance.now();
    const before = this.text.length;
    this.socket.write(text);
    await until("the answer", () => this.text.length >= before + answer.length || this.ended !== "open");
    expect(this.text.slice(before)).toBe(answer);
    return performance.now() - began;
  }
}

async function until(what: string, condition: () => boolean, deadlineMs = 10_000): Promise<void> {
  const giveUp = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > giveUp) throw new Error(`gave up waiting: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Long enough for data on loopback to have arrived, had it been let through. */
const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 120));

const KINDS = [
  ["the built-in proxy", () => Promise.resolve(new BuiltInLinks(1))],
  ["a toxiproxy server", () => ToxiproxyLinks.connect(toxiproxy!)],
] as const;

describe.each(KINDS)("links through %s", (name, open) => {
  const skipped = name === "a toxiproxy server" && toxiproxy === null;
  const test = skipped ? it.skip : it;
  let links: Links;
  let shouter: Shouter;
  let link: Link;
  const diallers: Dialler[] = [];
  let count = 0;

  beforeAll(async () => {
    if (skipped) return;
    links = await open();
    shouter = new Shouter();
    await shouter.listen();
  });
  afterAll(async () => {
    await links?.close();
    shouter?.close();
  });
  afterEach(async () => {
    for (const { socket } of diallers.splice(0)) socket.destroy();
    await link?.remove().catch(() => {});
    if (shouter !== undefined) {
      await until("connections are gone", () => shouter.sockets.size === 0);
      shouter.heard.length = 0;
    }
  });

  const fresh = async (upstream = shouter.address): Promise<Link> => (link = await links.open(`l${count++}`, upstream));
  const dial = (): Dialler => {
    const dialler = new Dialler(link);
    diallers.push(dialler);
    return dialler;
  };

  test("L1 pass bytes both ways, in order, and the end of either side", async () => {
    await fresh();
    const dialler = dial();
    await dialler.says("hello");
    const long = "abcdefghij".repeat(50_000);
    await dialler.says(long);
    const { ends } = shouter;
    dialler.socket.end();
    await until("both ends are passed on", () => shouter.ends === ends + 1 && dialler.ended === "closed");
  });

  test("L2 delay each stream by itself, and keep pieces on their way at once", async () => {
    await fresh();
    const dialler = dial();
    await dialler.says("warm");
    await link.addToxic("there", "upstream", { kind: "latency", latencyMs: 60, jitterMs: 0 });
    const there = await dialler.says("one way");
    expect(there).toBeGreaterThanOrEqual(58);
    await link.addToxic("back", "downstream", { kind: "latency", latencyMs: 60, jitterMs: 10 });
    expect(await dialler.says("both ways")).toBeGreaterThanOrEqual(105);
    const began = performance.now();
    for (let index = 0; index < 20; index++) {
      dialler.socket.write(`[${index}]`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const expected = Array.from({ length: 20 }, (_, index) => `[${index}]`).join("");
    await until("all are back", () => dialler.text.endsWith(expected));
    expect(performance.now() - began).toBeLessThan(20 * 120);
    await link.removeToxic("there");
    await link.removeToxic("back");
    await until("the delay is gone", () => dialler.ended === "open");
    expect(await dialler.says("again")).toBeLessThan(Math.max(60, there));
  });

  test("L3 carry no more than their bandwidth", async () => {
    await fresh();
    await link.addToxic("thin", "upstream", { kind: "bandwidth", kilobytesPerSecond: 200 });
    const tookMs = await dial().says("x".repeat(60_000));
    expect(tookMs).toBeGreaterThanOrEqual(200);
    expect(tookMs).toBeLessThan(3_000);
  });

  test("L4 swallow one stream while connects succeed and the other stream passes; healing is a new connection", async () => {
    await fresh();
    const dialler = dial();
    await dialler.says("before");
    await link.addToxic("hole", "upstream", { kind: "black-hole" });
    const later = dial();
    await once(later.socket, "connect");
    dialler.socket.write("into the void");
    later.socket.write("so is this");
    await quiet();
    expect(shouter.heardBytes).toBe("before".length);
    for (const socket of shouter.sockets) socket.write("still heard");
    await until("the other stream passes", () => [dialler, later].every(({ text }) => text.endsWith("still heard")));
    expect([dialler.ended, later.ended]).toEqual(["open", "open"]);
    await link.removeToxic("hole");
    await until("what has a gap is closed", () => dialler.ended !== "open" && later.ended !== "open");
    await dial().says("healed");
  });

  test("L5 deliver in slices, all of it", async () => {
    await fresh();
    await link.addToxic("slices", "upstream", { kind: "slicer", averageBytes: 3, pauseMicros: 2_000 });
    await dial().says("a sentence that comes in pieces");
    expect(shouter.heard.length).toBeGreaterThan(1);
  });

  test("L6 cut a connection in the middle of what it carries", async () => {
    await fresh();
    await link.addToxic("cut", "upstream", { kind: "cut-after", bytes: 1_000 });
    const dialler = dial();
    dialler.socket.write("y".repeat(50_000));
    await until("it is cut", () => dialler.ended !== "open");
    await until("what passed has arrived", () => shouter.sockets.size === 0);
    expect(shouter.heardBytes).toBe(1_000);
    await link.removeToxic("cut");
    await dial().says("whole again");
  });

  test("L7 reset connections at their first word, and close those that were open at their next", async () => {
    await fresh();
    const open = dial();
    await open.says("first");
    await link.addToxic("reset", "downstream", { kind: "reset-peer", afterMs: 0 });
    const late = dial();
    late.socket.write("hello?");
    await until("it is reset", () => late.ended !== "open");
    expect(late.ended).toBe("reset");
    open.socket.write("still here?");
    await until("it is closed", () => open.ended !== "open");
    await link.removeToxic("reset");
    await dial().says("calm");
  });

  test("L8 closed, refuse at once; opened again, listen where they were", async () => {
    await fresh();
    const { address } = link;
    const dialler = dial();
    await dialler.says("before");
    await link.setOpen(false);
    await until("it is closed", () => dialler.ended !== "open");
    const refused = dial();
    await until("it is refused", () => refused.ended !== "open");
    expect(refused.text).toBe("");
    await link.setOpen(true);
    expect(link.address).toBe(address);
    await dial().says("after");
  });

  test("L9 whose upstream is not there close what dials them", async () => {
    await fresh("127.0.0.1:1");
    const dialler = dial();
    await until("it is closed", () => dialler.ended !== "open");
    expect(dialler.text).toBe("");
  });

  test("L10 refuse a bad name, a name twice, and nobody once removed", async () => {
    await fresh();
    await expect(links.open("Not A Name", shouter.address)).rejects.toThrow(/a link is named with a–z/u);
    await expect(links.open(link.name, shouter.address)).rejects.toThrow(link.name);
    await link.addToxic("twice", "upstream", { kind: "latency", latencyMs: 1, jitterMs: 0 });
    await expect(link.addToxic("twice", "downstream", { kind: "latency", latencyMs: 1, jitterMs: 0 })).rejects.toThrow(
      /twice/u,
    );
    await link.removeToxic("never was");
    await link.remove();
    const refused = dial();
    await until("it is refused", () => refused.ended !== "open");
  });

  test("L11 say which they are", () => {
    expect(links.kind).toBe(name === "a toxiproxy server" ? "toxiproxy" : "built-in");
    expect(links.version).not.toBe("");
  });
});
