import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import session from "express-session";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expressStore, expressSync, type SessionOptions } from "../../../src/client/session/index.ts";
import { waitFor } from "../../support/processes.ts";
import { Browser } from "./browser.ts";
import { EAST, SessionWorld, WEST, type RegionName } from "./session-world.ts";

declare module "express-session" {
  interface SessionData {
    user: string;
    views: number;
    cart?: Record<string, number>;
  }
}

let world: SessionWorld;
const servers: Server[] = [];
beforeAll(async () => {
  world = await SessionWorld.start();
});
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await world.stop();
});

interface Start {
  readonly store?: Partial<SessionOptions>;
  readonly session?: Partial<session.SessionOptions>;
  /** With the cookie that carries sync tokens. */
  readonly sync?: boolean;
}

/** Lets a test stop a request between the load of its session and the save. */
class Gate {
  #open!: () => void;
  readonly opened = new Promise<void>((resolve) => (this.#open = resolve));
  reached = 0;
  open(): void {
    this.#open();
  }
}

async function startApplication(region: RegionName, start: Start = {}) {
  const client = await world.client(region, "redis");
  const store = expressStore(session, { client, counters: ["views"], ttl: 3_600, scanCount: 10, ...start.store });
  const gate = new Gate();
  const app = express();
  const middleware = session({
    store,
    secret: "s",
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 600_000 },
    ...start.session,
  });
  app.use(start.sync ? expressSync(middleware, store, { secret: "t" }) : middleware);
  app.get("/login/:user", (request, response, next) => {
    request.session.regenerate((failure: unknown) => {
      if (failure) return next(failure);
      request.session.user = request.params.user;
      response.json("in");
    });
  });
  app.get("/view", (request, response) => {
    request.session.views = (request.session.views ?? 0) + 1;
    response.json([request.session.user ?? null, request.session.views]);
  });
  app.get("/slow/:what", (request, response) => {
    gate.reached++;
    void gate.opened.then(() => {
      request.session.cart = { ...request.session.cart, [request.params.what]: 1 };
      response.json("added");
    });
  });
  app.get("/reload", (request, response, next) => {
    request.session.views = 99;
    request.session.reload((failure: unknown) => {
      if (failure) return next(failure);
      request.session.cart = { reloaded: 1 };
      response.json(request.session.views ?? null);
    });
  });
  app.get("/who", (request, response) => void response.json(request.session.user ?? null));
  app.get("/cart", (request, response) => void response.json(request.session.cart ?? {}));
  app.get("/age", (request, response) => void response.json(request.session.cookie.maxAge));
  app.get("/logout", (request, response, next) => {
    request.session.destroy((failure: unknown) => (failure ? next(failure) : response.json("out")));
  });
  app.get("/stream", (request, response) => {
    request.session.views = 1;
    response.write("a");
    response.end("b");
  });
  const server = app.listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return { store, gate, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const keyOf = (browser: Browser): string =>
  `sess:${/^s:([^.]+)\./u.exec(decodeURIComponent(browser.cookie("connect.sid") ?? ""))?.[1] ?? "no cookie"}`;

describe("express-session", () => {
  it("login, save, reload, touch and logout", async () => {
    const { url } = await startApplication(EAST);
    const browser = new Browser();
    expect(await browser.get(`${url}/who`)).toBeNull();
    expect(browser.cookie("connect.sid")).toBeUndefined();
    await browser.get(`${url}/login/ann`);
    expect(await browser.get(`${url}/view`)).toEqual(["ann", 1]);
    expect(await browser.get(`${url}/view`)).toEqual(["ann", 2]);
    expect(await browser.get(`${url}/reload`)).toBe(2);
    expect(await browser.get(`${url}/cart`)).toEqual({ reloaded: 1 });
    const key = keyOf(browser);
    await world.plain(EAST).pexpire(key, 100_000);
    const age = (await browser.get(`${url}/age`)) as number;
    expect(age).toBeGreaterThan(90_000);
    expect(age).toBeLessThanOrEqual(100_000);
    await waitFor("touched", async () => (await world.plain(EAST).ttl(key)) > 590);
    await browser.get(`${url}/logout`);
    expect(await world.plain(EAST).exists(key)).toBe(0);
    expect(await browser.get(`${url}/who`)).toBeNull();
  });

  it("a new id at login: the session that was before it is gone", async () => {
    const { url } = await startApplication(EAST);
    const browser = new Browser();
    await browser.get(`${url}/view`);
    const before = keyOf(browser);
    await browser.get(`${url}/login/ann`);
    expect(keyOf(browser)).not.toBe(before);
    expect(await world.plain(EAST).exists(before)).toBe(0);
    expect(await world.plain(EAST).exists(keyOf(browser))).toBe(1);
  });

  it.each(["document", "hash"] as const)(
    "resave, rolling and saveUninitialized, unset: destroy (%s)",
    async (storage) => {
      const { url } = await startApplication(EAST, {
        store: { storage, prefix: `sess:${storage}:` },
        session: { resave: true, rolling: true, saveUninitialized: true, unset: "destroy" },
      });
      const browser = new Browser();
      await browser.get(`${url}/who`);
      const first = browser.cookie("connect.sid");
      expect(first).toBeDefined();
      expect(await browser.get(`${url}/view`)).toEqual([null, 1]);
      expect(await browser.get(`${url}/view`)).toEqual([null, 2]);
      expect(browser.cookie("connect.sid")).toBe(first);
    },
  );

  it("SS1: two requests of one session at once, in one region, keep both their changes", async () => {
    const { url, gate } = await startApplication(EAST);
    const browser = new Browser();
    await browser.get(`${url}/login/ann`);
    const slow = [browser.get(`${url}/slow/tea`), browser.get(`${url}/slow/jam`)];
    await waitFor("both in flight", () => gate.reached === 2);
    await browser.get(`${url}/view`);
    gate.open();
    await Promise.all(slow);
    expect(await browser.get(`${url}/cart`)).toEqual({ tea: 1, jam: 1 });
    expect(await browser.get(`${url}/view`)).toEqual(["ann", 2]);
  });

  it("SS3: a logout while a request is in flight, in one region", async () => {
    const { url, gate } = await startApplication(EAST);
    const browser = new Browser();
    await browser.get(`${url}/login/ann`);
    const key = keyOf(browser);
    const slow = browser.get(`${url}/slow/tea`);
    await waitFor("in flight", () => gate.reached === 1);
    await browser.get(`${url}/logout`);
    gate.open();
    expect(await slow).toBe("added");
    expect(await world.plain(EAST).exists(key)).toBe(0);
    expect(await browser.get(`${url}/who`)).toBeNull();
  });

  it("SS4: a logout while a request is in flight in a region that is cut off", async () => {
    const [east, west] = [await startApplication(EAST), await startApplication(WEST)];
    const browser = new Browser();
    await browser.get(`${east.url}/login/ann`);
    const key = keyOf(browser);
    await waitFor("known in the west", async () => (await browser.get(`${west.url}/who`)) === "ann");
    const slow = browser.get(`${west.url}/slow/tea`);
    await waitFor("in flight", () => west.gate.reached === 1);
    await world.apart(async () => {
      await browser.get(`${east.url}/logout`);
      west.gate.open();
      await slow;
      expect(await world.plain(WEST).exists(key)).toBe(1);
    });
    for (const region of [EAST, WEST] as const) expect(await world.plain(region).exists(key)).toBe(0);
    expect(await browser.get(`${west.url}/who`)).toBeNull();
  });

  it("all, ids, length and clear meet every session of the prefix and nothing else", async () => {
    const { store } = await startApplication(EAST, { store: { prefix: "all[*]:" } });
    const cookie = { originalMaxAge: null } as session.SessionData["cookie"];
    const names = Array.from({ length: 45 }, (_, index) => `s${index}`).toSorted();
    await world.plain(EAST).set("all*:no", "kept");
    const asked = <T>(call: (done: (failure: unknown, answer?: T) => void) => unknown): Promise<T> =>
      new Promise((resolve, reject) => {
        call((failure, answer) => (failure ? reject(failure) : resolve(answer as T)));
      });
    for (const user of names) await asked((done) => store.set(user, { cookie, user } as session.SessionData, done));
    expect(await asked<number>((done) => store.length!(done as never))).toBe(45);
    expect((await asked<string[]>((done) => store.ids(done))).toSorted()).toEqual(names);
    const all = await asked<{ id: string; user: string }[]>((done) => store.all!(done as never));
    expect(all.map(({ id, user }) => [id, user]).toSorted()).toEqual(names.map((user) => [user, user]));
    await asked((done) => store.clear!(done));
    expect(await asked<number>((done) => store.length!(done as never))).toBe(0);
    expect(await world.plain(EAST).get("all*:no")).toBe("kept");
  });
});

describe("express-session with the cookie of sync tokens", () => {
  it("SS7: who comes to another region finds there what it did, logout included", async () => {
    const start = { sync: true, store: { readYourWrites: { timeoutMs: 5_000, stale: "error" } } } as const;
    const [east, west] = [await startApplication(EAST, start), await startApplication(WEST, start)];
    const browser = new Browser();
    await browser.get(`${east.url}/login/ann`);
    expect(browser.cookie("session.sync")).toMatch(/^[\w-]{10,80}[.][\w-]{43}$/u);
    for (let round = 1; round <= 10; round += 2) {
      expect(await browser.get(`${west.url}/view`)).toEqual(["ann", round]);
      expect(await browser.get(`${east.url}/view`)).toEqual(["ann", round + 1]);
    }
    await browser.get(`${west.url}/logout`);
    expect(await browser.get(`${east.url}/who`)).toBeNull();
    expect(await browser.text(`${east.url}/stream`)).toBe("ab");
  });

  it("SS7: cut off, it waits once and goes on with what is there; a cookie that nobody signed is not waited for", async () => {
    const start = { sync: true, store: { readYourWrites: { timeoutMs: 700 } } } as const;
    const [east, west] = [await startApplication(EAST, start), await startApplication(WEST, start)];
    const browser = new Browser();
    await browser.get(`${east.url}/login/ann`);
    await browser.get(`${west.url}/who`);
    const took = async (): Promise<number> => {
      const startedMs = performance.now();
      expect(await browser.get(`${west.url}/who`)).toBe("ann");
      return performance.now() - startedMs;
    };
    await world.apart(async () => {
      await browser.get(`${east.url}/view`);
      expect(await took()).toBeGreaterThan(690);
      expect(browser.cookie("session.sync")).toBeUndefined();
      expect(await took()).toBeLessThan(690);
      await browser.get(`${east.url}/view`);
      browser.setCookie(
        "session.sync",
        browser.cookie("session.sync")!.replace(/.$/u, (last) => (last === "A" ? "B" : "A")),
      );
      expect(await took()).toBeLessThan(690);
    });
  });

  it("SS7: cut off, a session that is not known here is waited for once too", async () => {
    const start = { sync: true, store: { readYourWrites: { timeoutMs: 700 } } } as const;
    const [east, west] = [await startApplication(EAST, start), await startApplication(WEST, start)];
    const browser = new Browser();
    await world.apart(async () => {
      await browser.get(`${east.url}/login/ann`);
      expect(await browser.get(`${west.url}/who`)).toBeNull();
      expect(browser.cookie("session.sync")).toBeUndefined();
    });
    expect(await browser.get(`${west.url}/who`)).toBe("ann");
  });

  it("needs a store that takes tokens", async () => {
    const store = expressStore(session, { client: await world.client(EAST, "redis") });
    const wrapped = expressSync(session({ store, secret: "s", resave: false, saveUninitialized: false }), store, {
      secret: "t",
    });
    expect(() => wrapped({ headers: {} } as never, {} as never, () => {})).toThrow(/readYourWrites/u);
  });
});
