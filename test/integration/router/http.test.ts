import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ROUTER_LIMITS } from "../../../src/router/limits.ts";
import { RouterWorld } from "./router-world.ts";

let world: RouterWorld;

beforeEach(async () => {
  world = await new RouterWorld().start();
});

afterEach(() => world.stop());

describe("where a request goes", () => {
  test("to the nearest region, which the headers name", async () => {
    const answer = await world.ask("/get/k");
    expect(answer).toMatchObject({ status: 200, text: '{"result":"near /get/k"}' });
    expect(answer.headers).toMatchObject({ "x-region": "near", "x-region-nearest": "near" });
    expect(answer.headers["x-failover"]).toBeUndefined();
    expect(answer.headers["server-timing"]).toMatch(/^region;desc="near";dur=[\d.]+, router;dur=[\d.]+$/u);
  });

  test.each(["x-region", "fly-prefer-region", "x-region-force", "fly-force-region"])(
    "to the one that %s names",
    async (header) => {
      const answer = await world.ask("/get/k", { headers: { [header]: "far" } });
      expect(answer).toMatchObject({ status: 200, text: '{"result":"far /get/k"}' });
      expect(world.far.seen[0]!.headers[header]).toBeUndefined();
    },
  );

  test("forced before preferred", async () => {
    const answer = await world.ask("/get/k", { headers: { "x-region": "mid", "x-region-force": "far" } });
    expect(answer.headers["x-region"]).toBe("far");
  });

  test("nowhere, if there is no such region", async () => {
    const answer = await world.ask("/get/k", { headers: { "x-region": "mars" } });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toEqual({ error: "ERR unknown region 'mars'; known: far, mid, near" });
  });

  test("GET /regions lists them with state and score, and no private address", async () => {
    const { status, text } = await world.ask("/regions");
    expect(status).toBe(200);
    const listed = JSON.parse(text) as { nearest: string; regions: Record<string, unknown>[] };
    expect(listed.nearest).toBe("near");
    expect(listed.regions.map((region) => region["name"])).toEqual(["near", "mid", "far"]);
    expect(listed.regions[0]).toMatchObject({ state: "healthy", available: true, nearest: true, degraded: null });
    expect(listed.regions[2]!["scoreMs"]).toBeGreaterThan(50);
    expect(text).not.toContain("127.0.0.1");
  });

  test("a region that says it is syncing is the last choice", async () => {
    world.near.readyz = { status: 503, body: '{"region":"near","state":"syncing"}' };
    await world.until("near is degraded", () => world.router.regions()[2]!.degraded === "syncing");
    const answer = await world.ask("/get/k");
    expect(answer.headers).toMatchObject({ "x-region": "mid", "x-failover": "near" });
  });
});

describe("what passes through", () => {
  test("any path, byte for byte", async () => {
    for (const path of [
      "/set/k/%FF%00",
      "/set/k/..%2F..%2Fetc",
      "/get/../up",
      "/get/a//b/./c?x=%zz&y",
      "/get/%E0%A4%A",
      "/",
    ]) {
      expect((await world.ask(path)).status).toBe(200);
    }
    expect(world.near.urls()).toEqual([
      "/set/k/%FF%00",
      "/set/k/..%2F..%2Fetc",
      "/get/../up",
      "/get/a//b/./c?x=%zz&y",
      "/get/%E0%A4%A",
      "/",
    ]);
  });

  test("any body, whatever its content type says, small or large, with a length or without", async () => {
    const small = Buffer.from([0, 255, 1, 254, 123]);
    const large = Buffer.alloc(3 * 1024 * 1024, 7);
    const headers = { "content-type": "not a type;;" };
    async function* pieces(of: Buffer) {
      for (let at = 0; at < of.length; at += 50_000) yield of.subarray(at, at + 50_000);
    }
    for (const body of [small, large, pieces(small), pieces(large), Buffer.alloc(0)]) {
      expect((await world.ask("/set/k", { method: "POST", headers, body })).status).toBe(200);
    }
    const sizes = world.near.seen.map((request) => request.body.length);
    expect(sizes).toEqual([5, large.length, 5, large.length, 0]);
    expect(world.near.seen[0]!.body.equals(small)).toBe(true);
    expect(world.near.seen[3]!.body.equals(large)).toBe(true);
  });

  test("the sync token and the authorization, both ways untouched", async () => {
    world.near.handler = (_request, response) =>
      world.near.reply(response, 200, { result: 1 }, { "upstash-sync-token": "v2,=/+" });
    const headers = { authorization: "Bearer T", "upstash-sync-token": "v1,=/+", "upstash-encoding": "base64" };
    const answer = await world.ask("/get/k", { headers });
    expect(world.near.seen[0]!.headers).toMatchObject(headers);
    expect(answer.headers["upstash-sync-token"]).toBe("v2,=/+");
  });

  test("a region's own errors", async () => {
    world.near.handler = (_request, response) => world.near.reply(response, 401, { error: "WRONGPASS invalid token" });
    const answer = await world.ask("/get/k");
    expect(answer).toMatchObject({ status: 401, text: '{"error":"WRONGPASS invalid token"}' });
  });

  test("HEAD, OPTIONS, PUT", async () => {
    expect(await world.ask("/get/k", { method: "HEAD" })).toMatchObject({ status: 200, text: "" });
    expect((await world.ask("/get/k", { method: "OPTIONS" })).status).toBe(200);
    expect((await world.ask("/set/k", { method: "PUT", body: "v" })).status).toBe(200);
    expect(world.near.seen.map((request) => request.method)).toEqual(["HEAD", "OPTIONS", "PUT"]);
  });

  test("headers up to 128 KB, both ways; beyond that a JSON error", async () => {
    world.near.handler = (request, response) =>
      world.near.reply(response, 200, { result: request.url.length }, { "x-large": "y".repeat(100_000) });
    const answer = await world.ask(`/set/k/${"x".repeat(100_000)}`);
    expect(answer).toMatchObject({ status: 200, text: '{"result":100007}' });
    expect(answer.headers["x-large"]).toHaveLength(100_000);
    const bare = await world.connect("http");
    bare.send(`GET /set/k/${"x".repeat(140_000)} HTTP/1.1\r\nhost: r\r\n\r\n`);
    await world.until("an answer", () => bare.closed);
    expect(bare.text).toMatch(/^HTTP\/1.1 431 /u);
    expect(bare.text).toContain(
      '{"error":"ERR max header size exceeded. Limit: 131072 bytes; send large values in a body"}',
    );
  });

  test("an event stream, event by event, and the client's leaving it", async () => {
    let gone = false;
    let send: (text: string) => void = () => {};
    world.near.handler = (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
      send = (text) => response.write(text);
      response.on("close", () => (gone = true));
    };
    const bare = await world.connect("http");
    bare.send("POST /subscribe/ch HTTP/1.1\r\nhost: r\r\ncontent-length: 2\r\n\r\n[]");
    await world.until("headers before any event", () => bare.text.includes("text/event-stream"));
    for (const event of ["data: subscribe,ch,1\n\n", "data: message,ch,a\n\n", "data: message,ch,b\n\n"]) {
      send(event);
      await world.until("the event", () => bare.text.includes(event));
    }
    bare.socket.destroy();
    await world.until("the region sees the client leave", () => gone);
  });

  test("a large reply to a slow reader, without being gathered in memory", async () => {
    let written = 0;
    world.near.handler = (_request, response) => {
      response.writeHead(200);
      const piece = Buffer.alloc(64 * 1024, 120);
      const more = (): void => {
        while (written < 1000 * piece.length) {
          written += piece.length;
          if (!response.write(piece)) return void response.once("drain", more);
        }
        response.end();
      };
      more();
    };
    const bare = await world.connect("http");
    bare.socket.pause();
    bare.send("GET /get/large HTTP/1.1\r\nhost: r\r\nconnection: close\r\n\r\n");
    let last = -1;
    await world.until("the region is held back", () => {
      const stands = written > 0 && written === last;
      last = written;
      return stands;
    });
    expect(written).toBeLessThan(40 * 1024 * 1024);
    bare.socket.resume();
    await world.until("the whole reply", () => bare.closed, 10_000);
    expect(bare.bytes).toBeGreaterThanOrEqual(1000 * 64 * 1024);
  });
});

describe("what is refused", () => {
  test.each([
    ["an absolute target: no open relay", "GET http://127.0.0.1:1/ HTTP/1.1\r\nhost: r\r\n\r\n", 400],
    ["what is not HTTP", "*1\r\n$4\r\nPING\r\n", 400],
    [
      "a request with two lengths",
      "POST / HTTP/1.1\r\nhost: r\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
      400,
    ],
  ])("%s", async (_says, text, status) => {
    const bare = await world.connect("http");
    bare.send(text);
    await world.until("an answer", () => bare.text.includes("}"));
    expect(bare.text).toMatch(new RegExp(`^HTTP/1.1 ${status} `, "u"));
    expect(bare.text).toContain('{"error":"ERR bad request');
    expect(world.near.seen).toEqual([]);
  });

  test("more requests in flight to a region than its limit", async () => {
    await world.stop();
    const http = { ...ROUTER_LIMITS.http, requestsInFlightPerRegionMax: 2 };
    world = await new RouterWorld().start({ ...ROUTER_LIMITS, http });
    world.near.delayMs = 200;
    const answers = await Promise.all([1, 2, 3].map((key) => world.ask(`/get/${key}`)));
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, 200, 503]);
    const refused = answers.find((answer) => answer.status === 503)!;
    expect(refused.text).toContain("ERR max requests in flight to region 'near' exceeded. Limit: 2");
    expect((await world.ask("/get/k")).status).toBe(200);
  });

  test("CONNECT opens nothing", async () => {
    const bare = await world.connect("http");
    bare.send("CONNECT 127.0.0.1:22 HTTP/1.1\r\nhost: r\r\n\r\n");
    await world.until("it is closed", () => bare.closed);
  });
});

describe("the admin door", () => {
  test("says that it lives, whether it can serve, and what it counted", async () => {
    await world.ask("/get/k");
    await world.ask("/get/k", { headers: { "x-region": "mars" } });
    expect((await world.admin("/livez")).status).toBe(200);
    expect(await world.admin("/readyz")).toMatchObject({ status: 200, text: '{"state":"ready"}' });
    const { text } = await world.admin("/metrics");
    expect(text).toContain('antipode_router_http_requests_total{region="near",outcome="answered"} 1');
    expect(text).toContain('antipode_router_http_requests_total{region="none",outcome="unknown-region"} 1');
    expect(text).toContain('antipode_router_region_state{region="far",state="healthy"} 1');
    expect(text).toContain('antipode_router_probe_seconds_count{region="mid"}');
    expect((await world.admin("/nothing")).status).toBe(404);
  });
});

describe("who asks, and for which region", () => {
  test("a path prefix pins, and regions do not see it", async () => {
    const answer = await world.ask("/region/far/set/k/%2F%FF?EX=1");
    expect(answer).toMatchObject({ status: 200, text: '{"result":"far /set/k/%2F%FF?EX=1"}' });
    expect((await world.ask("/region/mars/get/k")).status).toBe(400);
    expect((await world.ask("/region/far/get/k", { headers: { "x-region-force": "mid" } })).status).toBe(400);
  });

  test("regions hear who the client is from the router alone", async () => {
    const headers = {
      "x-forwarded-for": "6.6.6.6",
      forwarded: "for=6.6.6.6",
      "x-real-ip": "6.6.6.6",
      "x-antipode-seen": "x",
    };
    await world.ask("/get/k", { headers });
    const seen = world.near.seen[0]!.headers;
    expect(seen["x-forwarded-for"]).toBe("127.0.0.1");
    expect([seen["forwarded"], seen["x-real-ip"], seen["x-antipode-seen"]]).toEqual([undefined, undefined, undefined]);
  });

  test("a pinned region that is down is an error, unless the caller allows another", async () => {
    world.far.kill();
    await world.until("far is down", () => world.state("far") === "down");
    const headers = { "x-region-force": "far" };
    expect((await world.ask("/get/k", { headers })).status).toBe(503);
    const allowed = await world.ask("/get/k", { headers: { ...headers, "x-region-fallback": "any" } });
    expect(allowed.headers).toMatchObject({ "x-region": "near", "x-failover": "far" });
  });

  test("what a connection has seen in one region the next one is told, though its client says nothing", async () => {
    world.near.handler = (_request, response) =>
      world.near.reply(response, 200, { result: 1 }, { "upstash-sync-token": "seen-at-near" });
    const bare = await world.connect("http");
    const ask = async (path: string): Promise<void> => {
      const before = bare.text.length;
      bare.send(`GET ${path} HTTP/1.1\r\nhost: r\r\n\r\n`);
      await world.until("an answer", () => bare.text.slice(before).includes("}"));
    };
    await ask("/get/a");
    await ask("/get/b");
    expect(world.near.seen.map((request) => request.headers["x-antipode-seen"])).toEqual([undefined, undefined]);
    world.near.kill();
    await ask("/get/c");
    expect(world.mid.seen[0]!.headers["x-antipode-seen"]).toBe("seen-at-near");
  });

  test("a token bound to regions is served there or not at all", async () => {
    await world.stop();
    const bound = {
      kind: "token" as const,
      name: createHash("sha256").update("eu-only").digest("hex"),
      regions: ["far"],
    };
    world = await new RouterWorld().start(ROUTER_LIMITS, { bounds: [bound] });
    const headers = { authorization: "Bearer eu-only" };
    expect((await world.ask("/get/k", { headers })).headers["x-region"]).toBe("far");
    expect((await world.ask("/get/k")).headers["x-region"]).toBe("near");
    const refused = await world.ask("/get/k", { headers: { ...headers, "x-region": "near" } });
    expect(refused).toMatchObject({ status: 403 });
    expect(refused.text).toContain("region 'near' may not serve this token, which is bound to far; nothing was done");
    world.far.kill();
    await world.until("far is down", () => world.state("far") === "down");
    const down = await world.ask("/get/k", { headers: { ...headers, "x-region-fallback": "any" } });
    expect(down.status).toBe(503);
    expect(world.near.seen.length + world.mid.seen.length).toBe(1);
  });
});
