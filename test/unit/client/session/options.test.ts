import { describe, expect, test } from "vitest";
import { ClientOptionError, Sessions, type SessionOptions } from "../../../../src/client/session/index.ts";
import { SyncCookie } from "../../../../src/client/session/sync-cookie.ts";
import { timeToLiveMs, withMovingEnd, withoutMovingEnd } from "../../../../src/client/session/time-to-live.ts";

const client = { url: "http://127.0.0.1:1", token: "t" };

describe("options", () => {
  test.each([
    [{ client: {} as never }, /^client: wants a client of ioredis, redis or @upstash\/redis/u],
    [{ client: { url: "redis://x", token: "t" } }, /^client[.]url: wants http/u],
    [{ client: { url: "http://x", token: "" } }, /^client[.]token: /u],
    [{ client: { call: () => {}, options: { keyPrefix: "p:" } } as never }, /^client: has a keyPrefix/u],
    [{ client, prefix: "" }, /^prefix: /u],
    [{ client, storage: "list" as never }, /^storage: wants "document" or "hash", not "list"$/u],
    [{ client, ttl: 0 }, /^ttl: wants seconds above 0/u],
    [{ client, ttl: Number.NaN }, /^ttl: /u],
    [{ client, scanCount: 0.5 }, /^scanCount: /u],
    [{ client, ended: "maybe" as never }, /^ended: /u],
    [{ client, counters: ["a..b"] }, /^counters: "a[.][.]b" is no path/u],
    [{ client, counters: [[]] }, /^counters: \[\] is no path/u],
    [{ client, readYourWrites: { timeoutMs: 0 } }, /^readYourWrites[.]timeoutMs: wants 1 to 60000, not 0$/u],
    [{ client, readYourWrites: { stale: "no" as never } }, /^readYourWrites[.]stale: /u],
  ] satisfies readonly (readonly [SessionOptions, RegExp])[])("%# are refused in their own words", (options, words) => {
    expect(() => new Sessions(options)).toThrow(ClientOptionError);
    expect(() => new Sessions(options)).toThrow(words);
  });

  test("what cannot be a session is refused before it is sent", async () => {
    const sessions = new Sessions({ client });
    await expect(sessions.set("s", { _generation: "x" })).rejects.toThrow(/no field _generation of its own/u);
    await expect(sessions.set("s", [])).rejects.toThrow(/has to be an object/u);
  });
});

describe("time to live", () => {
  const nowMs = 1_000_000;
  test.each([
    [{}, 60, 60_000],
    [{ cookie: { expires: null } }, 60, 60_000],
    [{ cookie: { expires: false } }, 60, 60_000],
    [{ cookie: { expires: "no date" } }, 60, 60_000],
    [{ cookie: { expires: new Date(nowMs + 5_000) } }, 60, 5_000],
    [{ cookie: { expires: new Date(nowMs + 5_000).toISOString() } }, 60, 5_000],
    [{ cookie: { expires: new Date(nowMs - 1) } }, 60, -1],
    [{ cookie: { expires: new Date(nowMs + 5_000) } }, () => 7.5, 7_500],
  ])("%j, %s: %d ms", (session, ttl, expected) => {
    expect(timeToLiveMs(session, { ttl }, nowMs)).toBe(expected);
  });

  test("the end of a cookie that moves is not stored, but made of the key's", () => {
    const cookie = { originalMaxAge: 60_000, expires: "x", originalExpires: "x", path: "/" };
    const stored = withoutMovingEnd({ cookie, a: 1 });
    expect(stored).toEqual({ cookie: { originalMaxAge: 60_000, path: "/" }, a: 1 });
    const at = (ms: number): string => new Date(nowMs + ms).toISOString();
    expect(withMovingEnd(stored, 5_000, nowMs)).toEqual({
      cookie: { ...(stored["cookie"] as object), expires: at(5_000) },
      a: 1,
    });
    expect(withMovingEnd(stored, 90_000, nowMs)["cookie"]).toMatchObject({ expires: at(60_000) });
    const fixed = { cookie: { originalMaxAge: null, expires: "2030-01-01" } };
    expect(withMovingEnd(withoutMovingEnd(fixed), 5_000, nowMs)).toEqual(fixed);
  });
});

describe("the cookie of sync tokens", () => {
  const value = (header: string): string => header.split(";")[0]!;
  test("is read back, among others, with an old secret too", () => {
    const cookie = new SyncCookie({ secret: "old" });
    const header = value(cookie.write("AbC-_9", false));
    expect(cookie.read(`a=b; ${header}; c`)).toBe("AbC-_9");
    expect(new SyncCookie({ secret: ["new", "old"] }).read(header)).toBe("AbC-_9");
    expect(new SyncCookie({ secret: "new" }).read(header)).toBeNull();
  });

  test.each([
    undefined,
    "",
    "session.sync",
    "session.sync=",
    "session.sync=.x",
    "session.sync=AAAA.AAAA",
    "session.sync=AAAA",
  ])("%j is none", (header) => expect(new SyncCookie({ secret: "s" }).read(header)).toBeNull());

  test("neither is a long one, whoever signed it", () => {
    const cookie = new SyncCookie({ secret: "s" });
    expect(cookie.read(value(cookie.write("A".repeat(257), false)))).toBeNull();
  });

  test("has the attributes that were asked for", () => {
    const cookie = new SyncCookie({ secret: "s", name: "n", path: "/p", domain: "d.example", sameSite: "none" });
    expect(cookie.write("T", true)).toMatch(
      /^n=T[.].{43}; Path=\/p; Domain=d[.]example; HttpOnly; SameSite=None; Secure$/u,
    );
    expect(cookie.write(null, false)).toBe("n=; Path=/p; Domain=d.example; HttpOnly; SameSite=None; Max-Age=0");
    expect(() => new SyncCookie({ secret: [] })).toThrow(/^secret: /u);
    expect(() => new SyncCookie({ secret: "s", name: "a b" })).toThrow(/^name: /u);
  });
});
