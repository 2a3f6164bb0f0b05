import { Redis as UpstashRedis } from "@upstash/redis";
import { Redis as IoRedis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { World } from "../../../chaos/world/start-world.ts";
import { hostPort, PROGRAM, Scratch, waitFor } from "../../support/processes.ts";

const scratch = new Scratch();
let world: World;
let a: IoRedis;
let b: IoRedis;

beforeAll(async () => {
  world = await World.start({
    program: PROGRAM,
    regions: ["us-east", "eu-west"],
    dataDir: scratch.directory(),
    basePort: 0,
    links: null,
    startTimeoutMs: 30_000,
    nodeArgs: ["--log-level", "warn"],
  });
  [a, b] = world.nodes.map((node) => new IoRedis(hostPort(node.ready.resp))) as [IoRedis, IoRedis];
});

afterAll(async () => {
  for (const client of [a, b]) client.disconnect();
  await world.stop();
  scratch.clean();
});

type Entries = [string, string[]][];
type Read = [string, Entries][] | null;

const read = async (client: IoRedis, key: string, consumer: string, from: string, count = 100): Promise<Entries> => {
  const answer = (await client.xreadgroup("GROUP", "g", consumer, "COUNT", count, "STREAMS", key, from)) as Read;
  return answer?.[0]?.[1] ?? [];
};

describe("streams in two regions, over real sockets", () => {
  it("T4: a consumer that fails over sees again what it was given and did not acknowledge", async () => {
    for (let index = 1; index <= 4; index++) await a.xadd("jobs", "*", "n", index);
    await a.xgroup("CREATE", "jobs", "g", "0");
    const [first, second] = await read(a, "jobs", "worker", ">", 3);
    expect(first![1]).toEqual(["n", "1"]);
    await a.xack("jobs", "g", first![0]);
    await waitFor("what is pending in the other region", async () => {
      const [count] = (await b.xpending("jobs", "g").catch(() => [0])) as [number];
      return count === 2;
    });
    const again = await read(b, "jobs", "worker", "0");
    expect(again.map(([, fields]) => fields[1])).toEqual(["2", "3"]);
    expect(again[0]![0]).toBe(second![0]);
    expect((await read(b, "jobs", "worker", ">")).map(([, fields]) => fields[1])).toEqual(["4"]);
    await b.xack("jobs", "g", ...(await b.xrange("jobs", "-", "+")).map(([id]) => id));
    await waitFor("nothing pending", async () => ((await a.xpending("jobs", "g")) as [number])[0] === 0);
  });

  it("XREAD BLOCK and XREADGROUP BLOCK are woken by a peer's batch", async () => {
    const waiters = [b.duplicate(), b.duplicate()];
    await b.xgroup("CREATE", "news", "g", "$", "MKSTREAM");
    const plain = waiters[0]!.xread("BLOCK", 20_000, "STREAMS", "news", "$") as Promise<Read>;
    const group = waiters[1]!.xreadgroup("GROUP", "g", "c", "BLOCK", 20_000, "STREAMS", "news", ">") as Promise<Read>;
    await waitFor("two clients wait", async () => (await b.info("clients")).includes("blocked_clients:2"));
    const id = await a.xadd("news", "*", "f", "v");
    for (const answer of await Promise.all([plain, group])) expect(answer).toEqual([["news", [[id, ["f", "v"]]]]]);
    for (const waiter of waiters) waiter.disconnect();
  });

  it("T1, T2: both regions add at once, one deletes, and both end with the same", async () => {
    await Promise.all(Array.from({ length: 50 }, (_, index) => [a, b][index % 2]!.xadd("both", "*", "n", index)));
    await waitFor("both have 50", async () => (await a.xlen("both")) === 50 && (await b.xlen("both")) === 50);
    expect(await a.xrange("both", "-", "+")).toEqual(await b.xrange("both", "-", "+"));
    await Promise.all([a.del("both"), b.xadd("both", "*", "n", "new")]);
    await waitFor("they agree", async () => {
      const [left, right] = await Promise.all([a.xrange("both", "-", "+"), b.xrange("both", "-", "+")]);
      return JSON.stringify(left) === JSON.stringify(right) && left.length <= 1;
    });
  });

  it("node-redis: a consumer group's round, RESP2 and RESP3", async () => {
    for (const RESP of [2, 3] as const) {
      const client = createClient({ url: `redis://${world.nodes[0]!.ready.resp}`, RESP });
      await client.connect();
      const key = `nr${RESP}`;
      await client.xGroupCreate(key, "g", "0", { MKSTREAM: true });
      const id = await client.xAdd(key, "*", { f: "v" });
      const answer = (await client.xReadGroup("g", "c", { key, id: ">" }, { COUNT: 5 })) as unknown;
      expect(JSON.stringify(answer)).toContain(id);
      expect(await client.xPending(key, "g")).toMatchObject({ pending: 1, firstId: id, lastId: id });
      expect(await client.xAutoClaim(key, "g", "d", 0, "-")).toMatchObject({ nextId: "0-0" });
      expect(await client.xInfoGroups(key)).toMatchObject([{ name: "g", pending: 1, consumers: 2 }]);
      expect(await client.xInfoStream(key)).toMatchObject({ length: 1, groups: 1 });
      expect(await client.xAck(key, "g", id)).toBe(1);
      expect(await client.xTrim(key, "MAXLEN", 0)).toBe(1);
      client.destroy();
    }
  });

  it("@upstash/redis: a consumer group's round over REST", async () => {
    const redis = new UpstashRedis({
      url: `http://${world.nodes[0]!.ready.rest}`,
      token: world.secrets.token,
      enableTelemetry: false,
    });
    const id = await redis.xadd("up", "*", { field: "value" });
    await redis.xgroup("up", { type: "CREATE", group: "g", id: "0" });
    expect(await redis.xreadgroup("g", "c", "up", ">")).toEqual([["up", [[id, ["field", "value"]]]]]);
    expect(await redis.xrange("up", "-", "+")).toEqual({ [id]: { field: "value" } });
    expect(await redis.xpending("up", "g", "-", "+", 10)).toEqual([[id, "c", expect.any(Number), 1]]);
    expect(await redis.xack("up", "g", id)).toBe(1);
    expect(await redis.xinfo("up", { type: "CONSUMERS", group: "none" })).toEqual([]);
    expect(await redis.xdel("up", id)).toBe(1);
    expect(await redis.xlen("up")).toBe(0);
  });
});
