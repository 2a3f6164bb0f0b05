import { MultiRegionRatelimit, Ratelimit } from "@upstash/ratelimit";
import { Redis } from "@upstash/redis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { waitFor } from "../../support/processes.ts";
import { startTwoRegions, type Regions } from "./regions.ts";

let regions: Regions;
let east: Redis;
let west: Redis;
let prefix = "";
let named = 0;
beforeAll(async () => {
  regions = await startTwoRegions();
  [east, west] = [new Redis(regions.east.rest), new Redis(regions.west.rest)];
});
beforeEach(() => void (prefix = `limit${++named}`));
afterAll(() => regions.stop());

const IP_DENY_LIST_STATUS = "ipDenyListStatus";
const options = { ephemeralCache: false as const };

/** Awaits what the limiter does after its answer too. */
async function allowed(limiter: Ratelimit | MultiRegionRatelimit, who: string, attempts: number): Promise<number> {
  let passed = 0;
  for (let index = 0; index < attempts; index++) {
    const { success, pending } = await limiter.limit(who);
    await pending;
    if (success) passed++;
  }
  return passed;
}

describe("@upstash/ratelimit beyond its three algorithms", () => {
  it("analytics: who was allowed and who was not is counted in sorted sets", async () => {
    const limiter = new Ratelimit({
      redis: east,
      limiter: Ratelimit.fixedWindow(3, "1 d"),
      analytics: true,
      prefix,
      ...options,
    });
    expect(await allowed(limiter, "ann", 5)).toBe(3);
    expect(await allowed(limiter, "bob", 1)).toBe(1);
    const { analytics } = limiter as unknown as {
      analytics: {
        getUsage(): Promise<unknown>;
        getUsageOverTime(count: number, by: string): Promise<Record<string, Record<string, number>>[]>;
        getMostAllowedBlocked(count: number, top?: number): Promise<unknown>;
      };
    };
    expect(await analytics.getUsage()).toEqual({
      ann: { success: 3, blocked: 2 },
      bob: { success: 1, blocked: 0 },
    });
    expect(await analytics.getMostAllowedBlocked(2, 5)).toEqual({
      allowed: [
        { identifier: "ann", count: 3 },
        { identifier: "bob", count: 1 },
      ],
      ratelimited: [{ identifier: "ann", count: 2 }],
      denied: [],
    });
    const overTime = await analytics.getUsageOverTime(3, "identifier");
    expect(overTime.map((bucket) => bucket["identifier"]).filter((bucket) => bucket !== undefined)).toEqual([
      { ann: 5, bob: 1 },
    ]);
  });

  it("analytics: what both regions counted is summed in both", async () => {
    const [left, right] = [east, west].map(
      (redis) =>
        new Ratelimit({ redis, limiter: Ratelimit.fixedWindow(100, "1 d"), analytics: true, prefix, ...options }),
    );
    await Promise.all([allowed(left!, "ann", 3), allowed(right!, "ann", 2)]);
    const keys = await east.keys(`${prefix}:events:*`);
    const scores = async (redis: Redis): Promise<number> =>
      (await redis.zrange<[unknown, number]>(keys[0]!, 0, -1, { withScores: true }))[1];
    await waitFor("five in both", async () => (await scores(east)) === 5 && (await scores(west)) === 5);
  });

  it("a deny list and a dynamic limit", async () => {
    const limiter = new Ratelimit({
      redis: east,
      limiter: Ratelimit.fixedWindow(2, "1 d"),
      prefix,
      enableProtection: true,
      dynamicLimits: true,
      ...options,
    });
    // Says that the public list of addresses is here already: it would be fetched from the Internet.
    await east.set(`${prefix}:${IP_DENY_LIST_STATUS}`, "valid", { ex: 3_600 });
    await east.sadd(`${prefix}:denyList:all`, "mallory");
    expect(await limiter.limit("mallory")).toMatchObject({
      success: false,
      reason: "denyList",
      deniedValue: "mallory",
    });
    expect(await allowed(limiter, "ann", 3)).toBe(2);
    await limiter.setDynamicLimit({ limit: 4 });
    expect(await limiter.getDynamicLimit()).toEqual({ dynamicLimit: 4 });
    expect(await allowed(limiter, "bob", 6)).toBe(4);
  });

  it("blockUntilReady waits for the next window", async () => {
    const limiter = new Ratelimit({ redis: east, limiter: Ratelimit.fixedWindow(1, "500 ms"), prefix, ...options });
    await limiter.limit("ann");
    expect((await limiter.blockUntilReady("ann", 5_000)).success).toBe(true);
  });

  // `as never`: these types are of the CommonJS build, and name another class than the ESM build's.
  it.each([
    ["fixed window", MultiRegionRatelimit.fixedWindow(5, "1 d")],
    ["sliding window", MultiRegionRatelimit.slidingWindow(5, "1 d")],
  ] as const)(
    "multi-region, %s: it and the regions both make the regions agree, and no more pass",
    async (_, limit) => {
      const limiter = new MultiRegionRatelimit({ redis: [east, west] as never, limiter: limit, prefix, ...options });
      expect(await allowed(limiter, "ann", 8)).toBe(5);
      expect((await limiter.getRemaining("ann")).remaining).toBe(0);
      const [key] = await east.keys(`${prefix}:ann:*`);
      await waitFor(
        "the same in both",
        async () =>
          JSON.stringify(Object.entries((await east.hgetall(key!)) ?? {}).toSorted()) ===
          JSON.stringify(Object.entries((await west.hgetall(key!)) ?? {}).toSorted()),
      );
      await limiter.resetUsedTokens("ann");
      await waitFor("no keys", async () => (await east.keys(`${prefix}:ann:*`)).length === 0);
      expect(await allowed(limiter, "ann", 1)).toBe(1);
    },
  );
});
