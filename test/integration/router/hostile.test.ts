import { afterEach, describe, expect, test } from "vitest";
import { ROUTER_LIMITS } from "../../../src/router/limits.ts";
import type { HttpLimits, RespLimits } from "../../../src/router/limits.ts";
import { RouterWorld } from "./router-world.ts";
import type { BareConnection } from "./router-world.ts";

let world: RouterWorld;

afterEach(() => world.stop());

async function open(http: Partial<HttpLimits> = {}, resp: Partial<RespLimits> = {}): Promise<void> {
  const limits = {
    ...ROUTER_LIMITS,
    http: { ...ROUTER_LIMITS.http, ...http },
    resp: { ...ROUTER_LIMITS.resp, ...resp },
  };
  world = await new RouterWorld().start(limits, { resumesSessions: true });
}

async function send(text: string): Promise<BareConnection> {
  const bare = await world.connect("http");
  bare.send(text);
  return bare;
}

const HEAD = "POST /set/k HTTP/1.1\r\nhost: r\r\n";

describe("requests that mean two things", () => {
  test.each([
    [
      "a length and chunks",
      `${HEAD}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n`,
    ],
    ["chunks that are not the last coding", `${HEAD}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
    ["an unknown coding", `${HEAD}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ["two lengths", `${HEAD}content-length: 1\r\ncontent-length: 2\r\n\r\nab`],
    ["a signed length", `${HEAD}content-length: +1\r\n\r\na`],
    ["a negative length", `${HEAD}content-length: -1\r\n\r\n`],
    ["a list of lengths", `${HEAD}content-length: 1, 1\r\n\r\na`],
    ["space before a colon", `${HEAD}content-length : 1\r\n\r\na`],
    ["a line that is no header", `${HEAD}nonsense\r\n\r\n`],
    ["an old protocol's words", "GET /get/k\r\n\r\n"],
    ["another protocol", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["no host", "GET /get/k HTTP/1.1\r\n\r\n"],
  ])("%s: 400, and no region hears of it", async (_what, text) => {
    await open();
    const bare = await send(text);
    await world.until("it is closed", () => bare.closed);
    expect(bare.text).toMatch(/^HTTP\/1\.1 400 /u);
    expect(bare.text.match(/HTTP\/1\.1 \d/gu)).toHaveLength(1);
    expect(world.near.seen).toEqual([]);
  });

  test("chunks that are none break the request off: the region has no whole one", async () => {
    await open({ retryBodyBytesMax: 4 });
    const bare = await send(`${HEAD}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\nGET /x HTTP/1.1\r\n\r\n`);
    await world.until("it is closed", () => bare.closed);
    expect(world.near.seen).toEqual([]);
  });

  test("two requests in one piece are two, answered in order", async () => {
    await open();
    const bare = await send("GET /get/a HTTP/1.1\r\nhost: r\r\n\r\nGET /get/b HTTP/1.1\r\nhost: r\r\n\r\n");
    await world.until("both answers", () => bare.text.includes("near /get/b"));
    expect(bare.text.indexOf("near /get/a")).toBeLessThan(bare.text.indexOf("near /get/b"));
  });
});

describe("clients that are slow, large or gone", () => {
  test("headers that do not come: 408", async () => {
    await open({ clientHeadersTimeoutMs: 300, clientRequestTimeoutMs: 600 });
    const bare = await send("GET /get/k HTTP/1.1\r\nhost: r\r\nx-slow: ");
    await world.until("it is closed", () => bare.closed, 60_000);
    expect(bare.text).toMatch(/^HTTP\/1\.1 408 /u);
  }, 70_000);

  test("a body larger than any may be: 413, with its length or without", async () => {
    await open({ requestBytesMax: 1000, retryBodyBytesMax: 100 });
    const told = await send(`${HEAD}content-length: 1001\r\n\r\nabc`);
    await world.until("an answer", () => told.closed);
    expect(told.text).toMatch(/^HTTP\/1\.1 413 /u);
    expect(told.text).toContain("ERR max request size exceeded. Limit: 1000 bytes");
    const untold = await send(`${HEAD}transfer-encoding: chunked\r\n\r\n`);
    for (let sent = 0; sent < 40 && !untold.closed; sent++) {
      untold.send(`32\r\n${"x".repeat(50)}\r\n`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await world.until("an answer", () => untold.closed);
    expect(untold.text).toMatch(/^HTTP\/1\.1 413 /u);
    expect(world.near.seen).toEqual([]);
  });

  test("who takes nothing of its reply is cut off, and so is the region's side", async () => {
    await open({ clientStallMs: 200 });
    let gone = false;
    world.near.handler = (_request, response) => {
      response.on("close", () => (gone = true));
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
        response.once("drain", more);
      };
      more();
    };
    const bare = await world.connect("http");
    bare.socket.pause();
    bare.send("GET /get/large HTTP/1.1\r\nhost: r\r\n\r\n");
    await world.until("the region's side is cut", () => gone);
    bare.socket.resume();
    await world.until("and the client's", () => bare.closed);
  });

  test("who is gone takes its request along, by a reset or by an end", async () => {
    await open();
    let gone = 0;
    world.near.handler = (_request, response) => void response.on("close", () => (gone += 1));
    for (const leave of ["resetAndDestroy", "end"] as const) {
      const before = world.near.seen.length;
      const leaver = await send("GET /get/l HTTP/1.1\r\nhost: r\r\n\r\n");
      await world.until("the region has it", () => world.near.seen.length === before + 1);
      leaver.socket[leave]();
      await world.until("the region hears of it", () => gone === before + 1);
    }
  });

  test("connections of one address beyond its limit are refused", async () => {
    await open({ connectionsPerAddressMax: 2 }, { connectionsPerAddressMax: 1 });
    const [first, , third] = [await world.connect("http"), await world.connect("http"), await world.connect("http")];
    await world.until("the third is refused", () => third.closed);
    expect(third.text).toMatch(/^HTTP\/1\.1 503 /u);
    first.socket.destroy();
    let answered = false;
    for (let tries = 0; tries < 100 && !answered; tries++) answered = await isAnswered();
    expect(answered).toBe(true);
    await world.connect("resp");
    const second = await world.connect("resp");
    await world.until("it is refused", () => second.closed);
    expect(second.text).toBe("-ERR max number of clients reached\r\n");
  });

  const isAnswered = async (): Promise<boolean> => {
    const bare = await send("GET /get/k HTTP/1.1\r\nhost: r\r\nconnection: close\r\n\r\n");
    await world.until("it is closed", () => bare.closed);
    return bare.text.startsWith("HTTP/1.1 200 ");
  };

  test("an upgrade is not made, a continue is answered, trailers are dropped", async () => {
    await open();
    const upgrade = await send("GET /get/k HTTP/1.1\r\nhost: r\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
    await world.until("a plain answer", () => upgrade.text.includes("near /get/k"));
    expect(upgrade.text).toMatch(/^HTTP\/1\.1 200 /u);
    expect(world.near.seen[0]!.headers.upgrade).toBeUndefined();
    const patient = await send(`${HEAD}expect: 100-continue\r\ncontent-length: 2\r\n\r\n`);
    await world.until("it may go on", () => patient.text.startsWith("HTTP/1.1 100 "));
    patient.send("ab");
    await world.until("an answer", () => patient.text.includes("200 OK"));
    const trailing = await send(
      `${HEAD}transfer-encoding: chunked\r\ntrailer: x-t\r\n\r\n2\r\nab\r\n0\r\nx-t: 1\r\n\r\n`,
    );
    await world.until("an answer", () => trailing.text.includes("200 OK"));
    expect(world.near.seen.map((request) => String(request.body))).toEqual(["", "ab", "ab"]);
  });
});

describe("regions that answer what is no answer", () => {
  test.each([
    ["garbage", "\u0000\u0001garbage\r\n\r\n", "502"],
    ["nothing", "", "502"],
    ["headers beyond the limit", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(200_000)}\r\n\r\n`, "502"],
    ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", "502"],
  ])("%s", async (_what, bytes, status) => {
    await open();
    world.near.handler = (_request, response) => void response.socket!.end(bytes, "latin1");
    const answer = await world.ask("/incr/k", { method: "POST" });
    expect(String(answer.status)).toBe(status);
    expect(answer.text).toContain("the outcome is unknown");
  });

  test.each([
    ["less than it announced", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc"],
    ["chunks that break off", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"],
    ["chunks that are none", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n"],
  ])("%s: half a reply never looks whole", async (_what, bytes) => {
    await open();
    world.near.handler = (_request, response) => void response.socket!.end(bytes, "latin1");
    await expect(world.ask("/incr/k", { method: "POST" })).rejects.toThrow();
  });

  test("more than it announced is not passed on, and spoils nothing after it", async () => {
    await open();
    world.near.handler = (_request, response) =>
      void response.socket!.write(
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nabHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil",
      );
    expect((await world.ask("/get/a")).text).toBe("ab");
    await new Promise((resolve) => setTimeout(resolve, 50));
    world.near.handler = (_request, response) => world.near.reply(response, 200, "good");
    expect((await world.ask("/get/b")).text).toBe('"good"');
  });

  test("early hints are for the router alone", async () => {
    await open();
    world.near.handler = (_request, response) => {
      response.writeEarlyHints({ link: "</x>; rel=preload" });
      world.near.reply(response, 200, 1);
    };
    expect(await world.ask("/get/k")).toMatchObject({ status: 200, text: "1" });
  });
});

describe("RESP that is followed", () => {
  test("passes as it came, whatever it is: garbage, and 32 MB either way to who does not read", async () => {
    await open();
    const garbage = await world.connect("resp");
    garbage.send("*3\r\n$zz\r\n\u0000\u00ff*");
    await world.until("the region has it", () => world.near.lines.includes("$zz"));
    const bare = await world.connect("resp");
    bare.socket.pause();
    bare.send("BULK\r\n");
    await world.until("the command arrives", () => world.near.lines.includes("BULK"));
    bare.socket.resume();
    await world.until("32 MB", () => bare.bytes === 32 * 1024 * 1024, 20_000);
  });
});
