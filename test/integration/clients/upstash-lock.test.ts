import { Lock } from "@upstash/lock";
import { Redis } from "@upstash/redis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTwoRegions, type Regions } from "./regions.ts";

let regions: Regions;
let redis: Redis;
beforeAll(async () => {
  regions = await startTwoRegions();
  redis = new Redis(regions.east.rest);
});
beforeEach(() => redis.flushall());
afterAll(() => regions.stop());

// `as never`: these types are of the CommonJS build, and name another class than the ESM build's.
const lock = (id: string, attempts = 1): Lock =>
  new Lock({ id, redis: redis as never, lease: 60_000, retry: { attempts, delay: 20 } });

describe("@upstash/lock in one region", () => {
  it("one acquires it, others do not until it is released", async () => {
    const [mine, yours] = [lock("it"), lock("it")];
    expect(await mine.acquire()).toBe(true);
    expect(await mine.getStatus()).toBe("ACQUIRED");
    expect(await yours.acquire()).toBe(false);
    expect(await yours.release()).toBe(false);
    expect(await mine.release()).toBe(true);
    expect(await mine.getStatus()).toBe("FREE");
    expect(await yours.acquire()).toBe(true);
  });

  it("of ten at once exactly one has it", async () => {
    const acquired = await Promise.all(Array.from({ length: 10 }, () => lock("race").acquire()));
    expect(acquired.filter(Boolean)).toHaveLength(1);
  });

  it("is extended by its holder alone", async () => {
    const mine = lock("long");
    await mine.acquire({ uuid: "me" });
    expect(await mine.extend(120_000)).toBe(true);
    expect(await redis.ttl("long")).toBeGreaterThan(170);
    await redis.set("long", "someone else");
    expect(await mine.extend(1_000)).toBe(false);
    expect(await mine.release()).toBe(false);
    expect(await redis.get("long")).toBe("someone else");
  });

  it("who tries again gets it when it is released, or when its lease ends", async () => {
    const mine = lock("wait");
    await mine.acquire();
    const waiting = lock("wait", 200).acquire();
    await mine.release();
    expect(await waiting).toBe(true);
    await lock("lease").acquire({ lease: 200 });
    expect(await lock("lease", 200).acquire()).toBe(true);
  });
});
