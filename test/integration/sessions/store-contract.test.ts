import session, { type SessionData } from "express-session";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expressStore, fastifyStore, type SessionOptions } from "../../../src/client/session/index.ts";
import { EAST, SessionWorld } from "./session-world.ts";

/** What users of connect-redis rely on, store by store. */

let world: SessionWorld;
beforeAll(async () => {
  world = await SessionWorld.start();
});
afterAll(() => world.stop());

interface Asked {
  get(id: string): Promise<Record<string, unknown> | null>;
  set(id: string, data: object): Promise<unknown>;
  touch(id: string, data: object): Promise<unknown>;
  destroy(id: string): Promise<unknown>;
  all(): Promise<readonly object[]>;
  length(): Promise<number>;
  clear(): Promise<unknown>;
}

const STORES = {
  expressStore: (options: SessionOptions) => expressStore(session, options) as unknown as Asked,
  fastifyStore: (options: SessionOptions) => fastifyStore(options) as unknown as Asked,
};
const KINDS = (["expressStore", "fastifyStore"] as const).flatMap((kind) =>
  (["document", "hash"] as const).map((storage) => [kind, storage] as const),
);

let made = 0;
const soon = (seconds: number): SessionData["cookie"] => ({
  originalMaxAge: null,
  expires: new Date(Date.now() + seconds * 1_000),
});

describe.each(KINDS)("%s, %s", (kind, storage) => {
  const open = async (options: Partial<SessionOptions> = {}) => {
    const prefix = `sess:${kind}${++made}:`;
    const store = STORES[kind]({ client: await world.client(EAST, "ioredis"), storage, prefix, ...options });
    return { store, ttl: (id: string) => world.plain(EAST).ttl(prefix + id) };
  };

  it("what was set is got, until it is destroyed; setting the whole anew replaces it", async () => {
    const { store } = await open();
    expect(await store.get("1")).toBeNull();
    await store.set("1", { foo: "bar", deep: { a: [1, { b: null }], c: {} } });
    expect(await store.get("1")).toMatchObject({ foo: "bar", deep: { a: [1, { b: null }], c: {} } });
    await store.set("1", { foo: "baz" });
    const { antipodeTie: _, ...rest } = (await store.get("1"))!;
    expect(rest).toEqual({ foo: "baz" });
    await store.destroy("1");
    expect(await store.get("1")).toBeNull();
  });

  it("the end of a session is its cookie's, else the option's, which may be a function", async () => {
    const { store, ttl } = await open({ ttl: 60 });
    await store.set("plain", { a: 1 });
    expect(await ttl("plain")).toBe(60);
    await store.set("cookie", { cookie: soon(600) });
    expect(await ttl("cookie")).toBe(600);
    const functional = await open({ ttl: ((one: { foo: number }) => one.foo * 10) as never });
    await functional.store.set("f", { foo: 12 });
    expect(await functional.ttl("f")).toBe(120);
  });

  it("a cookie that has ended ends its session", async () => {
    const { store, ttl } = await open();
    const one = { cookie: soon(600), a: 1 };
    await store.set("1", one);
    await store.set("1", { ...one, cookie: soon(-5) });
    expect(await ttl("1")).toBe(-2);
    one.cookie = soon(-5);
    await store.set("2", one);
    expect(await store.get("2")).toBeNull();
  });

  it("touch prolongs, and writes nothing else; not with disableTouch, nor what is not there", async () => {
    const { store, ttl } = await open({ ttl: 60 });
    await store.set("1", { a: 1 });
    await store.touch("1", { a: 2, cookie: soon(600) });
    expect(await ttl("1")).toBe(600);
    expect(await store.get("1")).toMatchObject({ a: 1 });
    await store.touch("none", { cookie: soon(600) });
    expect(await store.get("none")).toBeNull();
    const lazy = await open({ ttl: 60, disableTouch: true });
    await lazy.store.set("1", { a: 1 });
    await lazy.store.touch("1", { cookie: soon(600) });
    expect(await lazy.ttl("1")).toBeLessThanOrEqual(60);
  });

  it("with disableTTL there is no end, and the cookie's is kept as it is", async () => {
    const { store, ttl } = await open({ disableTTL: true });
    const cookie = { originalMaxAge: 600_000, expires: new Date(Date.now() + 600_000).toISOString() };
    await store.set("1", { cookie });
    await store.touch("1", { cookie });
    expect(await ttl("1")).toBe(-1);
    expect(await store.get("1")).toMatchObject({ cookie });
  });

  it("all, length and clear are of the prefix alone", async () => {
    const [mine, other] = [await open({ scanCount: 3 }), await open()];
    await other.store.set("x", { a: 1 });
    for (let id = 0; id < 10; id++) await mine.store.set(String(id), { n: id });
    expect(await mine.store.length()).toBe(10);
    const all = (await mine.store.all()) as readonly { id: string; n: number }[];
    expect(all.map(({ id, n }) => [id, n]).toSorted()).toEqual(Array.from({ length: 10 }, (_, n) => [String(n), n]));
    await mine.store.clear();
    expect(await mine.store.all()).toEqual([]);
    expect(await other.store.length()).toBe(1);
  });

  it("a key that is something else is an error, told once", async () => {
    const { store } = await open();
    await world.plain(EAST).set(`sess:${kind}${made}:s`, "{}");
    await expect(store.get("s")).rejects.toThrow(/WRONGTYPE|wrong Redis type/u);
    const calls: unknown[] = [];
    await (store.get as (id: string, done: (error: unknown) => void) => Promise<unknown>)("s", (error) =>
      calls.push(error),
    );
    expect(calls.map(String)).toEqual([expect.stringMatching(/WRONGTYPE|wrong Redis type/u)]);
  });
});
