import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  SessionEndedError,
  SessionStaleError,
  Sessions,
  type SessionOptions,
} from "../../../src/client/session/index.ts";
import { waitFor } from "../../support/processes.ts";
import { EAST, SessionWorld, WEST, type RegionName } from "./session-world.ts";

let world: SessionWorld;
beforeAll(async () => {
  world = await SessionWorld.start();
});
afterAll(() => world.stop());

interface Shop {
  user?: string;
  cart: Record<string, { quantity: number }>;
  seen: string[];
  visits: number;
  theme?: string;
}

let made = 0;
const newId = (): string => `s${++made}`;
const sessionsIn = async (region: RegionName, options: Partial<SessionOptions> = {}): Promise<Sessions> =>
  new Sessions({ client: await world.client(region, "ioredis"), counters: ["visits", "cart.*.quantity"], ...options });

/** What every region shows. */
async function everywhere(id: string, stores: readonly Sessions[]): Promise<unknown> {
  await world.converged();
  const shown = await Promise.all(stores.map((store) => store.get(id)));
  for (const one of shown) expect(one).toEqual(shown[0]);
  return shown[0];
}

const shop = (): Shop => ({ cart: { tea: { quantity: 1 } }, seen: ["home"], visits: 1 });

interface Race {
  readonly name: string;
  readonly options?: Partial<SessionOptions>;
  /** Two requests have loaded one session; what each then does. */
  readonly run: (one: Sessions, other: Sessions, id: string, mine: Shop, theirs: Shop) => Promise<void>;
  readonly check: (end: unknown) => void;
}

const logoutFirst = (storage: "document" | "hash"): Race => ({
  name: `SS3, SS4: a logout holds against a request in flight (${storage})`,
  options: { storage, prefix: `sess:${storage}:` },
  run: async (one, other, id, _mine, theirs) => {
    await one.destroy(id);
    theirs.cart["jam"] = { quantity: 1 };
    theirs.visits++;
    theirs.user = "mallory";
    await other.set(id, theirs);
    await other.touch(id, {});
  },
  check: (end) => expect(end).toBeNull(),
});

const RACES: readonly Race[] = [
  {
    name: "SS1, SS2, SS8: a cart keeps both changes, counters add, appends are both there",
    run: async (one, other, id, mine, theirs) => {
      mine.cart["milk"] = { quantity: 2 };
      mine.cart["tea"]!.quantity += 2;
      mine.visits++;
      mine.seen.push("cart");
      mine.theme = "dark";
      theirs.cart["jam"] = { quantity: 1 };
      theirs.cart["tea"]!.quantity += 1;
      theirs.visits++;
      theirs.seen.push("jams");
      theirs.user = "ann";
      await one.set(id, mine);
      await other.set(id, theirs);
    },
    check(end) {
      expect(end).toEqual({
        cart: { tea: { quantity: 4 }, milk: { quantity: 2 }, jam: { quantity: 1 } },
        visits: 3,
        seen: expect.arrayContaining(["home", "cart", "jams"]),
        theme: "dark",
        user: "ann",
      });
    },
  },
  {
    name: "SS1, SS2: what both make anew merges, a counter that both make counts both",
    options: { counters: ["hits", "made.n"] },
    run: async (one, other, id, mine, theirs) => {
      Object.assign(mine, { made: { a: 1, n: 2 }, hits: 1 });
      Object.assign(theirs, { made: { b: null, n: 3 }, hits: 1 });
      await one.set(id, mine);
      await other.set(id, theirs);
    },
    check: (end) => expect(end).toMatchObject({ made: { a: 1, b: null, n: 5 }, hits: 2 }),
  },
  {
    name: "SS1: what one removes while the other adds something beside it",
    run: async (one, other, id, mine, theirs) => {
      delete mine.cart["tea"];
      theirs.cart["jam"] = { quantity: 1 };
      await one.set(id, mine);
      await other.set(id, theirs);
    },
    check: (end) => expect((end as Shop).cart).toEqual({ jam: { quantity: 1 } }),
  },
  {
    name: "SS8: an array that is replaced is another array",
    run: async (one, other, id, mine, theirs) => {
      theirs.seen.push("jams");
      await other.set(id, theirs);
      mine.seen = [];
      await one.set(id, mine);
    },
    check: (end) => expect((end as Shop).seen).toEqual([]),
  },
  {
    name: "SS1, SS2: in a hash objects merge and counters add as deep, and an array is one value",
    options: { storage: "hash", prefix: "flat:" },
    run: async (one, other, id, mine, theirs) => {
      mine.cart["milk"] = { quantity: 2 };
      mine.cart["tea"]!.quantity += 2;
      mine.visits++;
      mine.seen.push("cart");
      theirs.user = "ann";
      theirs.visits += 2;
      theirs.cart["jam"] = { quantity: 1 };
      theirs.cart["tea"]!.quantity += 1;
      await one.set(id, mine);
      await other.set(id, theirs);
    },
    check(end) {
      expect(end).toEqual({
        cart: { tea: { quantity: 4 }, milk: { quantity: 2 }, jam: { quantity: 1 } },
        visits: 4,
        seen: ["home", "cart"],
        user: "ann",
      });
    },
  },
  logoutFirst("document"),
  logoutFirst("hash"),
  {
    name: "SS3, SS4: the save first, the logout then",
    run: async (one, other, id, _mine, theirs) => {
      theirs.user = "ann";
      await other.set(id, theirs);
      await one.destroy(id);
    },
    check: (end) => expect(end).toBeNull(),
  },
  {
    name: "SS5: a touch does not bring back what was logged out",
    run: async (one, other, id, _mine, theirs) => {
      await one.destroy(id);
      await other.set(id, theirs);
      await other.touch(id, {});
    },
    check: (end) => expect(end).toBeNull(),
  },
];

/** Both requests in one region, or in two that are cut off from each other while they run. */
const PLACES = [
  ["one region", EAST, EAST],
  ["two regions, cut off", EAST, WEST],
] as const;

describe.each(PLACES)("in %s", (_name, here, there) => {
  const ends: unknown[] = [];

  beforeAll(async () => {
    const stages = await Promise.all(
      RACES.map(async ({ options = {} }) => {
        const stores = [await sessionsIn(here, options), await sessionsIn(there, options)] as const;
        const id = newId();
        await stores[0].set(id, shop());
        await waitFor("the session there", async () => (await stores[1].get(id)) !== null);
        return { stores, id };
      }),
    );
    const runAll = async (): Promise<void> => {
      for (const [index, { stores, id }] of stages.entries()) {
        const [one, other] = stores;
        await RACES[index]!.run(one, other, id, (await one.get<Shop>(id))!, (await other.get<Shop>(id))!);
      }
    };
    await (here === there ? runAll() : world.apart(runAll));
    for (const { stores, id } of stages) ends.push(await everywhere(id, stores));
  });

  it.each(RACES.map((race, index) => [race.name, index] as const))("%s", (_race, index) =>
    RACES[index]!.check(ends[index]),
  );
});

describe("a logout and its session", () => {
  it("SS3: a session that a request made and saved twice stays out when it was ended in between", async () => {
    const sessions = await sessionsIn(EAST);
    const id = newId();
    const session = shop();
    await sessions.set(id, session);
    await sessions.destroy(id);
    session.visits++;
    await sessions.set(id, session);
    expect(await sessions.get(id)).toBeNull();
  });

  it("SS3: says so to who wants to know", async () => {
    const sessions = await sessionsIn(EAST, { ended: "error" });
    const id = newId();
    const session = shop();
    await sessions.set(id, session);
    await sessions.destroy(id);
    session.visits++;
    await expect(sessions.set(id, session)).rejects.toThrow(SessionEndedError);
  });

  it.each(["document", "hash"] as const)("SS6: an id used again is another session (%s)", async (storage) => {
    const sessions = await sessionsIn(EAST, { storage });
    const id = newId();
    await sessions.set(id, shop());
    const old = (await sessions.get<Shop>(id))!;
    await sessions.destroy(id);
    await sessions.set(id, { ...shop(), user: "bob" });
    old.theme = "dark";
    old.visits = 7;
    await sessions.set(id, old);
    expect(await sessions.get(id)).toEqual({ ...shop(), user: "bob" });
  });

  it.each(["document", "hash"] as const)(
    "a session written whole over another keeps its loaders (%s)",
    async (storage) => {
      const sessions = await sessionsIn(EAST, { storage });
      const id = newId();
      await sessions.set(id, shop());
      const loaded = (await sessions.get<Shop>(id))!;
      await sessions.set(id, { cart: {}, seen: [], visits: 9 });
      expect(await sessions.get(id)).toEqual({ cart: {}, seen: [], visits: 9 });
      loaded.theme = "dark";
      await sessions.set(id, loaded);
      expect(await sessions.get(id)).toEqual({ cart: {}, seen: [], visits: 9, theme: "dark" });
    },
  );

  it("R4: with delete-final no request can bring it back, in any region, not even one that knows nothing of it", async () => {
    const [east, west] = [await sessionsIn(EAST, { prefix: "final:" }), await sessionsIn(WEST, { prefix: "final:" })];
    await east.revocations.setClass("delete-final", 60_000);
    const id = newId();
    await east.set(id, shop());
    await east.destroy(id);
    await world.converged();
    await expect(west.set(id, shop())).rejects.toThrow(/FINAL/u);
    expect(await everywhere(id, [east, west])).toBeNull();
  });

  it("R6: a login elsewhere that had not heard of the user's revocation is ended too", async () => {
    const user = (session: Shop): string | undefined => session.user;
    const [east, west] = [await sessionsIn(EAST, { user }), await sessionsIn(WEST, { user })];
    const id = newId();
    await world.apart(async () => {
      const answer = await east.revocations.revokeUser("eve", { timeoutMs: 50 });
      expect(answer).toEqual({ confirmed: [EAST], missing: [WEST] });
      await west.set(id, { ...shop(), user: "eve" });
      expect(await west.get(id)).not.toBeNull();
    });
    expect(await everywhere(id, [east, west])).toBeNull();
  });
});

describe("reading one's own writes", () => {
  const neverStale = (): void => {
    throw new Error("is stale");
  };

  it("SS7: a load in another region waits for what the token names; cut off, it answers what is there, or fails", async () => {
    const east = await sessionsIn(EAST, { readYourWrites: true });
    const west = await sessionsIn(WEST, { readYourWrites: { timeoutMs: 200 } });
    const strict = await sessionsIn(WEST, { readYourWrites: { timeoutMs: 50, stale: "error" } });
    const id = newId();
    for (let round = 0; round < 20; round++) {
      const session = shop();
      await east.set(`${id}${round}`, session);
      expect((await west.load(`${id}${round}`, east.tieOf(session)!.token, neverStale))!.data).toEqual(shop());
    }
    const session = (await east.get<Shop>(`${id}0`))!;
    await world.apart(async () => {
      session.theme = "dark";
      await east.set(`${id}0`, session);
      const { token } = east.tieOf(session)!;
      let stale = 0;
      expect((await west.load(`${id}0`, token, () => stale++))!.data).toEqual(shop());
      expect(await west.load("none", token, () => stale++)).toBeNull();
      expect(stale).toBe(2);
      await expect(strict.load(`${id}0`, token)).rejects.toThrow(SessionStaleError);
      await west.load(`${id}0`, null, neverStale);
    });
    expect((await strict.load(`${id}0`, east.latestToken))!.data).toMatchObject({ theme: "dark" });
  });

  it("a token names one write and stays small", async () => {
    const east = await sessionsIn(EAST, { readYourWrites: true });
    await east.set(newId(), shop());
    expect(east.latestToken!.length).toBeLessThan(64);
  });
});

describe("one object saved twice at once", () => {
  it("sends each change once", async () => {
    const sessions = await sessionsIn(EAST);
    const id = newId();
    await sessions.set(id, shop());
    const session = (await sessions.get<Shop>(id))!;
    session.visits++;
    session.seen.push("a");
    const first = sessions.set(id, session);
    session.visits++;
    const second = sessions.set(id, session);
    await Promise.all([first, second]);
    expect(await sessions.get(id)).toMatchObject({ visits: 3, seen: ["home", "a"] });
  });
});

describe("the revocation window", () => {
  it("is a metric of the region that a logout arrives in, by the region it was made in", async () => {
    const count = /^antipode_revocation_window_seconds_count\{.*origin="us-east"/u;
    const sum = /^antipode_revocation_window_seconds_sum\{.*origin="us-east"/u;
    const sessions = await sessionsIn(EAST);
    const before = [await world.metric(WEST, count), await world.metric(WEST, sum)] as const;
    const id = newId();
    await sessions.set(id, shop());
    await world.apart(async () => {
      await sessions.destroy(id);
      await new Promise((resolve) => setTimeout(resolve, 300));
    });
    expect(await world.metric(WEST, count)).toBe(before[0] + 1);
    expect((await world.metric(WEST, sum)) - before[1]).toBeGreaterThanOrEqual(0.3);
    expect(await world.metric(EAST, /^antipode_revocation_window_seconds_count\{.*origin="us-east"/u)).toBe(0);
  });
});
