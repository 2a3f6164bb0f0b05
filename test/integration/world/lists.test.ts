import type { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Scratch, waitFor } from "../../support/processes.ts";
import { RegionSet } from "../../support/region-set.ts";

const [EAST, WEST] = ["us-east", "eu-west"] as const;

const scratch = new Scratch();
let regions: RegionSet;
let east: Redis;
let west: Redis;

beforeAll(async () => {
  regions = await RegionSet.create(scratch, [EAST, WEST], ["--log-level", "warn"]);
  await regions.startAll();
  east = regions.client(EAST);
  west = regions.client(WEST);
});

afterAll(async () => {
  await regions.end();
  scratch.clean();
});

/** As many clients of a region wait for a key as said. */
async function blocked(client: Redis, count: number): Promise<void> {
  await waitFor(`${count} clients wait`, async () =>
    (await client.info("clients")).includes(`blocked_clients:${count}\r\n`),
  );
}

describe("lists in two regions, over real sockets", () => {
  it("L7: an element that is pushed in one region wakes who waits in the other", async () => {
    const waiting = regions.client(WEST);
    const popped = waiting.blpop("jobs", "more", 0);
    await blocked(west, 1);
    await east.rpush("jobs", "first");
    expect(await popped).toEqual(["jobs", "first"]);
    await blocked(west, 0);
    await regions.converged();
    expect([await east.exists("jobs"), await west.exists("jobs")]).toEqual([0, 0]);
  });

  it("L7: first come, first served within a region, whole transactions at once, with node-redis too", async () => {
    const [first, second] = [regions.client(WEST), createClient({ url: `redis://${regions.address(WEST, "resp")}` })];
    await second.connect();
    const popped = first.blmove("in", "done", "LEFT", "RIGHT", 0);
    await blocked(west, 1);
    const pair = second.blPop("in", 0);
    await blocked(west, 2);
    await east.multi().rpush("other", "x").rpush("in", "a", "b").exec();
    expect([await popped, await pair]).toEqual(["a", { key: "in", element: "b" }]);
    await second.close();
    await regions.converged();
    expect(await east.lrange("done", 0, -1)).toEqual(["a"]);
  });

  it("a client that goes away while it waits takes nothing; a time that is up is answered", async () => {
    const leaving = regions.client(WEST);
    leaving.blpop("left", 0).catch(() => {});
    await blocked(west, 1);
    leaving.disconnect();
    await blocked(west, 0);
    await east.rpush("left", "kept");
    await waitFor("it arrived", async () => (await west.llen("left")) === 1);
    expect(await regions.client(WEST).brpop("none", 0.05)).toBeNull();
  });

  it("L3: queues filled in both regions keep each side's order, also after a restart", async () => {
    const numbers = Array.from({ length: 200 }, (_, index) => String(index));
    await Promise.all([
      ...numbers.map((number) => east.rpush("queue", `e${number}`)),
      ...numbers.map((number) => west.rpush("queue", `w${number}`)),
    ]);
    await regions.converged();
    const order = await east.lrange("queue", 0, -1);
    expect(order.filter((one) => one.startsWith("e"))).toEqual(numbers.map((number) => `e${number}`));
    expect(order.filter((one) => one.startsWith("w"))).toEqual(numbers.map((number) => `w${number}`));
    await regions.stop(WEST);
    await east.linsert("queue", "BEFORE", order[100]!, "between");
    await east.lset("queue", 0, "changed");
    await regions.start(WEST);
    await regions.converged();
    const expected = ["changed", ...order.slice(1, 100), "between", ...order.slice(100)];
    expect(await east.lrange("queue", 0, -1)).toEqual(expected);
    await waitFor("the client is back", async () => (await west.llen("queue")) === expected.length);
    expect(await west.lrange("queue", 0, -1)).toEqual(expected);
  });
});
