import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Redis as Upstash } from "@upstash/redis";
import express from "express";
import fastify from "fastify";
import { Redis as IoRedis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LockOptionError, Locks } from "../../../src/client/lock/index.ts";
import {
  expressRateLimit,
  fastifyRateLimit,
  fixedWindow,
  RateLimiter,
  RateLimitOptionError,
  RateLimitUnavailableError,
  slidingWindow,
  tokenBucket,
} from "../../../src/client/ratelimit/index.ts";
import type { RegionClient } from "../../../src/client/session/index.ts";
import { Scratch } from "../../support/processes.ts";
import { RegionSet } from "../../support/region-set.ts";

const NAMES = ["us", "eu", "ap"];
/** No window ends while a test runs. */
const HOUR_MS = 3_600_000;
const scratch = new Scratch();
let set: RegionSet;
let io: IoRedis;
let node: ReturnType<typeof createClient>;
/** One client of each kind, each in a region of its own. */
let clients: readonly RegionClient[];

beforeAll(async () => {
  set = await RegionSet.create(scratch, NAMES);
  await set.startAll();
  await set.converged();
  io = set.client("us");
  node = createClient({ url: `redis://${set.address("eu", "resp")}` });
  node.on("error", () => {});
  await node.connect();
  const upstash = new Upstash({ url: `http://${set.address("ap", "rest")}`, token: "t0ken", enableTelemetry: false });
  clients = [io, node, upstash];
});
afterAll(async () => {
  node.destroy();
  await set.end();
  scratch.clean();
});

const address = (region: string): RegionClient => ({ url: `http://${set.address(region, "rest")}`, token: "t0ken" });

/** Takes one after the other in every region at once; answers how many were let through in each. */
function hammer(limiters: readonly RateLimiter[], identifier: string, times: number): Promise<number[]> {
  return Promise.all(
    limiters.map(async (limiter) => {
      let allowed = 0;
      for (let index = 0; index < times; index++) if ((await limiter.take(identifier)).allowed) allowed++;
      return allowed;
    }),
  );
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

describe("antipode/ratelimit over three regions, by three client libraries", () => {
  it.each([
    ["fixed", fixedWindow(60, HOUR_MS)],
    ["sliding", slidingWindow(60, HOUR_MS)],
    ["bucket", tokenBucket(60, 1, HOUR_MS)],
  ] as const)("B6: a strict %s limit lets exactly so many through in all regions together", async (name, algorithm) => {
    const limiters = clients.map(
      (client) => new RateLimiter({ client, name: `strict-${name}`, algorithm, patienceMs: 400 }),
    );
    // A loan that comes too late for its borrower stays unused.
    const allowed = sum(await hammer(limiters, "all", 40));
    expect(allowed).toBeLessThanOrEqual(60);
    expect(allowed).toBeGreaterThan(50);
    // Used in one region alone, a limit is as large: the others lend what they do not need.
    const [alone] = await hammer([limiters[2]!], "alone", 60);
    expect(alone).toBeGreaterThan(55);
    const last = await limiters[0]!.peek("all");
    expect(last).toMatchObject({ limit: 60, remainingEverywhere: 60 - allowed });
  });

  it("B8: an approximate limit overshoots by what the lag lets through, and is whole again once heard of", async () => {
    const limiters = clients.map(
      (client) => new RateLimiter({ client, name: "loose", algorithm: fixedWindow(60, HOUR_MS), mode: "approximate" }),
    );
    const allowed = sum(await hammer(limiters, "all", 60));
    expect(allowed).toBeGreaterThanOrEqual(60);
    expect(allowed).toBeLessThanOrEqual(180);
    await set.converged();
    expect(sum(await hammer(limiters, "all", 3))).toBe(0);
  });

  it("costs count, and what could never be granted is refused at once", async () => {
    const limiter = new RateLimiter({ client: address("us"), name: "costs", algorithm: fixedWindow(30, HOUR_MS) });
    expect(await limiter.take("x", 8)).toMatchObject({ allowed: true, remaining: 2, remainingEverywhere: 22 });
    expect(() => limiter.take("x", 31)).toThrow(RateLimitOptionError);
    await limiter.reset("x");
    expect((await limiter.peek("x")).remainingEverywhere).toBe(30);
    expect(() => new RateLimiter({ client: io, name: "", algorithm: fixedWindow(1, 1) })).toThrow(RateLimitOptionError);
    expect(() => new RateLimiter({ client: io, name: "x", algorithm: fixedWindow(1.5, 1) })).toThrow("whole numbers");
  });

  it("B7: a policy that somebody deletes is defined again", async () => {
    const limiter = new RateLimiter({ client: io, name: "again", algorithm: fixedWindow(30, HOUR_MS) });
    expect((await limiter.take("x")).allowed).toBe(true);
    await io.call("LIMIT.POLICY", "DEL", "again");
    expect((await limiter.take("x")).allowed).toBe(true);
  });

  it("a region that does not answer is what the application says", async () => {
    const nobody: RegionClient = { url: "http://127.0.0.1:1", token: "t" };
    const at = (whenUnavailable?: "allow" | "deny"): RateLimiter =>
      new RateLimiter({
        client: nobody,
        name: "x",
        algorithm: fixedWindow(1, 1),
        ...(whenUnavailable === undefined ? {} : { whenUnavailable }),
      });
    await expect(at().take("x")).rejects.toThrow(RateLimitUnavailableError);
    expect(await at("allow").take("x")).toMatchObject({ allowed: true, answer: "unavailable" });
    expect(await at("deny").take("x")).toMatchObject({ allowed: false, answer: "unavailable" });
  });

  it("express and fastify answer 429 with what clients read, in whatever region", async () => {
    const limiters = ["us", "eu"].map(
      (region) =>
        new RateLimiter({ client: address(region), name: "web", algorithm: fixedWindow(4, HOUR_MS), patienceMs: 400 }),
    );
    const refused: string[] = [];
    const app = express();
    app.use(expressRateLimit(limiters[0]!, { identify: (request) => (request.url === "/health" ? null : "one") }));
    app.get("/{*any}", (_request, response) => void response.send("ok"));
    const server: Server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const other = fastify();
    other.addHook(
      "onRequest",
      fastifyRateLimit(limiters[1]!, {
        identify: () => "one",
        onRefused: (_request, { answer }) => refused.push(answer),
      }),
    );
    other.get("/", () => "ok");
    const url = await other.listen({ port: 0, host: "127.0.0.1" });
    try {
      const statuses: number[] = [];
      for (let index = 0; index < 4; index++) {
        statuses.push((await fetch(`http://127.0.0.1:${port}/`)).status, (await fetch(url)).status);
      }
      expect(statuses.filter((status) => status === 200)).toHaveLength(4);
      const last = await fetch(url);
      expect([last.status, last.headers.get("ratelimit-limit"), last.headers.get("ratelimit-remaining")]).toEqual([
        429,
        "4",
        "0",
      ]);
      expect(Number(last.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(refused.length).toBeGreaterThan(0);
      expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
    } finally {
      server.close();
      await other.close();
    }
  });
});

describe("antipode/lock over three regions, by three client libraries", () => {
  it("N1, N4: one holder at a time, and every holder's token is greater than the last", async () => {
    const locks = clients.map((client) => new Locks({ client, home: "eu" }));
    let holders = 0;
    const tokens: number[] = [];
    await Promise.all(
      [...locks, ...locks].map(async (one) => {
        for (let index = 0; index < 5; index++) {
          await one.run("report", { ttlMs: 20_000, waitMs: 60_000 }, async (lock) => {
            expect(++holders).toBe(1);
            tokens.push(lock.token);
            await new Promise((resolve) => setTimeout(resolve, 2));
            holders--;
          });
        }
      }),
    );
    expect(tokens).toHaveLength(30);
    expect(tokens).toEqual(tokens.toSorted((left, right) => left - right));
    expect(new Set(tokens).size).toBe(30);
  });

  it("who does not get it in time is told null; what has run out is neither extended nor released", async () => {
    const [first, second] = clients.map((client) => new Locks({ client, home: "eu" }));
    const held = await first!.acquire("short", { ttlMs: 300 });
    expect(held!.remainingMs).toBeGreaterThan(0);
    expect(await second!.acquire("short", { ttlMs: 1_000 })).toBeNull();
    const next = await second!.acquire("short", { ttlMs: 20_000, waitMs: 20_000 });
    expect(next!.token).toBeGreaterThan(held!.token);
    expect([await held!.extend(1_000), await held!.release(), held!.remainingMs]).toEqual([false, false, 0]);
    expect([await next!.extend(30_000), await next!.release()]).toEqual([true, true]);
  });

  it("its signal says when it was lost", async () => {
    const locks = new Locks({ client: io, home: "eu" });
    const done = await locks.run("lost", { ttlMs: 600 }, async ({ key }, signal) => {
      await io.del(key);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return signal.aborted;
    });
    expect(done).toEqual({ value: true });
  });

  it("N2: a home that nobody knows is an error, and so are options that make no sense", async () => {
    await expect(new Locks({ client: io, home: "mars" }).acquire("x", { ttlMs: 1 })).rejects.toThrow(
      "no region is called 'mars'",
    );
    expect(() => new Locks({ client: io, home: "a}b" })).toThrow(LockOptionError);
    expect(() => new Locks({ client: io, home: "eu", prefix: "{x}" })).toThrow(LockOptionError);
    await expect(new Locks({ client: io, home: "eu" }).acquire("x", { ttlMs: 0 })).rejects.toThrow(LockOptionError);
  });
});
