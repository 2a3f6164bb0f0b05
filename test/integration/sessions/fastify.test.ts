// Fastify awaits its handlers.
// oxlint-disable oxc/no-async-endpoint-handlers
import type { AddressInfo } from "node:net";
import fastifyCookie from "@fastify/cookie";
import fastifySession from "@fastify/session";
import fastify, { type FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fastifyStore, fastifySync, type SessionOptions } from "../../../src/client/session/index.ts";
import { waitFor } from "../../support/processes.ts";
import { Browser } from "./browser.ts";
import { EAST, SessionWorld, WEST, type RegionName } from "./session-world.ts";

declare module "fastify" {
  interface Session {
    user?: string;
    views?: number;
    basket?: Record<string, number>;
  }
}

const SECRET = "a secret that has thirty-two characters";

let world: SessionWorld;
const apps: FastifyInstance[] = [];
beforeAll(async () => {
  world = await SessionWorld.start();
});
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await world.stop();
});

interface Start {
  readonly store?: Partial<SessionOptions>;
  readonly cookie?: fastifySession.CookieOptions;
  readonly sync?: boolean;
}

async function startApplication(region: RegionName, start: Start = {}) {
  const store = fastifyStore({ client: await world.client(region, "ioredis"), counters: ["views"], ...start.store });
  const app = fastify({ forceCloseConnections: true });
  apps.push(app);
  await app.register(fastifyCookie);
  const cookie = start.cookie ?? { secure: false, maxAge: 600_000 };
  const options = { secret: SECRET, store, cookie };
  if (start.sync) await app.register(fastifySync(fastifySession, store, { secret: "t" }), options);
  else await app.register(fastifySession, options);
  let release!: () => void;
  const released = new Promise<void>((resolve) => (release = resolve));
  const gate = { reached: 0, open: (): void => release() };
  app.get("/login/:user", async (request) => {
    await request.session.regenerate();
    request.session.user = (request.params as { user: string }).user;
    return "in";
  });
  app.get("/view", async (request) => {
    request.session.views = (request.session.views ?? 0) + 1;
    return [request.session.user ?? null, request.session.views];
  });
  app.get("/slow/:what", async (request) => {
    gate.reached++;
    await released;
    request.session.basket = { ...request.session.basket, [(request.params as { what: string }).what]: 1 };
    return ["added"];
  });
  app.post("/add", async (request) => {
    request.session.basket = { ...request.session.basket, ...(request.body as Record<string, number>) };
    return ["added"];
  });
  app.get("/basket", async (request) => request.session.basket ?? {});
  app.get("/who", async (request) => [request.session.user ?? null]);
  app.get("/reload", async (request) => {
    request.session.views = 99;
    await request.session.reload();
    return [request.session.views ?? null];
  });
  app.get("/shown", async (request) => request.session);
  app.get("/logout", async (request) => {
    await request.session.destroy();
    return ["out"];
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  return { store, gate, url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}` };
}

const keyOf = (browser: Browser): string =>
  `sess:${decodeURIComponent(browser.cookie("sessionId") ?? "no cookie").split(".")[0]!}`;

describe("@fastify/session", () => {
  it.each(["document", "hash"] as const)("login, save, reload, rolling end and logout (%s)", async (storage) => {
    const { url } = await startApplication(EAST, { store: { storage, prefix: `sess:${storage}:` } });
    const browser = new Browser();
    await browser.text(`${url}/login/ann`);
    expect(await browser.get(`${url}/view`)).toEqual(["ann", 1]);
    expect(await browser.get(`${url}/view`)).toEqual(["ann", 2]);
    expect(await browser.get(`${url}/reload`)).toEqual([2]);
    expect(Object.keys((await browser.get(`${url}/shown`)) as object).toSorted()).toEqual(["cookie", "user", "views"]);
    const key = keyOf(browser).replace("sess:", `sess:${storage}:`);
    await world.plain(EAST).pexpire(key, 100_000);
    expect(await browser.get(`${url}/who`)).toEqual(["ann"]);
    await waitFor("prolonged", async () => (await world.plain(EAST).ttl(key)) > 590);
    await browser.get(`${url}/logout`);
    expect(await world.plain(EAST).exists(key)).toBe(0);
    expect(await browser.get(`${url}/who`)).toEqual([null]);
  });

  it("a session that is only looked at goes on past the end its cookie first had", async () => {
    const { url } = await startApplication(EAST, { cookie: { secure: false, maxAge: 1_500 } });
    const browser = new Browser();
    await browser.text(`${url}/login/ann`);
    const untilMs = performance.now() + 2_500;
    while (performance.now() < untilMs) {
      expect(await browser.get(`${url}/who`)).toEqual(["ann"]);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  });

  it("SS1: two requests of one session at once keep both their changes, also those with a body", async () => {
    const { url, gate } = await startApplication(EAST);
    const browser = new Browser();
    await browser.text(`${url}/login/ann`);
    const slow = [browser.get(`${url}/slow/tea`), browser.get(`${url}/slow/jam`)];
    await waitFor("both in flight", () => gate.reached === 2);
    await browser.post(`${url}/add`, { milk: 2 });
    gate.open();
    await Promise.all(slow);
    expect(await browser.get(`${url}/basket`)).toEqual({ tea: 1, jam: 1, milk: 2 });
  });

  it("SS3: a logout while a request is in flight, in one region", async () => {
    const { url, gate } = await startApplication(EAST);
    const browser = new Browser();
    await browser.text(`${url}/login/ann`);
    const key = keyOf(browser);
    const slow = browser.get(`${url}/slow/tea`);
    await waitFor("in flight", () => gate.reached === 1);
    await browser.get(`${url}/logout`);
    gate.open();
    await slow;
    expect(await world.plain(EAST).exists(key)).toBe(0);
  });

  it("SS4: a logout while a request is in flight in a region that is cut off", async () => {
    const [east, west] = [await startApplication(EAST), await startApplication(WEST)];
    const browser = new Browser();
    await browser.text(`${east.url}/login/ann`);
    const key = keyOf(browser);
    await waitFor("known in the west", async () => (await world.plain(WEST).exists(key)) === 1);
    const slow = browser.get(`${west.url}/slow/tea`);
    await waitFor("in flight", () => west.gate.reached === 1);
    await world.apart(async () => {
      await browser.get(`${east.url}/logout`);
      west.gate.open();
      await slow;
    });
    for (const region of [EAST, WEST] as const) expect(await world.plain(region).exists(key)).toBe(0);
  });

  it("SS7: with the cookie of sync tokens, who comes to another region finds there what it did", async () => {
    const start = { sync: true, store: { readYourWrites: { timeoutMs: 5_000, stale: "error" } } } as const;
    const [east, west] = [await startApplication(EAST, start), await startApplication(WEST, start)];
    const browser = new Browser();
    await browser.text(`${east.url}/login/ann`);
    expect(browser.cookie("session.sync")).toMatch(/^[\w-]{10,80}[.][\w-]{43}$/u);
    for (let round = 1; round <= 10; round += 2) {
      expect(await browser.get(`${west.url}/view`)).toEqual(["ann", round]);
      expect(await browser.get(`${east.url}/view`)).toEqual(["ann", round + 1]);
    }
    await browser.get(`${west.url}/logout`);
    expect(await browser.get(`${east.url}/who`)).toEqual([null]);
  });
});
