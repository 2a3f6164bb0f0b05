import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Sessions, type SessionOptions } from "../../../src/client/session/index.ts";
import { EAST, SessionWorld, SPOKEN, WEST, type RegionName, type Spoken } from "./session-world.ts";

let world: SessionWorld;
beforeAll(async () => {
  world = await SessionWorld.start();
});
afterAll(() => world.stop());

let made = 0;
const newId = (): string => `s${++made}`;
const sessionsIn = async (region: RegionName, options: Partial<SessionOptions> = {}, spoken: Spoken = "ioredis") =>
  new Sessions({ client: await world.client(region, spoken), ...options });

type Data = Record<string, unknown>;
describe.each(SPOKEN)("sessions over %s", (spoken) => {
  it.each(["document", "hash"] as const)("in a %s: save, load, change, remove, prolong, end", async (storage) => {
    const sessions = await sessionsIn(EAST, { storage, counters: ["visits", 'é."x'] }, spoken);
    const id = newId();
    expect(await sessions.get(id)).toBeNull();
    const first: Data = {
      user: "ann",
      "5": "0123",
      "a.b\"c'd": { "x y": [1, { z: null }], ключ: "значение" },
      visits: 1,
      gone: true,
      nothing: null,
      list: [1],
      when: new Date(0),
      skipped: undefined,
    };
    await sessions.set(id, first);
    const { skipped: _, when, ...rest } = first;
    expect(await sessions.get(id)).toEqual({ ...rest, when: (when as Date).toISOString() });

    const second = (await sessions.get<Data>(id))!;
    delete second["gone"];
    second["user"] = null;
    second["nothing"] = { deep: { er: null, more: {} } };
    second["visits"] = 5;
    (second["list"] as unknown[]).push({ two: 2 }, "three");
    (second["a.b\"c'd"] as Data)["x y"] = "text";
    second["__proto__x"] = 1;
    await sessions.set(id, second);
    expect(await sessions.get(id)).toEqual(second);
    const ttl = await world.plain(EAST).ttl(`sess:${id}`);
    expect(ttl).toBeGreaterThan(86_000);

    await sessions.touch(id, { cookie: { expires: new Date(Date.now() + 60_000) } });
    expect(await world.plain(EAST).ttl(`sess:${id}`)).toBeLessThanOrEqual(60);
    await sessions.destroy(id);
    expect(await sessions.get(id)).toBeNull();
    expect(await world.plain(EAST).exists(`sess:${id}`)).toBe(0);
  });

  it("SS7: what was written in one region is there for who comes to the other with its token", async () => {
    const options = { readYourWrites: { timeoutMs: 10_000, stale: "error" } } as const;
    const [east, west] = [await sessionsIn(EAST, options, spoken), await sessionsIn(WEST, options, spoken)];
    const id = newId();
    for (let n = 0; n < 5; n++) {
      const session = (await east.get<Data>(id, west.latestToken)) ?? {};
      session["n"] = n;
      await east.set(id, session);
      expect((await west.load(id, east.tieOf(session)!.token))!.data).toEqual({ n });
    }
  });

  it("revocation tells who has confirmed it", async () => {
    const sessions = await sessionsIn(EAST, { user: (session: Data) => session["user"] as string }, spoken);
    const [one, two] = [newId(), newId()];
    await sessions.set(one, { user: `ann-${spoken}` });
    await sessions.set(two, {});
    const later = (await sessions.get<Data>(two))!;
    later["user"] = `ann-${spoken}`;
    await sessions.set(two, later);
    expect(await sessions.revocations.revokeUser(`ann-${spoken}`, { timeoutMs: 10_000 })).toEqual({
      confirmed: [EAST, WEST],
      missing: [],
    });
    for (const id of [one, two]) {
      expect(await sessions.get(id)).toBeNull();
      await expect(sessions.set(id, { user: "ann" })).rejects.toThrow(/FINAL/u);
    }
    const three = newId();
    await sessions.set(three, {});
    expect((await sessions.revocations.revoke(three, { regions: 0 })).confirmed).toContain(EAST);
  });
});

describe("the rights that the documentation names", () => {
  it.each(["document", "hash"] as const)(
    "are enough, and keys beyond the prefix are not touched (%s)",
    async (storage) => {
      const text = readFileSync(new URL("../../../docs/sessions.md", import.meta.url), "utf8");
      const rules = /ACL SETUSER app (.*)/u.exec(text)![1]!.replaceAll("'", "").split(" ");
      await world.plain(EAST).call("ACL", "SETUSER", "app", "reset", ...rules);
      const client = world.as(EAST, "app", "secret");
      const user = (session: Data) => session["user"] as string | undefined;
      const sessions = new Sessions({ client, storage, counters: ["n"], user, readYourWrites: true });
      const id = newId();
      await sessions.set(id, { user: "zoe", n: 1, list: [1], gone: 1 });
      const session = (await sessions.get<Data>(id))!;
      Object.assign(session, { n: 3, list: [1, 2], other: null });
      delete session["gone"];
      await sessions.set(id, session);
      await sessions.touch(id, {});
      expect(await sessions.get(id)).toEqual({ user: "zoe", n: 3, list: [1, 2], other: null });
      expect((await sessions.ids()).includes(id)).toBe(true);
      expect((await sessions.revocations.revoke(id)).confirmed).toContain(EAST);
      expect((await sessions.revocations.revokeUser("zoe")).confirmed).toContain(EAST);
      await sessions.destroy(newId());
      const beyond = new Sessions({ client, storage, prefix: "other:" });
      await expect(beyond.get("x")).rejects.toThrow(/NOPERM/u);
    },
  );
});

describe("the package", () => {
  it("has the stores at antipode/session, and they are those of this source", async () => {
    const name: string = "antipode/session";
    const built = (await import(name)) as object;
    expect(Object.keys(built).toSorted()).toEqual(
      Object.keys(await import("../../../src/client/session/index.ts")).toSorted(),
    );
  });

  it("through the router it is the same", async () => {
    const client = world.routed();
    const sessions = new Sessions({ client, readYourWrites: true });
    const id = newId();
    await sessions.set(id, { user: "ann" });
    expect(await sessions.get(id)).toEqual({ user: "ann" });
    await sessions.destroy(id);
    expect(await sessions.get(id)).toBeNull();
  });
});
