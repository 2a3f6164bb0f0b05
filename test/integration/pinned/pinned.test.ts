import { createRequire } from "node:module";
import { Lock } from "@upstash/lock";
import { Redis as Upstash } from "@upstash/redis";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runProgram, Scratch, waitFor } from "../../support/processes.ts";
import { RegionSet } from "../../support/region-set.ts";

interface Held {
  unlock(): Promise<void>;
}
type RedlockClass = new (
  clients: Redis[],
  options: { retryCount: number },
) => { lock(resource: string, durationMs: number): Promise<Held> };
const require = createRequire(import.meta.url);
const Redlock = require("redlock") as RedlockClass;

const NAMES = ["us", "eu", "ap"];
const scratch = new Scratch();
let set: RegionSet;
let clients: Redis[];

beforeAll(async () => {
  set = await RegionSet.create(scratch, NAMES);
  await set.startAll();
  clients = NAMES.map((name) => set.client(name));
  for (const client of clients) {
    await waitFor("links to the home", async () => (await client.call("ANTIPODE", "HOME", "eu")) !== null, 10_000);
    await waitFor(
      "the home answers",
      async () => (await client.set("{home:eu}ready", "1").catch(() => null)) === "OK",
      10_000,
    );
  }
});
afterAll(async () => {
  await set.end();
  scratch.clean();
});

const fence = (client: Redis, key: string): Promise<number> => client.call("ANTIPODE", "FENCE", key) as Promise<number>;

describe("pinned keys in three regions", () => {
  it("N1: every increment is seen by the next, wherever it is asked for", async () => {
    for (let value = 1; value <= 60; value++) expect(await clients[value % 3]!.incr("{home:eu}n")).toBe(value);
    const seen = await Promise.all(Array.from({ length: 300 }, (_, index) => clients[index % 3]!.incr("{home:eu}n")));
    expect(new Set(seen).size).toBe(300);
    expect(Math.max(...seen)).toBe(360);
  });

  it("N1: redlock, unchanged, has one holder over three regions", async () => {
    const lockers = clients.map((client) => new Redlock([client], { retryCount: 0 }));
    const attempts = await Promise.allSettled(
      Array.from({ length: 30 }, (_, index) => lockers[index % 3]!.lock("{home:eu}redlock", 60_000)),
    );
    const held = attempts.filter((one) => one.status === "fulfilled");
    expect(held).toHaveLength(1);
    await held[0]!.value.unlock();
    await (await lockers[2]!.lock("{home:eu}redlock", 60_000)).unlock();
  });

  it("N1: @upstash/lock, unchanged, has one holder over three regions", async () => {
    const locks = NAMES.flatMap((name) => {
      const redis = new Upstash({ url: `http://${set.address(name, "rest")}`, token: "t0ken", enableTelemetry: false });
      return [1, 2, 3].map(
        () =>
          new Lock({ id: "{home:eu}upstash", redis: redis as never, lease: 60_000, retry: { attempts: 1, delay: 20 } }),
      );
    });
    const acquired = await Promise.all(locks.map((lock) => lock.acquire()));
    expect(acquired.filter(Boolean)).toHaveLength(1);
    expect(await locks[acquired.indexOf(true)]!.release()).toBe(true);
  });

  it("N1: transactions over REST and RESP, and scripts, run there whole", async () => {
    const [us, , ap] = clients as [Redis, Redis, Redis];
    const done = await us.multi().set("{home:eu}x", "1").incr("{home:eu}x").exec();
    expect(done).toEqual([
      [null, "OK"],
      [null, 2],
    ]);
    const response = await fetch(`http://${set.address("ap", "rest")}/multi-exec`, {
      method: "POST",
      headers: { authorization: "Bearer t0ken" },
      body: JSON.stringify([
        ["incr", "{home:eu}x"],
        ["get", "{home:eu}x"],
      ]),
    });
    expect(await response.json()).toEqual([{ result: 3 }, { result: "3" }]);
    expect(await ap.eval("return redis.call('incr', KEYS[1])", 1, "{home:eu}x")).toBe(4);
    await expect(us.mget("{home:eu}x", "{home:ap}x")).rejects.toThrow("CROSSHOME");
  });

  it("N3, N4: a home moves while clients count on it: nothing fails, no number comes twice, tokens rise", async () => {
    let isOver = false;
    const numbers: number[] = [];
    const failures: unknown[] = [];
    const counting = clients.map(async (client) => {
      while (!isOver) {
        try {
          numbers.push(await client.incr("{home:eu}moving"));
        } catch (error) {
          failures.push(error);
        }
      }
    });
    const before = await fence(clients[0]!, "{home:eu}moving");
    await waitFor("some counting", () => Promise.resolve(numbers.length > 100), 10_000);
    expect(await clients[1]!.call("ANTIPODE", "MOVEHOME", "eu", "us")).toBe("OK");
    const until = numbers.length + 200;
    await waitFor("more counting", () => Promise.resolve(numbers.length > until), 20_000);
    isOver = true;
    await Promise.all(counting);
    expect(failures).toEqual([]);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(await fence(clients[2]!, "{home:eu}moving")).toBeGreaterThan(before);
    expect(await fence(clients[2]!, "{home:eu}moving")).toBeGreaterThan(2 ** 32);
  });

  it("N2: a home that is killed is an error, and comes back with all it had", async () => {
    const ap = clients[2]!;
    await ap.set("{home:us}kept", "1");
    const token = await fence(ap, "{home:us}kept");
    await set.kill("us");
    await waitFor(
      "the home is missed",
      async () => (await ap.get("{home:us}kept").catch((error: unknown) => String(error))) !== "1",
      20_000,
    );
    await expect(ap.get("{home:us}kept")).rejects.toThrow("HOMEDOWN");
    // Keys at home elsewhere go on: two of three are a majority.
    expect(await ap.set("{home:ap}other", "1")).toBe("OK");
    await set.start("us");
    await waitFor("the home is back", async () => (await ap.get("{home:us}kept").catch(() => null)) === "1", 20_000);
    expect(await fence(ap, "{home:us}kept")).toBeGreaterThan(token);
  });

  it("N3, N4: the home of a region that is gone for good goes to another, after its lease", async () => {
    const [us, , ap] = clients as [Redis, Redis, Redis];
    const token = await fence(ap, "{home:eu-lock}x").catch(() => 0);
    expect(token).toBe(0);
    const last = await fence(us, "{home:us}lock");
    await set.converged();
    await set.kill("us");
    const evicted = await runProgram(["admin", "evict", "--region", "us", "--admin", set.address("ap", "admin")]);
    expect(evicted.code).toBe(0);
    const move = async (): Promise<unknown> =>
      ap.call("ANTIPODE", "MOVEHOME", "us", "eu").catch((error: Error) => error.message);
    // The first time it is told to wait.
    await waitFor("us counts as gone", async () => String(await move()).startsWith("TRYAGAIN"), 20_000);
    await expect(ap.get("{home:us}kept")).rejects.toThrow(/HOMEDOWN the home region us has left/u);
    await waitFor("its lease is over", async () => (await move()) === "OK", 40_000);
    await waitFor("eu is the home", async () => (await ap.get("{home:us}kept").catch(() => null)) === "1", 10_000);
    expect(await fence(ap, "{home:us}lock")).toBeGreaterThan(last);
  });
});
