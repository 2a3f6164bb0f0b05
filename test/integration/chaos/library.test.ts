import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { afterEach, describe, expect, it } from "vitest";
import { attachWorld, startWorld, type ChaosWorld } from "../../../chaos/index.ts";
import { findToxiproxy } from "../../../chaos/links/find-toxiproxy.ts";
import { startToxiproxyServer } from "../../../chaos/links/toxiproxy-process.ts";
import { PROGRAM, startNode, Scratch, TOKEN, waitFor } from "../../support/processes.ts";

const scratch = new Scratch();
const worlds: ChaosWorld[] = [];
const clients: Redis[] = [];
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  for (const world of worlds.splice(0)) await world.stop();
  for (const clean of cleanups.splice(0)) await clean();
  scratch.clean();
});

const connect = (url: string, commandTimeout = 500): Redis => {
  const client = new Redis(url, { commandTimeout, retryStrategy: () => 50 });
  client.on("error", () => {});
  clients.push(client);
  return client;
};

const toxiproxy = findToxiproxy(fileURLToPath(new URL("../../..", import.meta.url)));

describe("antipode/chaos", () => {
  it("an application's test cuts its store in two, writes on both sides, heals, and finds both", async () => {
    const world = await startWorld({ regions: ["us-east", "eu-west"], links: "built-in", program: PROGRAM });
    worlds.push(world);
    const [east, west] = ["us-east", "eu-west"].map((region) => connect(world.urls(region).redisUrl)) as [Redis, Redis];
    const cut = await world.partition(["us-east"], ["eu-west"]);
    expect(cut.title).toBe("partition: us-east | eu-west");
    await east.hset("cart", "east", "1");
    await west.hset("cart", "west", "1");
    expect(await west.hgetall("cart")).toEqual({ west: "1" });
    await cut.heal();
    await world.converged();
    expect(await west.hgetall("cart")).toEqual({ east: "1", west: "1" });

    // Cut off from its clients too, and back at the same address.
    const alone = await world.isolate("eu-west");
    await expect(west.get("x")).rejects.toThrow(/timed out/u);
    await alone.heal();
    await waitFor("eu-west's clients are back", async () => (await west.get("x").catch(() => "none")) === null);
    const down = await world.kill("eu-west");
    await east.set("meanwhile", "1");
    await down.heal();
    await world.converged();
    await waitFor("it caught up", async () => (await west.get("meanwhile").catch(() => null)) === "1");
    const response = await fetch(`${world.router!.restUrl}/get/meanwhile`, {
      headers: { authorization: `Bearer ${world.token}` },
    });
    expect(await response.json()).toEqual({ result: "1" });
    await expect(world.inject("earthquake")).rejects.toThrow(/kind wants kill or/u);
    await expect(world.isolate("mars")).rejects.toThrow(/region wants us-east or eu-west, not "mars"/u);
  });

  it.skipIf(toxiproxy === null)(
    "regions that run already get proxies for their clients, and are left as they were",
    async () => {
      if (toxiproxy?.kind !== "binary") return;
      const server = await startToxiproxyServer(toxiproxy.path);
      cleanups.push(() => server.stop());
      const node = await startNode({ data: scratch.directory(), region: "solo" });
      cleanups.push(() => node.kill());
      const { resp, rest, admin } = node.ready;
      const world = await attachWorld({
        toxiproxyUrl: server.url,
        token: TOKEN,
        regions: { solo: { resp, rest, admin } },
      });
      worlds.push(world);
      const client = connect(world.urls("solo").redisUrl);
      expect(await client.set("a", "1")).toBe("OK");
      const cut = await world.isolate("solo");
      await expect(client.get("a")).rejects.toThrow(/timed out/u);
      expect(await connect(`redis://${resp}`).get("a")).toBe("1");
      await cut.heal();
      await waitFor("clients are back", async () => (await client.get("a").catch(() => null)) === "1");
      await expect(world.kill("solo")).rejects.toThrow(/their links can be harmed, nothing else/u);
    },
  );
});
