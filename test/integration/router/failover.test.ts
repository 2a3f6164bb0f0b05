import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ROUTER_LIMITS } from "../../../src/router/limits.ts";
import { RouterWorld } from "./router-world.ts";

let world: RouterWorld;

beforeEach(async () => {
  world = await new RouterWorld().start();
});

afterEach(() => world.stop());

describe("a region is killed", () => {
  test("no request is lost while it is found out, and it is down within two seconds", async () => {
    world.near.kill();
    const statuses = new Set<number>();
    const regions = new Set<unknown>();
    const downMs = await (async () => {
      const down = world.until("near is down", () => world.state("near") === "down");
      for (let sent = 0; sent < 30; sent++) {
        const answer = await world.ask("/incr/k", { method: "POST" });
        statuses.add(answer.status);
        regions.add(answer.headers["x-region"]);
      }
      return down;
    })();
    expect(downMs).toBeLessThanOrEqual(2000);
    expect([...statuses]).toEqual([200]);
    expect([...regions]).toEqual(["mid"]);
    expect(world.mid.seen).toHaveLength(30);
  });

  test("without any traffic it is down within two seconds too", async () => {
    world.near.kill();
    const downMs = await world.until("near is down", () => world.state("near") === "down");
    expect(downMs).toBeLessThanOrEqual(2000);
  });

  test("replies from elsewhere are marked, and the change is logged with its reason", async () => {
    world.near.kill();
    const moved = await world.ask("/get/k");
    expect(moved.headers).toMatchObject({ "x-region": "mid", "x-failover": "near" });
    await world.until("near is down", () => world.state("near") === "down");
    const later = await world.ask("/get/k");
    expect(later.headers).toMatchObject({ "x-region": "mid", "x-region-nearest": "mid", "x-failover": "near" });
    const down = world.logged.find((line) => line.message === "region is down")!;
    expect(down.fields).toMatchObject({ region: "near", to: "down" });
    expect(down.fields["reason"]).toMatch(/3 probes failed.*ECONNREFUSED/u);
    const nearest = world.logged.findLast((line) => line.message === "nearest region changed")!;
    expect(nearest.fields).toMatchObject({ from: "near", to: "mid" });
    expect((await world.admin("/metrics")).text).toMatch(
      /antipode_router_failovers_total\{from="near",to="mid",repeated="false"\} \d/u,
    );
  });

  test("a request pinned to it is an error, never a silent move", async () => {
    world.near.kill();
    const headers = { "x-region-force": "near" };
    const before = await world.ask("/get/k", { headers });
    expect(before.status).toBe(503);
    await world.until("near is down", () => world.state("near") === "down");
    const after = await world.ask("/get/k", { headers });
    expect(after).toMatchObject({ status: 503 });
    expect(after.headers["retry-after"]).toBe("1");
    expect(JSON.parse(after.text)).toEqual({
      error: "ERR region 'near' is down and the request is pinned to it; nothing was done",
    });
    expect(world.mid.seen.length + world.far.seen.length).toBe(0);
  });

  test("one that is preferred gives way", async () => {
    world.far.kill();
    await world.until("far is down", () => world.state("far") === "down");
    const answer = await world.ask("/get/k", { headers: { "x-region": "far" } });
    expect(answer.headers).toMatchObject({ "x-region": "near", "x-failover": "far" });
  });

  test("a body that streamed goes to the next region as long as none of it has left", async () => {
    world.near.kill();
    const body = Buffer.alloc(2 * 1024 * 1024, 9);
    const answer = await world.ask("/set/k", { method: "POST", body });
    expect(answer).toMatchObject({ status: 200 });
    expect(world.mid.seen[0]!.body.equals(body)).toBe(true);
  });
});

describe("a region falls silent", () => {
  test("it is down within two seconds; reads that hung there are answered elsewhere, an INCR is not sent twice", async () => {
    world.near.silent = true;
    const read = world.ask("/get/k");
    const write = world.ask("/incr/k", { method: "POST" });
    const pipeline = world.ask("/pipeline", { method: "POST", body: '[["GET","a"],["INCR","b"]]' });
    const reads = world.ask("/pipeline", { method: "POST", body: '[["GET","a"],["HGETALL","b"]]' });
    const downMs = await world.until("near is down", () => world.state("near") === "down");
    expect(downMs).toBeLessThanOrEqual(2000);
    for (const answer of [await read, await reads]) {
      expect(answer.status).toBe(200);
      expect(answer.headers).toMatchObject({ "x-region": "mid", "x-failover": "near" });
    }
    for (const answer of [await write, await pipeline]) {
      expect(answer.status).toBe(502);
      expect(JSON.parse(answer.text)).toEqual({
        error: expect.stringMatching(/^ERR region 'near' failed after it was sent.*outcome is unknown$/u),
      });
    }
    expect(world.near.urls().toSorted()).toEqual(["/get/k", "/incr/k", "/pipeline", "/pipeline"]);
    expect(world.mid.urls().toSorted()).toEqual(["/get/k", "/pipeline"]);
    expect((await world.ask("/incr/k", { method: "POST" })).headers["x-region"]).toBe("mid");
  });

  test("a reply that had begun is cut, not ended as if it were whole", async () => {
    world.near.handler = (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: one\n\n");
    };
    const bare = await world.connect("http");
    bare.send("POST /subscribe/ch HTTP/1.1\r\nhost: r\r\ncontent-length: 0\r\n\r\n");
    await world.until("the first event", () => bare.text.includes("data: one"));
    world.near.silent = true;
    await world.until("the stream is closed", () => bare.closed, 3000);
    expect(bare.text).not.toContain("\r\n0\r\n");
  });
});

describe("a region fails under a request", () => {
  test("a read whose connection was reset is sent again; an INCR is not, and its outcome is called unknown", async () => {
    world.near.handler = (_request, response) => response.socket!.resetAndDestroy();
    expect((await world.ask("/get/k", { fresh: true })).headers).toMatchObject({
      "x-region": "mid",
      "x-failover": "near",
    });
    expect((await world.ask("/set/k/v", { fresh: true })).headers).toMatchObject({ "x-region": "mid" });
    const write = await world.ask("/incr/k", { method: "POST", fresh: true });
    expect(write.status).toBe(502);
    expect(write.text).toContain("the outcome is unknown");
    const lock = await world.ask("/set/k/v/NX", { fresh: true });
    expect(lock.status).toBe(502);
    expect(world.near.urls()).toEqual(["/get/k", "/set/k/v", "/incr/k", "/set/k/v/NX"]);
    expect(world.mid.urls()).toEqual(["/get/k", "/set/k/v"]);
  });

  test("a 503 to a read is asked elsewhere, to a write it is passed on", async () => {
    world.near.handler = (_request, response) => world.near.reply(response, 503, { error: "ERR syncing" });
    expect((await world.ask("/get/k", { fresh: true })).headers["x-region"]).toBe("mid");
    expect(await world.ask("/incr/k", { fresh: true })).toMatchObject({ status: 503, text: '{"error":"ERR syncing"}' });
    expect(world.mid.urls()).toEqual(["/get/k"]);
  });

  test("requests that fail while probes succeed take it down", async () => {
    world.near.handler = (_request, response) => response.socket!.resetAndDestroy();
    for (let sent = 0; sent < 5; sent++) await world.ask("/incr/k", { fresh: true });
    expect(world.state("near")).toBe("down");
    expect((await world.ask("/incr/k", { fresh: true })).headers["x-region"]).toBe("mid");
  });
});

describe("all regions are gone", () => {
  test("each is tried once, then 503 with Retry-After; and the first to return serves", async () => {
    for (const region of [world.near, world.mid, world.far]) region.kill();
    await world.until("all are down", () =>
      ["near", "mid", "far"].every((name) => world.state(name) !== "healthy" && world.state(name) !== "suspect"),
    );
    const answer = await world.ask("/incr/k");
    expect(answer.status).toBe(503);
    expect(answer.headers["retry-after"]).toBe("1");
    expect(JSON.parse(answer.text)).toEqual({
      error: "ERR no region could be reached (tried near, mid, far); nothing was done",
    });
    expect((await world.admin("/readyz")).status).toBe(503);
    await world.mid.restart();
    const served = await world.ask("/incr/k");
    expect(served).toMatchObject({ status: 200 });
    expect(served.headers["x-region"]).toBe("mid");
  });
});

test("a region that comes back is probed, warmed, and becomes the nearest again", async () => {
  await world.stop();
  const { health, choice } = ROUTER_LIMITS;
  const limits = {
    ...ROUTER_LIMITS,
    health: { ...health, ejectionMs: 300, warmingMs: 300 },
    choice: { ...choice, dwellMs: 500, shiftMs: 200, roundMs: 100, stickyMs: 100 },
  };
  world = await new RouterWorld().start(limits);
  world.near.kill();
  await world.until("near is down", () => world.state("near") === "down");
  expect((await world.ask("/get/k")).headers["x-region-nearest"]).toBe("mid");
  await world.near.restart();
  await world.until("near is healthy", () => world.state("near") === "healthy", 8000);
  await world.until(
    "near is the nearest",
    () => world.router.regions().find((region) => region.nearest)?.name === "near",
    8000,
  );
  const changes = world.logged.filter(
    (line) => line.message === "region changed state" && line.fields["region"] === "near",
  );
  expect(changes.map((line) => line.fields["to"]).slice(-3)).toEqual(["probing", "warming", "healthy"]);
});
