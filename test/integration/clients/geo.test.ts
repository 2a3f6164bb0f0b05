import { Redis as Upstash } from "@upstash/redis";
import { AbstractConnector, Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  ioredisConnector,
  openLocalDoor,
  upstashRequester,
  watchRegions,
  watchRestRegions,
  type ClientLimits,
  type MovedEvent,
  type RegionWatch,
} from "../../../src/client/index.ts";
import { TOKEN, waitFor } from "../../support/processes.ts";
import { GeoWorld, Worker, type Counter } from "./geo-world.ts";

/** An outage may cost this, and what a busy machine adds. */
const OUTAGE_MS = 2000;
const SLACK_MS = 700;

/** Back to the nearest sooner than usual, lest the test take minutes. */
const LIMITS: Partial<ClientLimits> = { dwellMs: 1500 };

let world: GeoWorld;
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  world = await GeoWorld.start();
});
afterAll(() => world.end());
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
  for (const name of world.set.names) await world.heal(name);
});

interface Setup {
  readonly watch: RegionWatch;
  readonly counter: Counter;
}

let keys = 0;
const nextKey = (): string => `geo:${++keys}`;

async function withIoredis(): Promise<Setup> {
  const watch = await watchRegions({ regions: world.regions, limits: LIMITS });
  const redis = new Redis({ Connector: ioredisConnector(watch, AbstractConnector), maxRetriesPerRequest: null });
  redis.on("error", () => {});
  closers.push(
    () => watch.close(),
    () => redis.disconnect(),
  );
  const key = nextKey();
  return { watch, counter: { set: (value) => redis.set(key, value), get: async () => Number(await redis.get(key)) } };
}

async function withNodeRedis(): Promise<Setup> {
  const watch = await watchRegions({ regions: world.regions, limits: LIMITS });
  const door = await openLocalDoor(watch);
  const client = createClient({ socket: { path: door.path, tls: false } });
  client.on("error", () => {});
  await client.connect();
  closers.push(
    () => watch.close(),
    () => client.destroy(),
  );
  const key = nextKey();
  return {
    watch,
    counter: { set: (value) => client.set(key, String(value)), get: async () => Number(await client.get(key)) },
  };
}

async function withUpstash(): Promise<Setup> {
  const watch = await watchRestRegions({ regions: world.regions, limits: LIMITS });
  const redis = new Upstash(upstashRequester(watch, { token: TOKEN }));
  closers.push(() => watch.close());
  const key = nextKey();
  return { watch, counter: { set: (value) => redis.set(key, value), get: async () => Number(await redis.get(key)) } };
}

describe.each([
  ["ioredis", withIoredis],
  ["node-redis", withNodeRedis],
  ["@upstash/redis", withUpstash],
])("%s", (_library, open) => {
  test("takes the nearest region; when the way to it swallows everything goes on in the next within 2 s, unsees nothing, and comes back", async () => {
    const { watch, counter } = await open();
    expect(watch.current?.name).toBe("near");
    const moves: MovedEvent[] = [];
    watch.on("moved", (move) => moves.push(move));
    const worker = new Worker(counter);
    closers.push(() => worker.end());
    await worker.works();
    worker.takeGapMs();

    await world.swallow("near");
    await waitFor("it moves", () => watch.current?.name === "mid", 5000);
    await worker.works();
    expect(worker.takeGapMs()).toBeLessThanOrEqual(OUTAGE_MS + SLACK_MS);
    expect(moves[0]).toMatchObject({ from: "near", to: "mid", isForced: true });

    const errorsBefore = worker.errors.length;
    await world.heal("near");
    await waitFor("it comes back", () => watch.current?.name === "near", 15_000);
    await worker.works();
    expect(moves.at(-1)).toMatchObject({ to: "near", isForced: false });
    // A move without need: nothing in flight is lost by it.
    expect(worker.errors.slice(errorsBefore)).toEqual([]);
    expect(worker.wentBack).toEqual([]);
  });

  test("a way that is cut costs less", async () => {
    const { watch, counter } = await open();
    const worker = new Worker(counter);
    closers.push(() => worker.end());
    await worker.works();
    worker.takeGapMs();
    await world.cut("near");
    await waitFor("it moves", () => watch.current?.name === "mid", 5000);
    await worker.works();
    expect(worker.takeGapMs()).toBeLessThanOrEqual(1000 + SLACK_MS);
    expect(worker.wentBack).toEqual([]);
  });
});

describe("a region that fails itself", () => {
  test("one that is stopped (SIGSTOP) accepts connections and answers nothing: it costs no more than 2 s", async () => {
    const { watch, counter } = await withIoredis();
    const worker = new Worker(counter);
    closers.push(
      () => worker.end(),
      () => world.set.node("near").signal("SIGCONT"),
    );
    await worker.works();
    worker.takeGapMs();
    world.set.node("near").signal("SIGSTOP");
    await waitFor("it moves", () => watch.current?.name === "mid", 5000);
    await worker.works();
    expect(worker.takeGapMs()).toBeLessThanOrEqual(OUTAGE_MS + SLACK_MS);
  });

  test("one that is killed: programs without shared state go on in the same next one, and wait for what died with it only once", async () => {
    const setups = [await withIoredis(), await withUpstash()];
    const workers = setups.map(({ counter }) => new Worker(counter));
    closers.push(...workers.map((worker) => () => worker.end()));
    for (const worker of workers) await worker.works();
    for (const worker of workers) worker.takeGapMs();
    await world.set.kill("near");
    await waitFor("both move", () => setups.every(({ watch }) => watch.current?.name === "mid"), 5000);
    for (const worker of workers) await worker.works();
    for (const worker of workers) expect(worker.takeGapMs()).toBeLessThanOrEqual(OUTAGE_MS + SLACK_MS);
    for (const worker of workers) await worker.end();
    await world.set.start("near");
  });
});
