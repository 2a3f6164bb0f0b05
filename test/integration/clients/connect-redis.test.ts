import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { RedisStore } from "connect-redis";
import express from "express";
import session, { type SessionData } from "express-session";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../../support/processes.ts";
import { startTwoRegions, type Region, type Regions } from "./regions.ts";

declare module "express-session" {
  interface SessionData {
    user: string;
    views: number;
  }
}

const nodeRedis = (url: string) => createClient({ url });

/** An application with logins, as express-session's users write it, before one region. */
class Application {
  readonly client: ReturnType<typeof nodeRedis>;
  readonly store: RedisStore;
  #server: Server | null = null;

  constructor(region: Region) {
    this.client = nodeRedis(region.url);
    this.store = new RedisStore({ client: this.client, ttl: 3_600, scanCount: 10 });
  }

  async start(): Promise<this> {
    await this.client.connect();
    const app = express();
    app.use(session({ store: this.store, secret: "s", resave: false, saveUninitialized: false }));
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
    app.get("/who", (request, response) => void response.json(request.session.user ?? null));
    app.get("/logout", (request, response, next) => {
      request.session.destroy((failure: unknown) => (failure ? next(failure) : response.json("out")));
    });
    this.#server = app.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  /** The answer, and the cookie to come back with. */
  async get(path: string, cookie = ""): Promise<{ readonly body: unknown; readonly cookie: string }> {
    const { port } = this.#server!.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { cookie } });
    const body: unknown = await response.json();
    return { body, cookie: response.headers.getSetCookie()[0]?.split(";")[0] ?? cookie };
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
    this.client.destroy();
  }
}

let regions: Regions;
let east: Application;
let west: Application;
beforeAll(async () => {
  regions = await startTwoRegions();
  [east, west] = await Promise.all([new Application(regions.east).start(), new Application(regions.west).start()]);
});
afterAll(async () => {
  east.stop();
  west.stop();
  await regions.stop();
});

const sessionId = (cookie: string): string =>
  /^connect\.sid=s:([^.]+)\./u.exec(decodeURIComponent(cookie))?.[1] ?? "no cookie";

/** Calls a method of the store that answers by a callback. */
const asked = <T>(call: (done: (failure: unknown, answer?: T) => void) => unknown): Promise<T> =>
  new Promise((resolve, reject) => {
    call((failure, answer) => (failure ? reject(failure) : resolve(answer as T)));
  });

describe("connect-redis with express-session", () => {
  it("login, save, touch and logout", async () => {
    const { cookie } = await east.get("/login/ann");
    expect((await east.get("/view", cookie)).body).toEqual(["ann", 1]);
    expect((await east.get("/view", cookie)).body).toEqual(["ann", 2]);
    const key = `sess:${sessionId(cookie)}`;
    await east.client.expire(key, 100);
    expect((await east.get("/who", cookie)).body).toBe("ann");
    await waitFor("touched", async () => (await east.client.ttl(key)) > 3_590);
    await east.get("/logout", cookie);
    expect(await east.client.exists(key)).toBe(0);
    expect((await east.get("/who", cookie)).body).toBeNull();
  });

  it("all, ids, length and clear scan every session and nothing else", async () => {
    await asked<void>((done) => east.store.clear(done));
    await east.client.set("other", "kept");
    const cookie = { originalMaxAge: null } as SessionData["cookie"];
    const names = Array.from({ length: 45 }, (_, index) => `s${index}`).toSorted();
    for (const user of names) await asked<void>((done) => east.store.set(user, { cookie, user, views: 1 }, done));
    expect(await asked<number>((done) => east.store.length(done))).toBe(45);
    expect((await asked<string[]>((done) => east.store.ids(done))).toSorted()).toEqual(names);
    const all = await asked<{ id: string; user: string }[]>((done) => east.store.all(done as never));
    expect(all.map(({ id, user }) => [id, user]).toSorted()).toEqual(names.map((user) => [user, user]));
    await asked<void>((done) => east.store.clear(done));
    expect(await asked<number>((done) => east.store.length(done))).toBe(0);
    expect(await east.client.get("other")).toBe("kept");
  });

  it("two regions: a login is known in both, and so is a logout", async () => {
    const { cookie } = await east.get("/login/bob");
    await waitFor("known in the west", async () => (await west.get("/who", cookie)).body === "bob");
    await west.get("/logout", cookie);
    await waitFor("out in the east", async () => (await east.get("/who", cookie)).body === null);
  });
});
