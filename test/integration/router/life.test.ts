import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { RouterConfigError, startRouter } from "../../../src/router/router.ts";
import type { RouterConfig } from "../../../src/router/router.ts";
import { RouterWorld } from "./router-world.ts";

let world: RouterWorld | null = null;

afterEach(async () => {
  await world?.stop();
  world = null;
});

describe("draining", () => {
  test("what is in flight finishes, over HTTP and RESP, and nothing new is accepted", async () => {
    world = await new RouterWorld().start();
    world.near.delayMs = 300;
    const open = world.ask("/incr/k");
    const idle = await world.connect("resp");
    const busy = await world.connect("resp");
    idle.send("PING\r\n");
    await world.until("a reply", () => idle.text !== "");
    world.near.silent = true;
    busy.send("SLOW\r\n");
    await world.until(
      "the requests are there",
      () => world!.near.seen.length === 1 && world!.near.lines.includes("SLOW"),
    );
    world.near.silent = false;
    const drained = world.router.drain(1000);
    await world.until("the idle connection is closed", () => idle.closed);
    expect((await open).status).toBe(200);
    expect((await open).headers["connection"]).toBe("close");
    await expect(world.connect("resp")).rejects.toThrow();
    await expect(world.connect("http")).rejects.toThrow();
    expect(busy.closed).toBe(false);
    await drained;
    await world.until("the rest is closed at the deadline", () => busy.closed);
  });

  test("idle keep-alive connections and event streams do not hold it up", async () => {
    world = await new RouterWorld().start();
    world.near.handler = (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    };
    const stream = await world.connect("http");
    stream.send("POST /subscribe/ch HTTP/1.1\r\nhost: r\r\ncontent-length: 0\r\n\r\n");
    const idle = await world.connect("http");
    idle.send("GET /regions HTTP/1.1\r\nhost: r\r\n\r\n");
    await world.until("both are open", () => stream.text.includes("200 OK") && idle.text.includes("200 OK"));
    const clock = systemClock();
    const startMs = clock.monotonicMs();
    await world.router.drain(10_000);
    expect(clock.monotonicMs() - startMs).toBeLessThan(2000);
    await world.until("both are closed", () => stream.closed && idle.closed);
  });

  test("close cuts a drain short, and a second one is no error", async () => {
    world = await new RouterWorld().start();
    world.near.silent = true;
    const hanging = world.ask("/incr/k").catch(() => "cut");
    await world.until("it is there", () => world!.near.seen.length === 1);
    const drained = world.router.drain(60_000);
    await Promise.all([world.router.close(), world.router.close(), drained]);
    expect(await hanging).toBe("cut");
  });
});

describe("starting", () => {
  const region = { name: "a", restUrl: "http://127.0.0.1:1", respUrl: null };
  const loopback = { host: "127.0.0.1", port: 0 };
  const config = (more: Partial<RouterConfig>): RouterConfig => ({
    http: loopback,
    resp: null,
    regions: [region],
    clock: systemClock(),
    random: seededRandom(1),
    logger: silentLogger,
    ...more,
  });

  test.each<[string, Partial<RouterConfig>, string]>([
    ["no region", { regions: [] }, "at least one region"],
    ["a region twice", { regions: [region, region] }, '"a" is given twice'],
    ["no door", { http: null }, "an HTTP or a RESP address"],
    ["RESP with no region that has it", { resp: loopback }, "no region has one"],
  ])("refuses %s", async (_says, more, message) => {
    const started = startRouter(config(more));
    await expect(started).rejects.toThrow(RouterConfigError);
    await expect(started).rejects.toThrow(message);
  });

  test("with all regions away it serves errors, and picks them up when they come", async () => {
    const router = await startRouter(config({}));
    const reply = await fetch(`http://127.0.0.1:${router.httpAddress!.port}/get/k`);
    expect(reply.status).toBe(503);
    expect(await reply.json()).toEqual({ error: "ERR no region could be reached (tried a); nothing was done" });
    await router.close();
  });

  test("a taken port is an error, and nothing is left running", async () => {
    world = await new RouterWorld().start();
    const taken = { host: "127.0.0.1", port: world.router.httpAddress!.port };
    await expect(startRouter(config({ http: taken }))).rejects.toThrow("EADDRINUSE");
  });

  test("an address that answers as another region is not used", async () => {
    world = await new RouterWorld().start();
    world.near.readyz = { status: 200, body: '{"region":"elsewhere","state":"ready"}' };
    await world.until("it is down", () => world!.state("near") === "down");
    expect(world.logged.find((line) => line.message === "region is down")!.fields["reason"]).toContain(
      "answers as region 'elsewhere'",
    );
  });
});
