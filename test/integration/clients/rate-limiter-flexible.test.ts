import { Redis as IoRedis } from "ioredis";
import { RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../../support/processes.ts";
import { startTwoRegions, type Regions } from "./regions.ts";

let regions: Regions;
let io: IoRedis;
const nodeRedis = (url: string) => createClient({ url });
let node: ReturnType<typeof nodeRedis>;
beforeAll(async () => {
  regions = await startTwoRegions();
  io = new IoRedis(regions.east);
  node = nodeRedis(regions.east.url);
  await node.connect();
});
afterAll(async () => {
  io.disconnect();
  node.destroy();
  await regions.stop();
});

const limits = { points: 3, duration: 3_600 };
const clients = {
  ioredis: () => ({ storeClient: io, useRedisPackage: false }),
  "node-redis": () => ({ storeClient: node, useRedisPackage: true }),
};

/** What a refused `consume` rejects with. */
const refused = (attempt: Promise<unknown>): Promise<RateLimiterRes> =>
  attempt.then(
    () => Promise.reject(new Error("was allowed")),
    (reason: unknown) => (reason instanceof RateLimiterRes ? reason : Promise.reject(reason)),
  );

describe.each(Object.keys(clients) as (keyof typeof clients)[])("rate-limiter-flexible with %s", (client) => {
  const limiter = (keyPrefix: string, more: object = {}): RateLimiterRedis =>
    new RateLimiterRedis({ ...clients[client](), ...limits, keyPrefix: `${client}-${keyPrefix}`, ...more });

  it("three of five pass at once, the others are told when to come back", async () => {
    const limited = limiter("plain");
    const attempts = await Promise.allSettled(Array.from({ length: 5 }, () => limited.consume("someone")));
    expect(attempts.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    const { msBeforeNext, remainingPoints } = await refused(limited.consume("someone"));
    expect(remainingPoints).toBe(0);
    expect(msBeforeNext).toBeGreaterThan(3_590_000);
    expect(msBeforeNext).toBeLessThanOrEqual(3_600_000);
  });

  it("get, penalty, reward, set, block and delete", async () => {
    const limited = limiter("points");
    expect(await limited.get("k")).toBeNull();
    expect((await limited.penalty("k", 2)).consumedPoints).toBe(2);
    expect((await limited.reward("k", 1)).consumedPoints).toBe(1);
    expect(await limited.get("k")).toMatchObject({ consumedPoints: 1, remainingPoints: 2 });
    await limited.set("k", 3, 60);
    expect((await refused(limited.consume("k"))).consumedPoints).toBe(4);
    await limited.block("k", 100);
    expect((await limited.get("k"))!.msBeforeNext).toBeGreaterThan(90_000);
    expect(await limited.delete("k")).toBe(true);
    expect(await limited.get("k")).toBeNull();
  });

  it("a block's duration takes the place of the window's, and duration 0 never ends", async () => {
    const limited = limiter("block", { points: 1, blockDuration: 7_200 });
    await limited.consume("k");
    expect((await refused(limited.consume("k"))).msBeforeNext).toBeGreaterThan(7_190_000);
    const forever = limiter("forever", { duration: 0 });
    await forever.consume("k", 3);
    expect((await refused(forever.consume("k"))).msBeforeNext).toBe(-1);
  });
});

it("two regions: what each counts is summed, and then both refuse (C)", async () => {
  const west = new IoRedis(regions.west);
  const [left, right] = [io, west].map((storeClient) => new RateLimiterRedis({ storeClient, ...limits, points: 10 }));
  await Promise.all([left!.consume("both", 6), right!.consume("both", 4)]);
  await waitFor("the sum in both", async () =>
    (await Promise.all([left, right].map((each) => each!.get("both")))).every((res) => res?.consumedPoints === 10),
  );
  await refused(left!.consume("both"));
  await refused(right!.consume("both"));
  west.disconnect();
});
