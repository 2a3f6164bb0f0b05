import { Redis as Newest } from "@upstash/redis";
import { Redis as Early } from "upstash-redis-1-34";
import { Redis as Late } from "upstash-redis-1-38";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { READER, RestWorld, TOKEN } from "./rest-world.ts";

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
beforeEach(() => {
  world.commands.run("flushall");
});
afterAll(() => world.server.close());

/** The three differ on the wire: in when they send their sync token, in telemetry, in what they encode. */
const VERSIONS = [
  ["1.39", Newest],
  ["1.38", Late as unknown as typeof Newest],
  ["1.34", Early as unknown as typeof Newest],
] as const;

describe.each(VERSIONS)("@upstash/redis %s, unmodified", (_version, Redis) => {
  let redis: Newest;
  beforeAll(() => {
    redis = new Redis({ url: world.url, token: TOKEN, enableTelemetry: false });
  });

  it("strings, with options and expiry", async () => {
    expect(await redis.set("a", "1", { ex: 100, nx: true })).toBe("OK");
    expect(await redis.set("a", "2", { nx: true })).toBeNull();
    expect(await redis.get("a")).toBe(1);
    expect(await redis.ttl("a")).toBe(100);
    expect(await redis.incrby("a", 41)).toBe(42);
    expect(await redis.mset({ b: "x", c: "y" })).toBe("OK");
    expect(await redis.mget("a", "b", "none")).toEqual([42, "x", null]);
    expect(await redis.getdel("b")).toBe("x");
    expect(await redis.exists("b", "c")).toBe(1);
  });

  it("JSON values, and text of any kind", async () => {
    const value = { name: "Zoë", list: [1, "two", null], quote: '"\\\n' };
    await redis.set("json", value);
    expect(await redis.get("json")).toEqual(value);
    for (const text of ["OK", "ü€😀\u2028", "a\u0000b", "", "line\r\nline"]) {
      await redis.set("text", text);
      expect(await redis.get("text")).toBe(text);
    }
  });

  it("hashes", async () => {
    expect(await redis.hset("h", { name: "x", n: 1 })).toBe(2);
    expect(await redis.hgetall("h")).toEqual({ name: "x", n: 1 });
    expect(await redis.hmget("h", "n", "none")).toEqual({ n: 1, none: null });
    expect(await redis.hincrby("h", "n", 4)).toBe(5);
    expect(await redis.hdel("h", "name")).toBe(1);
    expect(await redis.hgetall("none")).toBeNull();
  });

  it("many calls of one tick travel together and keep their answers apart", async () => {
    const calls = Array.from({ length: 200 }, (_, index) => redis.set(`k${index}`, index));
    expect(new Set(await Promise.all(calls))).toEqual(new Set(["OK"]));
    const reads = await Promise.all(Array.from({ length: 200 }, (_, index) => redis.get(`k${index}`)));
    expect(reads).toEqual(Array.from({ length: 200 }, (_, index) => index));
    const [failed, good] = await Promise.allSettled([redis.incr("text-key-x"), redis.hget("k1", "f")]);
    expect([failed.status, good.status]).toEqual(["fulfilled", "rejected"]);
  });

  it("without auto-pipelining, and without base64", async () => {
    const plain = new Redis({
      url: world.url,
      token: TOKEN,
      enableAutoPipelining: false,
      responseEncoding: false,
      enableTelemetry: false,
    });
    await plain.set("a", "ü");
    expect(await plain.get("a")).toBe("ü");
    await expect(plain.hget("a", "f")).rejects.toThrow("WRONGTYPE");
  });

  it("a pipeline and a transaction", async () => {
    const pipeline = redis.pipeline().set("p", 1).incr("p").get("p").hgetall("none");
    expect(await pipeline.exec()).toEqual(["OK", 2, 2, null]);
    expect(await redis.multi().set("m", "v").get("m").del("m").exec()).toEqual(["OK", "v", 1]);
    const kept = await redis.pipeline().set("p", "x").incr("p").exec({ keepErrors: true });
    expect(kept).toEqual([{ result: "OK" }, { error: expect.stringContaining("not an integer"), result: undefined }]);
    await expect(redis.multi().hset("p", { f: 1 }).exec()).rejects.toThrow("WRONGTYPE");
  });

  it("integers beyond 2^53", async () => {
    await redis.set("big", "9007199254740992");
    expect(String(await redis.incr("big"))).toBe("9007199254740993");
  });

  it("scan, with types where asked", async () => {
    await redis.mset({ s1: "1", s2: "2" });
    const [cursor, keys] = await redis.scan(0, { match: "s*", count: 100 });
    expect([cursor, keys.toSorted()]).toEqual(["0", ["s1", "s2"]]);
  });

  it("errors are errors, with the server's words", async () => {
    await redis.set("a", "x");
    await expect(redis.incr("a")).rejects.toThrow("ERR value is not an integer or out of range");
    const stranger = new Redis({ url: world.url, token: "wrong", enableTelemetry: false, retry: false });
    await expect(stranger.get("a")).rejects.toThrow("WRONGPASS invalid or missing auth token");
    const reader = new Redis({ url: world.url, token: READER, enableTelemetry: false });
    expect(await reader.get("a")).toBe("x");
    await expect(reader.set("a", "y")).rejects.toThrow("NOPERM");
  });

  it("reads its own writes in one region, whatever it does with its token", async () => {
    const late = new Redis({ url: world.url, token: TOKEN, readYourWrites: true, enableTelemetry: false });
    const never = new Redis({ url: world.url, token: TOKEN, readYourWrites: false, enableTelemetry: false });
    for (let round = 0; round < 20; round++) {
      await late.set("ryw", round);
      expect(await never.get("ryw")).toBe(round);
    }
  });

  it("a user's token, and copying a key onto itself", async () => {
    await world.post('["ACL","SETUSER","sdk","on",">p","+get","~mine:*"]');
    const token = ((await world.post('["ACL","RESTTOKEN","sdk","p"]')).body as { result: string }).result;
    const user = new Redis({ url: world.url, token, enableTelemetry: false });
    expect(await user.get("mine:a")).toBeNull();
    await expect(user.get("other")).rejects.toThrow("NOPERM No permissions to access a key");
    await expect(user.set("mine:a", "1")).rejects.toThrow(
      "NOPERM User sdk has no permissions to run the 'set' command",
    );
    await redis.set("k", "v");
    expect(await redis.copy("k", "k")).toBe("NOT_COPIED");
  });
});
