import { once } from "node:events";
import { Redis as IoRedis, type Callback, type Result } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTwoRegions, type Regions } from "./regions.ts";

declare module "ioredis" {
  interface RedisCommander<Context> {
    addAll(key: string, first: number, second: number, done?: Callback<number>): Result<number, Context>;
  }
}

let regions: Regions;
let io: IoRedis;
const opened: IoRedis[] = [];
const connect = (options: object = {}): IoRedis => {
  const client = new IoRedis({ ...regions.east, ...options });
  opened.push(client);
  return client;
};
beforeAll(async () => {
  regions = await startTwoRegions();
  io = connect();
});
beforeEach(() => io.flushall());
afterAll(async () => {
  for (const client of opened) client.disconnect();
  await regions.stop();
});

const addAll = { numberOfKeys: 1, lua: "return redis.call('incrby', KEYS[1], ARGV[1] + ARGV[2])" };

describe("ioredis", () => {
  it("a pipeline answers each in order, failures too", async () => {
    const answers = await io
      .pipeline()
      .set("s", "v")
      .incr("s")
      .zadd("z", "1", "a", "2", "b")
      .zrange("z", "0", "-1")
      .exec();
    expect(answers!.map(([failure, answer]) => failure?.message ?? answer)).toEqual([
      "OK",
      "ERR value is not an integer or out of range",
      2,
      ["a", "b"],
    ]);
  });

  it("a transaction: all of it, or nothing when what it watches changed", async () => {
    const watcher = connect();
    await watcher.watch("w");
    await io.set("w", "changed");
    expect(await watcher.multi().set("w", "mine").exec()).toBeNull();
    const answers = await watcher.multi().set("w", "1").incr("w").zincrby("z", 1.5, "m").exec();
    expect(answers!.map(([, answer]) => answer)).toEqual(["OK", 2, "1.5"]);
    await expect(io.multi().call("set", "w").exec()).rejects.toThrow(/EXECABORT/u);
  });

  it("scan streams see every key, field, member and score", async () => {
    const names = Array.from({ length: 300 }, (_, index) => `n${index}`).toSorted();
    await io.mset(names.flatMap((name) => [name, "1"]));
    await io.hset("h", Object.fromEntries(names.map((name) => [name, "1"])));
    await io.sadd("s", names);
    await io.zadd("z", ...names.flatMap((name) => [name.slice(1), name]));
    const gathered = async (stream: AsyncIterable<string[]>): Promise<string[]> => {
      const seen: string[] = [];
      for await (const some of stream) seen.push(...some);
      return [...new Set(seen)].toSorted();
    };
    expect(await gathered(io.scanStream({ match: "n*", count: 20 }))).toEqual(names);
    expect(await gathered(io.sscanStream("s"))).toEqual(names);
    expect(await gathered(io.hscanStream("h"))).toEqual([...names, "1"].toSorted());
    expect(await gathered(io.zscanStream("z", { match: "n29?" }))).toEqual(
      names.flatMap((name) => (/^n29\d$/u.test(name) ? [name, name.slice(1)] : [])).toSorted(),
    );
  });

  it("auto-pipelining: what is asked in one turn is sent together", async () => {
    const client = connect({ enableAutoPipelining: true });
    const counted = await Promise.all(Array.from({ length: 100 }, () => client.incr("n")));
    expect(counted).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  });

  it("defineCommand: EVALSHA, and EVAL when the region does not know it, in pipelines too", async () => {
    const client = connect({ scripts: { addAll } });
    await io.script("FLUSH");
    expect(await client.addAll("n", 1, 2)).toBe(3);
    expect(await client.addAll("n", 3, 4)).toBe(10);
    await io.script("FLUSH");
    const answers = await client.pipeline().addAll("n", 5, 5).addAll("other", 1, 1).exec();
    expect(answers!.map(([, answer]) => answer)).toEqual([20, 2]);
  });

  it("monitor tells what other clients ask, scripts' commands too", async () => {
    const monitor = await connect().monitor();
    const told: string[][] = [];
    const last = new Promise<void>((resolve) => {
      monitor.on("monitor", (_time: string, words: string[]) => {
        told.push(words.map((word) => word.toLowerCase()));
        if (words[1] === "last") resolve();
      });
    });
    await io.set("first", 'with "quotes"');
    await io.eval("return redis.call('get', KEYS[1])", 1, "last");
    await last;
    expect(told).toContainEqual(["set", "first", 'with "quotes"']);
    expect(told).toContainEqual(["get", "last"]);
    monitor.disconnect();
  });

  it("keyspace events, patterns and channels", async () => {
    await io.config("SET", "notify-keyspace-events", "KEA");
    const listener = connect();
    await listener.psubscribe("__keyevent@0__:*");
    const heard: string[] = [];
    const expired = new Promise<void>((resolve) => {
      listener.on("pmessage", (_pattern: string, channel: string, key: string) => {
        heard.push(`${channel.split(":")[1]} ${key}`);
        if (channel.endsWith(":expired")) resolve();
      });
    });
    await io.set("k", "v");
    await io.zadd("z", 1, "m");
    await io.del("z");
    await io.pexpire("k", 50);
    await expired;
    expect(heard).toEqual(["set k", "zadd z", "del z", "expire k", "expired k"]);
    await io.config("SET", "notify-keyspace-events", "");
    await listener.subscribe("news");
    const message = once(listener, "message");
    expect(await io.publish("news", "hello")).toBe(1);
    expect(await message).toEqual(["news", "hello"]);
  });

  it("binary values, key prefixes, offline queue and a connection that is lost", async () => {
    const client = connect({ keyPrefix: "p:", lazyConnect: true, retryStrategy: () => 1 });
    const bytes = Buffer.from([0, 255, 13, 10, 128]);
    await client.set("bin", bytes);
    expect(await client.getBuffer("bin")).toEqual(bytes);
    expect(await io.keys("*")).toEqual(["p:bin"]);
    const again = once(client, "ready");
    await io.client("KILL", "ID", await client.client("ID"));
    await again;
    expect(await client.getBuffer("bin")).toEqual(bytes);
  });

  it("clients that wait for a sorted set or a list are answered", async () => {
    const [sorted, list] = [connect(), connect()];
    const waiting = [sorted.bzpopmin("jobs", 5), list.blpop("list", 5)] as const;
    await Promise.all([io.zadd("jobs", 2, "b", 1, "a"), io.rpush("list", "x")]);
    expect(await waiting[0]).toEqual(["jobs", "a", "1"]);
    expect(await waiting[1]).toEqual(["list", "x"]);
  });
});
