import { createClient, defineScript, type CommandParser } from "redis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { waitFor } from "../../support/processes.ts";
import { startTwoRegions, type Regions } from "./regions.ts";

const connected = async (url: string) => {
  const client = createClient({ url, RESP: 3 });
  await client.connect();
  return client;
};
type Client = Awaited<ReturnType<typeof connected>>;

let regions: Regions;
let client: Client;
beforeAll(async () => {
  regions = await startTwoRegions();
  client = await connected(regions.east.url);
});
beforeEach(() => client.flushAll());
afterAll(async () => {
  client.destroy();
  await regions.stop();
});

describe("node-redis, RESP3", () => {
  it("maps, sets, doubles and nothing arrive as what they are", async () => {
    await client.hSet("h", { a: "1", b: "2" });
    await client.sAdd("s", ["x", "y"]);
    await client.zAdd("z", [
      { score: 1.5, value: "a" },
      { score: Infinity, value: "b" },
    ]);
    expect({ ...(await client.hGetAll("h")) }).toEqual({ a: "1", b: "2" });
    expect((await client.sMembers("s")).toSorted()).toEqual(["x", "y"]);
    expect(await client.zRangeWithScores("z", 0, -1)).toEqual([
      { value: "a", score: 1.5 },
      { value: "b", score: Infinity },
    ]);
    expect(await client.zScore("z", "none")).toBeNull();
    expect(await client.zRank("z", "b")).toBe(1);
  });

  it("client-side caching: a second read costs nothing, and a peer's write is told", async () => {
    const cached = createClient({ url: regions.east.url, RESP: 3, clientSideCache: { maxEntries: 100, ttl: 0 } });
    await cached.connect();
    const west = await connected(regions.west.url);
    await client.set("k", "1");
    expect([await cached.get("k"), await cached.get("k")]).toEqual(["1", "1"]);
    expect(cached.clientSideCache!.stats()).toMatchObject({ hitCount: 1, missCount: 1 });
    await client.set("k", "2");
    await waitFor("told of a write here", async () => (await cached.get("k")) === "2");
    await west.set("k", "3");
    await waitFor("told of a peer's write", async () => (await cached.get("k")) === "3");
    cached.destroy();
    west.destroy();
  });

  it("scan iterators see everything", async () => {
    const names = Array.from({ length: 250 }, (_, index) => `n${index}`).toSorted();
    await client.mSet(names.map((name): [string, string] => [name, "1"]));
    await client.hSet("h", Object.fromEntries(names.map((name) => [name, "1"])));
    await client.sAdd("s", names);
    await client.zAdd(
      "z",
      names.map((value, score) => ({ value, score })),
    );
    const gathered = async <T>(pages: AsyncIterable<T[]>, name: (item: T) => string): Promise<string[]> => {
      const seen = new Set<string>();
      for await (const page of pages) for (const item of page) seen.add(name(item));
      return [...seen].toSorted();
    };
    const itself = (item: string): string => item;
    expect(await gathered(client.scanIterator({ MATCH: "n*", COUNT: 20 }), itself)).toEqual(names);
    expect(await gathered(client.scanIterator({ TYPE: "zset" }), itself)).toEqual(["z"]);
    expect(await gathered(client.hScanIterator("h"), ({ field }) => field)).toEqual(names);
    expect(await gathered(client.sScanIterator("s"), itself)).toEqual(names);
    expect(await gathered(client.zScanIterator("z"), ({ value }) => value)).toEqual(names);
  });

  it("multi: all of it, typed; what is watched and changed stops it", async () => {
    expect(await client.multi().set("n", "1").incrBy("n", 4).zAdd("z", { score: 1, value: "m" }).exec()).toEqual([
      "OK",
      5,
      1,
    ]);
    const other = client.duplicate();
    await other.connect();
    await other.watch("n");
    await client.set("n", "changed");
    await expect(other.multi().set("n", "mine").exec()).rejects.toThrow("One (or more) of the watched keys");
    other.destroy();
  });

  it("pub/sub on the connection that commands use, patterns and shards too", async () => {
    const heard: string[] = [];
    const listener = (message: string, channel: string): void => void heard.push(`${channel} ${message}`);
    await client.subscribe("news", listener);
    await client.pSubscribe("n?ws", listener);
    await client.sSubscribe("shard", listener);
    expect(await client.publish("news", "1")).toBe(2);
    expect(await client.sPublish("shard", "2")).toBe(1);
    await waitFor("three messages", () => heard.length === 3);
    expect(heard.toSorted()).toEqual(["news 1", "news 1", "shard 2"]);
    await client.unsubscribe();
    await client.pUnsubscribe();
    await client.sUnsubscribe();
    expect(await client.publish("news", "none")).toBe(0);
  });

  it("an isolated pool: those that wait do not hold up the others", async () => {
    const pool = client.createPool({ minimum: 1, maximum: 4 });
    await pool.connect();
    const waiting = pool.execute((isolated) => isolated.bzPopMin("jobs", 5));
    expect(await Promise.all(Array.from({ length: 20 }, () => pool.incr("n")))).toHaveLength(20);
    expect(await pool.get("n")).toBe("20");
    await pool.zAdd("jobs", { score: 1, value: "job" });
    expect(await waiting).toEqual({ key: "jobs", value: "job", score: 1 });
    await pool.close();
  });

  it("scripts and functions", async () => {
    const twice = defineScript({
      SCRIPT: "return redis.call('incrby', KEYS[1], ARGV[1] * 2)",
      NUMBER_OF_KEYS: 1,
      parseCommand(parser: CommandParser, key: string, by: number) {
        parser.pushKey(key);
        parser.push(String(by));
      },
      transformReply: (reply: unknown) => Number(reply),
    });
    const scripted = createClient({ url: regions.east.url, RESP: 3, scripts: { twice } });
    await scripted.connect();
    expect(await scripted.twice("n", 4)).toBe(8);
    expect(await scripted.multi().twice("n", 1).exec()).toEqual([10]);
    await client.functionLoad(
      "#!lua name=lib\nredis.register_function('put', function(keys, args) return redis.call('set', keys[1], args[1]) end)",
    );
    expect(await client.fCall("put", { keys: ["f"], arguments: ["v"] })).toBe("OK");
    expect(await client.get("f")).toBe("v");
    scripted.destroy();
  });
});
