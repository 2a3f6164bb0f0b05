import { Redis as Newest } from "@upstash/redis";
import { Redis as Early } from "upstash-redis-1-34";
import { Redis as Late } from "upstash-redis-1-38";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { RestWorld, TOKEN } from "./rest-world.ts";

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
beforeEach(() => {
  world.commands.run("flushall");
});
afterAll(() => world.server.close());

const VERSIONS = [
  ["1.39", Newest],
  ["1.38", Late as unknown as typeof Newest],
  ["1.34", Early as unknown as typeof Newest],
] as const;

describe.each(VERSIONS)("JSON through @upstash/redis %s, unmodified", (_version, Redis) => {
  let json: Newest["json"];
  let redis: Newest;
  beforeAll(() => {
    redis = new Redis({ url: world.url, token: TOKEN, enableTelemetry: false });
    json = redis.json;
  });

  it("sets, gets, merges", async () => {
    const value = { name: "Zoë", list: [1, "two", null, { deep: true }], price: 99.98, quote: '"\\\n' };
    expect(await json.set("d", "$", value)).toBe("OK");
    expect(await json.get("d")).toEqual(value);
    expect(await json.get("d", "$")).toEqual([value]);
    expect(await json.get("d", { indent: "\t", newline: "\n", space: " " }, "$.price")).toEqual([99.98]);
    expect(await json.set("d", "$.a", 3, { nx: true })).toBe("OK");
    expect(await json.set("d", "$.a", 4, { nx: true })).toBeNull();
    expect(await json.set("d", "$.none", 4, { xx: true })).toBeNull();
    // Early versions have no `merge`.
    if ("merge" in json) expect(await json.merge("d", "$", { a: null, b: { c: 1 } })).toBe("OK");
    else await (json as Newest["json"]).set("d", "$.b", { c: 1 });
    expect(await json.get("d", "$.b")).toEqual([{ c: 1 }]);
    expect(await json.mset({ key: "d", path: "$.x", value: 1 }, { key: "e", path: "$", value: { x: 2 } })).toBe("OK");
    expect(await json.mget(["d", "e", "none"], "$.x")).toEqual([[1], [2], null]);
    expect(await redis.type("d")).toBe("ReJSON-RL");
  });

  it("several matches come deepest first", async () => {
    await json.set("d", "$", { a: 2, b: 3, nested: { a: 4, b: null } });
    expect(await json.get("d", "$..b")).toEqual([null, 3]);
    expect(await json.get("d", "$..a", "$..b")).toEqual({ "$..a": [4, 2], "$..b": [null, 3] });
    expect(await json.mget(["d"], "$..a")).toEqual([[4, 2]]);
    expect(await json.type("d", "$..a")).toEqual(["integer", "integer"]);
  });

  it("numbers, booleans, strings", async () => {
    await json.set("d", "$", { n: 1, t: true, s: "foo", in: { s: "hello" }, m: { s: 31 } });
    expect(await json.numincrby("d", "$.n", 2)).toEqual([3]);
    expect(await json.nummultby("d", "$.n", 2.5)).toEqual([7.5]);
    expect(await json.toggle("d", "$.t")).toEqual([0]);
    expect(await json.strappend("d", "$.s", '"bar"')).toEqual([6]);
    const lengths = await json.strlen("d", "$..s");
    expect(lengths.toSorted()).toEqual([5, 6, null]);
  });

  it("arrays", async () => {
    await json.set("d", "$", { l: [80, 90, 100, 120], none: 1 });
    expect(await json.arrappend("d", "$.l", 130, '"x"')).toEqual([6]);
    expect(await json.arrlen("d", "$.l")).toEqual([6]);
    expect(await json.arrindex("d", "$.l", 100)).toEqual([2]);
    expect(await json.arrinsert("d", "$.l", 1, 85)).toEqual([7]);
    expect(await json.arrpop("d", "$.l", 0)).toEqual([80]);
    expect(await json.arrpop("d", "$.l")).toEqual(["x"]);
    expect(await json.arrtrim("d", "$.l", 1, 2)).toEqual([2]);
    expect(await json.get("d", "$.l")).toEqual([[90, 100]]);
  });

  it("objects, RESP, clearing, deleting", async () => {
    await json.set("d", "$", { obj: { a: 1, b: 2 }, arr: [1], str: "foo", bool: true, int: 42 });
    expect(await json.objkeys("d", "$.obj")).toEqual([["a", "b"]]);
    expect(await json.objlen("d", "$.obj")).toEqual([2]);
    expect(((await json.resp("d")) as unknown[]).length).toBe(11);
    expect(await json.clear("d", "$.*")).toBe(3);
    expect(await json.get("d")).toEqual({ obj: {}, arr: [], str: "foo", bool: true, int: 0 });
    expect(await json.del("d", "$.obj")).toBe(1);
    expect(await json.forget("d")).toBe(1);
    expect(await json.get("d")).toBeNull();
    await expect(json.arrlen("d", "$.x")).rejects.toThrow(
      "could not perform this operation on a key that doesn't exist",
    );
  });

  it("in a pipeline and in a transaction", async () => {
    const [set, incremented, got] = await redis
      .multi()
      .json.set("d", "$", { n: 1 })
      .json.numincrby("d", "$.n", 1)
      .json.get("d", "$.n")
      .exec<[string, number[], number[]]>();
    expect([set, incremented, got]).toEqual(["OK", [2], [2]]);
  });
});
