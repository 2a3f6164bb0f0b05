import { createRequire } from "node:module";
import { Redis as IoRedis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTwoRegions, type Regions } from "./regions.ts";

/** Redlock 4 has no types of its own; this is what is used of it. */
interface Held {
  readonly value: string;
  readonly expiration: number;
  unlock(): Promise<void>;
  extend(durationMs: number): Promise<Held>;
}
interface Locker {
  lock(resource: string | string[], durationMs: number): Promise<Held>;
}
type RedlockClass = new (clients: IoRedis[], options: { retryCount: number; retryDelay?: number }) => Locker;
const require = createRequire(import.meta.url);
const Redlock = require("redlock") as RedlockClass;

let regions: Regions;
let io: IoRedis;
let once: Locker;
beforeAll(async () => {
  regions = await startTwoRegions();
  io = new IoRedis(regions.east);
  once = new Redlock([io], { retryCount: 0 });
});
beforeEach(() => io.flushall());
afterAll(async () => {
  io.disconnect();
  await regions.stop();
});

describe("redlock in one region", () => {
  it("one holds it, others are refused until it is given back", async () => {
    const held = await once.lock("it", 60_000);
    expect(await io.get("it")).toBe(held.value);
    expect(await io.pttl("it")).toBeGreaterThan(50_000);
    await expect(once.lock("it", 60_000)).rejects.toThrow(/attempts to lock the resource "it"/u);
    await held.unlock();
    await (await once.lock("it", 60_000)).unlock();
    expect(await io.exists("it")).toBe(0);
  });

  it("of twenty at once exactly one has it", async () => {
    const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => once.lock("race", 60_000)));
    expect(attempts.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("several resources are locked together or not at all", async () => {
    const held = await once.lock(["a", "b"], 60_000);
    await expect(once.lock(["b", "c"], 60_000)).rejects.toThrow(/attempts to lock/u);
    expect(await io.exists("c")).toBe(0);
    await held.unlock();
    expect(await io.exists("a", "b")).toBe(0);
  });

  it("is extended by who holds it alone, and waited for by who tries again", async () => {
    const held = await once.lock("long", 10_000);
    const longer = await held.extend(100_000);
    expect(await io.pttl("long")).toBeGreaterThan(90_000);
    const waiting = new Redlock([io], { retryCount: 200, retryDelay: 20 }).lock("long", 10_000);
    await longer.unlock();
    const next = await waiting;
    expect(await io.get("long")).toBe(next.value);
    await expect(longer.extend(10_000)).rejects.toThrow();
    await expect(longer.unlock()).rejects.toThrow();
  });

  it("a lock that nobody gives back ends by itself", async () => {
    await once.lock("short", 200);
    const waiting = new Redlock([io], { retryCount: 200, retryDelay: 20 });
    const next = await waiting.lock("short", 60_000);
    expect(await io.get("short")).toBe(next.value);
  });
});
