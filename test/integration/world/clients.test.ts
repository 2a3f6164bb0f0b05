import { Redis as UpstashRedis } from "@upstash/redis";
import { Redis as IoRedis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { World } from "../../../chaos/world/start-world.ts";
import { hostPort, PROGRAM, Scratch, waitFor } from "../../support/processes.ts";

const scratch = new Scratch();
let world: World;
let io: IoRedis[];
let upstash: UpstashRedis[];
let router: UpstashRedis;

beforeAll(async () => {
  world = await World.start({
    program: PROGRAM,
    regions: ["us-east", "eu-west", "ap-southeast"],
    dataDir: scratch.directory(),
    basePort: 0,
    links: null,
    startTimeoutMs: 30_000,
    nodeArgs: ["--segment-bytes", "4mb", "--log-level", "warn"],
  });
  io = world.nodes.map((node) => new IoRedis(hostPort(node.ready.resp)));
  const { token } = world.secrets;
  upstash = world.nodes.map(
    (node) => new UpstashRedis({ url: `http://${node.ready.rest}`, token, enableTelemetry: false }),
  );
  router = new UpstashRedis({ url: `http://${world.router.ready.http}`, token, enableTelemetry: false });
});

afterAll(async () => {
  for (const client of io) client.disconnect();
  await world.stop();
  scratch.clean();
});

const everywhere = (what: string, check: (client: IoRedis) => Promise<boolean>): Promise<void> =>
  waitFor(what, async () => (await Promise.all(io.map(check))).every(Boolean));

describe("real clients, unmodified, in three regions and through the router", () => {
  it("ioredis: what is set in one region is read in all", async () => {
    await io[0]!.set("io", "1", "EX", 100);
    await io[1]!.hset("ioh", { a: "1", b: "2" });
    await everywhere(
      "io",
      async (client) => (await client.get("io")) === "1" && (await client.hget("ioh", "b")) === "2",
    );
    expect(await io[2]!.ttl("io")).toBeGreaterThan(90);
  });

  it("ioredis: pipeline and transaction", async () => {
    const answers = await io[0]!.pipeline().set("p1", "a").incr("p2").get("p1").exec();
    expect(answers!.map(([, answer]) => answer)).toEqual(["OK", 1, "a"]);
    const transaction = await io[0]!.multi().set("x", "1").set("y", "1").exec();
    expect(transaction!.map(([, answer]) => answer)).toEqual(["OK", "OK"]);
    await everywhere("x and y", async (client) => (await client.mget("x", "y")).join() === "1,1");
  });

  it("ioredis: WATCH fails EXEC when a peer changed the key (K6)", async () => {
    const watcher = io[0]!.duplicate();
    await watcher.set("w", "1");
    await everywhere("w", async (client) => (await client.get("w")) === "1");
    await watcher.watch("w");
    await io[1]!.set("w", "2");
    await waitFor("w arrives", async () => (await io[0]!.get("w")) === "2");
    expect(await watcher.multi().set("w", "3").exec()).toBeNull();
    watcher.disconnect();
  });

  it("node-redis, RESP2 and RESP3", async () => {
    for (const RESP of [2, 3] as const) {
      const client = createClient({ url: `redis://${world.nodes[1]!.ready.resp}`, RESP });
      await client.connect();
      expect(await client.set(`nr${RESP}`, "v", { expiration: { type: "PX", value: 60_000 } })).toBe("OK");
      expect(await client.hSet(`nrh${RESP}`, { f: "1", g: "2" })).toBe(2);
      expect({ ...(await client.hGetAll(`nrh${RESP}`)) }).toEqual({ f: "1", g: "2" });
      expect(await client.multi().incr(`nrc${RESP}`).incrBy(`nrc${RESP}`, 5).exec()).toEqual([1, 6]);
      await everywhere(`nr${RESP}`, async (other) => (await other.get(`nr${RESP}`)) === "v");
      client.destroy();
    }
  });

  it("@upstash/redis: commands, auto-pipelining, pipeline and multi", async () => {
    await upstash[0]!.set("up", { nested: [1, "two"] }, { ex: 60 });
    expect(await upstash[0]!.get("up")).toEqual({ nested: [1, "two"] });
    await upstash[0]!.hset("uph", { a: 1, b: "text" });
    expect(await upstash[0]!.hgetall("uph")).toEqual({ a: 1, b: "text" });
    const [first, second] = await Promise.all([upstash[0]!.incr("upc"), upstash[0]!.incr("upc")]);
    expect([first, second]).toEqual([1, 2]);
    expect(await upstash[0]!.pipeline().set("upp", "1").get("upp").exec()).toEqual(["OK", 1]);
    expect(await upstash[0]!.multi().set("upm", "5").incr("upm").exec()).toEqual(["OK", 6]);
    await waitFor("upstash across regions", async () => (await upstash[2]!.get("upm")) === 6);
    await upstash[1]!.set("unicode", "Grüße, 世界 🌍");
    expect(await upstash[1]!.get("unicode")).toBe("Grüße, 世界 🌍");
  });

  it("through the router: commands work, and x-region chooses", async () => {
    await router.set("rt", "1");
    expect(await router.get("rt")).toBe(1);
    const { token } = world.secrets;
    for (const region of world.regions) {
      const response = await fetch(`http://${world.router.ready.http}/ping`, {
        headers: { authorization: `Bearer ${token}`, "x-region": region },
      });
      expect([response.headers.get("x-region"), await response.json()]).toEqual([region, { result: "PONG" }]);
    }
    const forced = await fetch(`http://${world.router.ready.http}/ping`, {
      headers: { authorization: `Bearer ${token}`, "x-region-force": "nowhere" },
    });
    expect(forced.status).toBe(400);
    const client = new IoRedis(hostPort(world.router.ready.resp!));
    await client.set("resp-by-router", "1");
    expect(await client.get("resp-by-router")).toBe("1");
    client.disconnect();
  });

  it("S, C, H and E over real sockets: concurrent writes end the same everywhere", async () => {
    await Promise.all(io.map((client, index) => client.incrby("sum", 10 ** index)));
    await Promise.all(io.map((client, index) => client.hset("fields", `f${index}`, String(index))));
    await Promise.all(io.map((client, index) => client.set("race", `r${index}`)));
    await everywhere("sum", async (client) => (await client.get("sum")) === "111");
    await everywhere("fields", async (client) => (await client.hlen("fields")) === 3);
    await waitFor("race", async () => new Set(await Promise.all(io.map((client) => client.get("race")))).size === 1);
    await io[0]!.pexpire("fields", 400);
    await everywhere("expired", async (client) => (await client.exists("fields")) === 0);
  });

  it("digests are equal exactly when states are", async () => {
    const digests = async (): Promise<string[]> => {
      const at = Date.now();
      return Promise.all(
        world.nodes.map(async (node) => {
          const response = await fetch(`http://${node.ready.admin}/digest?at=${at}`);
          return ((await response.json()) as { digest: string }).digest;
        }),
      );
    };
    await waitFor("equal digests", async () => new Set(await digests()).size === 1);
    const before = (await digests())[0];
    await io[0]!.set("digest", "changed");
    await waitFor("equal again", async () => {
      const now = await digests();
      return new Set(now).size === 1 && now[0] !== before;
    });
  });

  it("a killed region: the router's clients go on, and what it had comes back with it", async () => {
    const [, victim] = world.regions;
    await io[1]!.set("before-kill", "kept");
    await world.node(victim!).kill();
    const started = performance.now();
    await waitFor(
      "the router answers",
      async () => (await router.set("during", "1").catch(() => null)) === "OK",
      5_000,
    );
    expect(performance.now() - started).toBeLessThan(5_000);
    await world.startRegion(victim!);
    await waitFor("the region has what it missed", async () => (await io[1]!.get("during").catch(() => null)) === "1");
    expect(await io[1]!.get("before-kill")).toBe("kept");
    await everywhere("before-kill", async (client) => (await client.get("before-kill")) === "kept");
  });
});
