import { createHash } from "node:crypto";
import { Ratelimit } from "@upstash/ratelimit";
import { Redis } from "@upstash/redis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { RestWorld, TOKEN } from "./rest-world.ts";

let world: RestWorld;
let redis: Redis;
beforeAll(async () => {
  world = await RestWorld.start();
  redis = new Redis({ url: world.url, token: TOKEN, enableTelemetry: false });
});
beforeEach(() => {
  // A window that begins now: none of these tests may cross its end.
  world.commands.run("flushall");
});
afterAll(() => world.server.close());

async function countAllowed(limiter: Ratelimit, attempts: number): Promise<number> {
  let allowed = 0;
  for (let index = 0; index < attempts; index++) if ((await limiter.limit("someone")).success) allowed++;
  return allowed;
}

const options = { ephemeralCache: false as const, analytics: false };

describe("@upstash/ratelimit, unmodified", () => {
  it.each([
    ["fixed window", Ratelimit.fixedWindow(5, "1 d")],
    ["sliding window", Ratelimit.slidingWindow(5, "1 d")],
    ["token bucket", Ratelimit.tokenBucket(1, "1 d", 5)],
  ] as const)("%s: five of eight pass, and after a reset five more", async (_name, algorithm) => {
    const limiter = new Ratelimit({ redis, limiter: algorithm, ...options });
    expect(await countAllowed(limiter, 8)).toBe(5);
    expect((await limiter.getRemaining("someone")).remaining).toBe(0);
    await limiter.resetUsedTokens("someone");
    expect(await countAllowed(limiter, 8)).toBe(5);
  });

  it("its scripts are hashed with their first line, and found by their hash after the first call", async () => {
    const limiter = new Ratelimit({ redis, limiter: Ratelimit.fixedWindow(5, "1 d"), ...options });
    await limiter.limit("someone");
    const before = world.commands.run("info commandstats") as string;
    expect((await limiter.limit("someone")).remaining).toBe(3);
    const after = world.commands.run("info commandstats") as string;
    const calls = (info: string, name: string) =>
      Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`, "u").exec(info)?.[1]);
    expect(calls(after, "evalsha") - calls(before, "evalsha")).toBe(1);
    expect(calls(after, "eval")).toBe(calls(before, "eval"));
  });
});

describe("scripts through @upstash/redis", () => {
  it("Script.exec falls back to EVAL once", async () => {
    const script = redis.createScript<string[]>("return {KEYS[1], ARGV[1]}");
    expect(await script.exec(["k"], ["v"])).toEqual(["k", "v"]);
    expect(await script.exec(["k"], ["w"])).toEqual(["k", "w"]);
    await expect(redis.evalsha(sha1("return 'unknown'"), [], [])).rejects.toThrow(/NOSCRIPT/u);
  });

  it("EVAL, EVAL_RO, SCRIPT and FUNCTION", async () => {
    expect(await redis.eval("return {1, 'two', false, {ok = 'OK'}}", [], [])).toEqual([1, "two", null, "OK"]);
    expect(await redis.evalRo("return redis.call('get', KEYS[1])", ["none"], [])).toBeNull();
    const sha = await redis.scriptLoad("return 'loaded'");
    expect(sha).toBe(sha1("return 'loaded'"));
    expect(await redis.scriptExists(sha, sha1("other"))).toEqual([1, 0]);
    expect(await redis.evalsha(sha, [], [])).toBe("loaded");
    const code = "#!lua name=lib\nredis.register_function('double', function(keys, args) return args[1] * 2 end)";
    expect(await redis.functions.load({ code })).toBe("lib");
    expect(await redis.functions.call("double", [], ["21"])).toBe(42);
    expect((await redis.functions.list()).map(({ libraryName }) => libraryName)).toEqual(["lib"]);
    await redis.functions.flush();
    expect(await redis.functions.list()).toEqual([]);
  });

  it("a script's error is a failed request", async () => {
    await expect(redis.eval("return redis.call('nope')", [], [])).rejects.toThrow(
      /Unknown Redis command called from script script: [0-9a-f]{40}, on @user_script:1\./u,
    );
  });
});

function sha1(source: string): string {
  return createHash("sha1").update(source).digest("hex");
}
