import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { encodeCommand } from "../../../src/resp/command-encoder.ts";
import { DEFAULT_RESP_LIMITS, type RespLimits } from "../../../src/server/resp/resp-limits.ts";
import { startRespServer, type RunningRespServer } from "../../../src/server/resp/resp-server.ts";
import { AddressRanges } from "../../../src/sockets/address-ranges.ts";
import { writeProxyHeader } from "../../../src/sockets/proxy-header.ts";
import { waitFor } from "../../support/processes.ts";
import { CommandWorld } from "../../unit/commands/command-world.ts";

let server: RunningRespServer | null = null;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server?.drain(0);
  server = null;
});

async function open(limits: Partial<RespLimits> = {}, proxies?: AddressRanges): Promise<CommandWorld> {
  const world = new CommandWorld();
  let id = 0;
  server = await startRespServer({
    host: "127.0.0.1",
    port: 0,
    executor: world.dispatcher,
    nextClientId: () => 1_000 + ++id,
    limits: { ...DEFAULT_RESP_LIMITS, ...limits },
    clock: systemClock(),
    logger: silentLogger,
    ...(proxies === undefined ? {} : { proxies }),
  });
  return world;
}

class Client {
  readonly socket: Socket;
  text = "";

  constructor() {
    const port = Number(server!.address.split(":")[1]);
    this.socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true });
    sockets.push(this.socket);
    this.socket.on("error", () => {});
    this.socket.on("data", (chunk: Buffer) => (this.text += chunk.toString("latin1")));
  }

  send(text: string): void {
    this.socket.write(text, "latin1");
  }

  async hears(text: string): Promise<void> {
    await waitFor(`"${text.slice(0, 40)}"`, () => this.text.length >= text.length);
    expect(this.text === text, this.text.slice(0, 200)).toBe(true);
    this.text = "";
  }
}

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;

describe("connections that share one read buffer", () => {
  test("are not mixed up, however what they say is cut, by 20 seeds", async () => {
    await open();
    for (let seed = 1; seed <= 20; seed++) {
      const random = seededRandom(seed);
      const talks = Array.from({ length: 4 }, (_, who) => {
        const words = Array.from({ length: 1 + random.below(20) }, (__, at) =>
          `${who}/${at}/`.repeat(1 + random.below(random.below(5) === 0 ? 30_000 : 30)),
        );
        const said = words.map((word) => encodeCommand(["ECHO", word])).join("");
        return { client: new Client(), said, at: 0, answer: words.map(bulk).join("") };
      });
      while (talks.some(({ at, said }) => at < said.length)) {
        for (const talk of talks) {
          const next = talk.at + 1 + random.below(random.below(2) === 0 ? 5 : talk.said.length);
          talk.client.send(talk.said.slice(talk.at, next));
          talk.at = next;
        }
        // Else the pieces of one would leave together.
        await new Promise((resolve) => setImmediate(resolve));
      }
      for (const { client, answer } of talks) await client.hears(answer);
      for (const { client } of talks) client.socket.destroy();
    }
  });

  test("what stands behind a command that waits is answered after it, and only then", async () => {
    await open();
    const [waits, other] = [new Client(), new Client()];
    const behind = Array.from({ length: 50 }, (_, at) => `behind ${at} `.repeat(200));
    waits.send(`BLPOP list 0\r\n${behind.map((word) => encodeCommand(["ECHO", word])).join("")}ECHO cu`);
    other.send(encodeCommand(["ECHO", "overwrites ".repeat(6_000)]));
    await other.hears(bulk("overwrites ".repeat(6_000)));
    waits.send("t\r\n");
    other.send("PING\r\n");
    await other.hears("+PONG\r\n");
    expect(waits.text).toBe("");
    other.send("RPUSH list element\r\n");
    await other.hears(":1\r\n");
    await waits.hears(`*2\r\n${bulk("list")}${bulk("element")}${behind.map(bulk).join("")}${bulk("cut")}`);
  });

  test("of a pipeline longer than a turn's share nothing is lost", async () => {
    await open({ commandsPerTurnMax: 7 });
    const [one, two] = [new Client(), new Client()];
    const words = Array.from({ length: 3_000 }, (_, at) => `word ${at}`);
    for (const client of [one, two]) client.send(words.map((word) => encodeCommand(["ECHO", word])).join(""));
    for (const client of [one, two]) await client.hears(words.map(bulk).join(""));
  });

  test("a client that does not take its replies is not read, and goes on when it does", async () => {
    const world = await open({ outputBytesPause: 100_000 });
    const value = "v".repeat(50_000);
    world.run(["SET", "big", value]);
    const client = new Client();
    client.socket.pause();
    // 100 MB of replies, and more requests than would be kept behind them.
    const requests = 2_000;
    client.send(encodeCommand(["GET", "big"]).repeat(requests) + encodeCommand(["ECHO", "e".repeat(30_000_000)]));
    const other = new Client();
    await waitFor("reading to stop", async () => {
      const before = server!.traffic.bytesReceived;
      for (let round = 0; round < 20; round++) {
        other.send("PING\r\n");
        await other.hears("+PONG\r\n");
      }
      return server!.traffic.bytesReceived - before === 20 * 6;
    });
    expect(server!.traffic.bytesReceived).toBeLessThan(15_000_000);
    client.socket.resume();
    await client.hears(bulk(value).repeat(requests) + bulk("e".repeat(30_000_000)));
  });

  test("a client that has said all still gets its answers: printf | nc", async () => {
    await open();
    const client = new Client();
    client.socket.end("SET k v\r\nGET k\r\n");
    await waitFor("the end", () => client.socket.readableEnded);
    expect(client.text).toBe("+OK\r\n$1\r\nv\r\n");
    await waitFor("it to be forgotten", () => server!.connectionCount === 0);
  });

  test("CLIENT KILL cuts one, QUIT ends one, a reset is a close", async () => {
    await open();
    const [killed, quits, reset, killer] = [new Client(), new Client(), new Client(), new Client()];
    killed.send("CLIENT ID\r\n");
    await waitFor("its number", () => killed.text !== "");
    killer.send(`CLIENT KILL ID ${killed.text.slice(1).trim()}\r\n`);
    await killer.hears(":1\r\n");
    await waitFor("the cut", () => killed.socket.readableEnded || killed.socket.destroyed);
    quits.send("QUIT\r\n");
    await waitFor("the end", () => quits.socket.readableEnded);
    expect(quits.text).toBe("+OK\r\n");
    quits.socket.end();
    reset.socket.resetAndDestroy();
    await waitFor("one to be left", () => server!.connectionCount === 1);
    killer.send("CLIENT LIST\r\n");
    await waitFor("the list", () => killer.text.endsWith("\r\n"));
    expect(killer.text).toContain(` addr=127.0.0.1:${killer.socket.localPort} `);
  });

  test("a drain answers what has come, a command that waits included, and waits for all to be gone", async () => {
    await open();
    const [waits, idle] = [new Client(), new Client()];
    waits.send("BLPOP list 0\r\nECHO behind\r\n");
    idle.send("PING\r\nECHO half");
    await idle.hears("+PONG\r\n");
    let isDrained = false;
    const drained = server!.drain(60_000).then(() => (isDrained = true));
    await waitFor("both to be told", () => waits.socket.readableEnded && idle.socket.readableEnded);
    expect(waits.text).toBe(`*-1\r\n${bulk("behind")}`);
    expect(isDrained).toBe(false);
    waits.socket.end();
    idle.socket.end();
    await drained;
    await waitFor("both to be forgotten", () => server!.connectionCount === 0);
    server = null;
  });

  test("one through a proxy has what came behind its header, and says who it is", async () => {
    await open({}, new AddressRanges(["127.0.0.1"]));
    const client = new Client();
    const header = writeProxyHeader(2, { address: "192.0.2.7", port: 4711 }, { address: "192.0.2.1", port: 6379 });
    client.send(header.toString("latin1"));
    client.send("PING\r\nECHO cu");
    await client.hears("+PONG\r\n");
    client.send("t\r\nCLIENT INFO\r\n");
    await waitFor("who it is", () => client.text.includes("lib-ver"));
    expect(client.text).toContain("addr=192.0.2.7:4711 ");
  });
});
