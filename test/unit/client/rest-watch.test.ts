import { Redis } from "@upstash/redis";
import { Redis as Redis134 } from "upstash-redis-1-34";
import { Redis as Redis138 } from "upstash-redis-1-38";
import { afterEach, expect, test, vi } from "vitest";
import { upstashRequester, watchRestRegions, type RegionWatch } from "../../../src/client/rest.ts";

let watch: RegionWatch | null = null;
afterEach(() => {
  watch?.close();
  vi.unstubAllGlobals();
});

interface Asked {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Regions as `fetch` sees them: what each answers to `/readyz` and to all else. */
function regionsThat(answers: Readonly<Record<string, () => Response>>) {
  const asked: Asked[] = [];
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    const region = new URL(url).hostname;
    if (url.endsWith("/readyz")) return Promise.resolve(Response.json({ region, state: "ready" }));
    asked.push({ url, headers: init.headers as Record<string, string> });
    try {
      return Promise.resolve(answers[region]!());
    } catch (error) {
      return Promise.reject(error);
    }
  };
  const regions = Object.keys(answers).map((name) => ({ name, rest: `https://${name}`, resp: null }));
  return { asked, fetch, regions };
}

const answer = (result: unknown, token = "", headers: Record<string, string> = {}): Response =>
  Response.json({ result }, { headers: { "upstash-sync-token": token, ...headers } });

const dead = (code: string) => (): Response => {
  throw new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) });
};

test("where timers are numbers, as in browsers, it works the same", async () => {
  const timers = new Map<number, NodeJS.Timeout>();
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  vi.stubGlobal("setTimeout", (action: () => void, ms: number) => {
    timers.set(timers.size + 1, set(action, ms));
    return timers.size;
  });
  vi.stubGlobal("clearTimeout", (id: number) => clear(timers.get(id)));
  const { fetch, regions } = regionsThat({ eu: () => answer("OK") });
  watch = await watchRestRegions({ regions, fetch });
  expect(watch.current?.name).toBe("eu");
  watch.touched();
});

test("UR1: each answer's token goes with the next request; a stale answer's region is not asked for the old one again", async () => {
  let isStale = false;
  const { asked, fetch, regions } = regionsThat({
    eu: () => answer("v", isStale ? "t2" : "t1", isStale ? { "x-antipode-stale": "1" } : {}),
  });
  watch = await watchRestRegions({ regions, fetch });
  const stale: string[] = [];
  watch.on("stale", ({ region }) => stale.push(region));
  const requester = upstashRequester(watch, { token: "secret", fetch });
  const get = () => requester.request({ body: ["GET", "k"] });
  await get();
  expect(asked[0]!.headers["upstash-sync-token"]).toBeUndefined();
  expect(asked[0]!.headers["authorization"]).toBe("Bearer secret");
  isStale = true;
  await get();
  expect(asked[1]!.headers["upstash-sync-token"]).toBe("t1");
  await get();
  expect(asked[2]!.headers["upstash-sync-token"]).toBe("t2");
  expect(stale).toEqual(["eu", "eu"]);
});

test.each([
  ["a read goes to the next region", ["GET", "k"], "ECONNRESET", "us"],
  ["so does a write that can be repeated", ["SET", "k", "v"], "ECONNRESET", "us"],
  ["and any write that nobody took", ["INCR", "k"], "ECONNREFUSED", "us"],
])("UR2: %s", async (_says, body, code, served) => {
  const { fetch, regions } = regionsThat({ eu: dead(code), us: () => answer("us") });
  watch = await watchRestRegions({ regions, fetch, prefer: "eu" });
  const requester = upstashRequester(watch, { token: "t", fetch });
  expect(await requester.request({ body })).toEqual({ result: served });
});

test.each([
  ["INCR", { body: ["INCR", "k"] }],
  [
    "a pipeline with one",
    {
      path: ["pipeline"],
      body: [
        ["GET", "k"],
        ["INCR", "k"],
      ],
    },
  ],
  ["a script", { body: ["EVAL", "return 1", "0"] }],
])("UR2: what may have run and must not run twice is an error: %s", async (_says, request) => {
  const { asked, fetch, regions } = regionsThat({ eu: dead("ECONNRESET"), us: () => answer("us") });
  watch = await watchRestRegions({ regions, fetch, prefer: "eu" });
  const requester = upstashRequester(watch, { token: "t", fetch });
  await expect(requester.request(request)).rejects.toThrow("eu: ECONNRESET");
  expect(asked.map(({ url }) => new URL(url).hostname)).toEqual(["eu"]);
});

test("what the region refuses is the SDK's error, and no other region is asked", async () => {
  const refusal = (): Response => Response.json({ error: "WRONGTYPE no list" }, { status: 400 });
  const { asked, fetch, regions } = regionsThat({ eu: refusal, us: () => answer("us") });
  watch = await watchRestRegions({ regions, fetch, prefer: "eu" });
  const requester = upstashRequester(watch, { token: { eu: "e", us: "u" }, fetch });
  await expect(requester.request({ body: ["LPUSH", "k", "v"] })).rejects.toMatchObject({
    name: "UpstashError",
    message: 'WRONGTYPE no list, command was: ["LPUSH","k","v"]',
  });
  expect(asked.length).toBe(1);
  expect(asked[0]!.headers["authorization"]).toBe("Bearer e");
});

test("lists are followed; none that can be read and no region given is an error", async () => {
  const list = { regions: [{ name: "eu", rest: "https://eu", resp: null, available: true }] };
  const fetch = (url: string): Promise<Response> => {
    if (url === "https://router/regions?at=50%2C8") return Promise.resolve(Response.json(list));
    if (url === "https://eu/readyz") return Promise.resolve(Response.json({ region: "eu", state: "ready" }));
    return Promise.reject(new Error(`no ${url}`));
  };
  watch = await watchRestRegions({ from: ["https://gone", "https://router/"], location: "50,8", fetch });
  expect(watch.current?.name).toBe("eu");
  await expect(watchRestRegions({ from: ["https://gone"], fetch })).rejects.toThrow("no region was given");
  const respOnly = [{ name: "us", rest: null, resp: "redis://us" }];
  await expect(watchRestRegions({ regions: respOnly, fetch })).rejects.toThrow("no region has an address");
});

test.each<[string, typeof Redis]>([
  ["1.34", Redis134 as unknown as typeof Redis],
  ["1.38", Redis138 as unknown as typeof Redis],
  ["1.39", Redis],
])("the SDK, version %s, takes the requester: commands, pipelines and transactions", async (_version, Sdk) => {
  const { asked, fetch, regions } = regionsThat({ eu: () => answer("v") });
  watch = await watchRestRegions({ regions, fetch });
  const redis = new Sdk(upstashRequester(watch, { token: "t", fetch }));
  expect(await redis.get("k")).toBe("v");
  const several = (): Response => Response.json([{ result: "1" }, { result: "OK" }]);
  const { fetch: fetchSeveral } = regionsThat({ eu: several });
  const pipelined = new Sdk(upstashRequester(watch, { token: "t", fetch: fetchSeveral }));
  expect(await pipelined.pipeline().get("a").set("b", "c").exec()).toEqual([1, "OK"]);
  expect(await pipelined.multi().get("a").set("b", "c").exec()).toEqual([1, "OK"]);
  expect(asked.map(({ url }) => url)).toEqual(["https://eu"]);
});
