import { Redis as UpstashRedis } from "@upstash/redis";
import { Redis as IoRedis } from "ioredis";
import { BasicClientSideCache, createClient } from "redis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { World } from "../../../chaos/world/start-world.ts";
import { hostPort, PROGRAM, Scratch, waitFor } from "../../support/processes.ts";

const scratch = new Scratch();
const ending: (() => void)[] = [];
let world: World;
let east: IoRedis;
let west: IoRedis;

beforeAll(async () => {
  world = await World.start({
    program: PROGRAM,
    regions: ["us-east", "eu-west"],
    dataDir: scratch.directory(),
    basePort: 0,
    links: null,
    startTimeoutMs: 30_000,
    nodeArgs: ["--segment-bytes", "4mb", "--log-level", "warn"],
  });
  [east, west] = world.nodes.map((node) => new IoRedis(hostPort(node.ready.resp))) as [IoRedis, IoRedis];
  await linked();
});

afterAll(async () => {
  for (const end of ending) end();
  east.disconnect();
  west.disconnect();
  await world.stop();
  scratch.clean();
});

/** Messages wait for nobody: both regions must be connected before one is sent. */
async function linked(): Promise<void> {
  const listener = west.duplicate();
  let heard = false;
  listener.on("message", () => (heard = true));
  await listener.subscribe("linked?");
  await waitFor("the regions are linked", async () => {
    await east.publish("linked?", "1");
    return heard;
  });
  listener.disconnect();
}

interface Heard {
  readonly via: string;
  readonly channel: string;
  readonly message: string;
}

let heard: Heard[] = [];
beforeEach(() => {
  heard = [];
});

const sorted = (): string[] => heard.map(({ via, channel, message }) => `${via} ${channel} ${message}`).toSorted();

describe("K7: real clients hear in one region what is published in the other", () => {
  it("K7: ioredis, by channel, pattern and shard channel, each message once and in order", async () => {
    const listener = west.duplicate();
    ending.push(() => listener.disconnect());
    const hear = (via: string) => (channel: string, message: string) => void heard.push({ via, channel, message });
    listener.on("message", hear("message"));
    listener.on("smessage", hear("smessage"));
    listener.on("pmessage", (pattern, channel, message) => hear(pattern)(channel, message));
    expect(await listener.subscribe("news", "other")).toBe(2);
    expect(await listener.psubscribe("n*")).toBe(3);
    expect(await listener.ssubscribe("shard")).toBe(1);
    expect(await listener.ping()).toBe("PONG");

    // Who listens in another region is not counted, as on any node of Redis.
    expect(await east.publish("news", "1")).toBe(0);
    expect(await west.publish("news", "2")).toBe(2);
    expect(await east.spublish("shard", "3")).toBe(0);
    const many = east.pipeline();
    for (let index = 0; index < 1_000; index++) many.publish("other", String(index));
    await many.exec();
    await waitFor("all messages", () => heard.length >= 1_005);
    expect(heard.filter(({ channel }) => channel === "other").map(({ message }) => message)).toEqual(
      Array.from({ length: 1_000 }, (_, index) => String(index)),
    );
    heard = heard.filter(({ channel }) => channel !== "other");
    expect(sorted()).toEqual(["message news 1", "message news 2", "n* news 1", "n* news 2", "smessage shard 3"]);
    expect(await listener.unsubscribe("other")).toBe(2);
    expect(await west.pubsub("NUMSUB", "news", "other")).toEqual(["news", 1, "other", 0]);
    expect(await east.pubsub("NUMSUB", "news")).toEqual(["news", 0]);
  });

  it("K7: ioredis hears bytes as they were sent", async () => {
    const listener = west.duplicate();
    ending.push(() => listener.disconnect());
    const bytes: Buffer[] = [];
    listener.on("messageBuffer", (_channel, message: Buffer) => bytes.push(message));
    await listener.subscribe("bytes");
    const payload = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    await east.publish("bytes", payload);
    await waitFor("the bytes", () => bytes.length === 1);
    expect(bytes[0]).toEqual(payload);
  });

  it.each([2, 3] as const)("K7: node-redis, RESP%i", async (RESP) => {
    const client = createClient({ url: `redis://${world.nodes[1]!.ready.resp}`, RESP });
    ending.push(() => client.destroy());
    await client.connect();
    const hear = (via: string) => (message: string, channel: string) => void heard.push({ via, channel, message });
    await client.subscribe(["a", "b"], hear("subscribe"));
    await client.pSubscribe("*a", hear("pSubscribe"));
    await client.sSubscribe("a", hear("sSubscribe"));
    if (RESP === 3) expect(await client.set("while", "subscribed")).toBe("OK");
    await east.publish("a", "1");
    await east.spublish("a", "2");
    await waitFor("three messages", () => heard.length >= 3);
    await client.unsubscribe("a");
    await client.pUnsubscribe();
    await east.publish("a", "3");
    await east.publish("b", "4");
    await waitFor("one more", () => heard.length >= 4);
    await client.sUnsubscribe();
    await client.unsubscribe();
    // Commands are taken again.
    expect(await client.exists("nothing")).toBe(0);
    expect(sorted()).toEqual(["pSubscribe a 1", "sSubscribe a 2", "subscribe a 1", "subscribe b 4"]);
  });

  it("K7: @upstash/redis, in a region and through the router", async () => {
    const { token } = world.secrets;
    const urls = [world.nodes[1]!.ready.rest, world.router.ready.http];
    for (const [index, url] of urls.entries()) {
      const redis = new UpstashRedis({ url: `http://${url}`, token, enableTelemetry: false });
      const channel = redis.subscribe<{ n: number }>("rest");
      const pattern = redis.psubscribe<{ n: number }>("re*");
      const seen: unknown[] = [];
      let confirmed = 0;
      channel.on("subscribe", () => confirmed++);
      pattern.on("psubscribe", () => confirmed++);
      channel.on("message", (message) => seen.push(message));
      pattern.on("pmessage", (message) => seen.push(message));
      await waitFor("both are subscribed", () => confirmed === 2);
      await redis.publish("rest", { n: index });
      await waitFor("both messages", () => seen.length === 2);
      expect(seen).toEqual(
        expect.arrayContaining([
          { channel: "rest", message: { n: index } },
          { pattern: "re*", channel: "rest", message: { n: index } },
        ]),
      );
      await channel.unsubscribe();
      await pattern.unsubscribe();
    }
  });

  it("node-redis caches what it reads, and hears when another region changes it", async () => {
    const cache = new BasicClientSideCache({ ttl: 0, maxEntries: 100, evictPolicy: "LRU" });
    const client = createClient({ url: `redis://${world.nodes[1]!.ready.resp}`, RESP: 3, clientSideCache: cache });
    ending.push(() => client.destroy());
    await client.connect();
    await east.set("cached", "1");
    await waitFor("it arrives", async () => (await west.get("cached")) === "1");
    expect([await client.get("cached"), await client.get("cached")]).toEqual(["1", "1"]);
    expect(cache.stats().hitCount).toBe(1);
    await east.set("cached", "2");
    await waitFor("the cache lets go", async () => (await client.get("cached")) === "2");
    await east.set("cached", "3", "PX", 300);
    await waitFor("the cache lets go again", async () => (await client.get("cached")) === "3");
    await waitFor("it has expired in the cache too", async () => (await client.get("cached")) === null);
  });

  it("keyspace notifications tell here what is written there, and what expires", async () => {
    await west.config("SET", "notify-keyspace-events", "AKE");
    const listener = west.duplicate();
    ending.push(() => listener.disconnect());
    const events: string[] = [];
    listener.on("pmessage", (_pattern, channel, message) => events.push(`${channel} ${message}`));
    await listener.psubscribe("__key*__:*");
    await west.hset("told", "f", "1");
    await waitFor("hset", () => events.includes("__keyspace@0__:told hset"));
    await east.set("from-afar", "1", "PX", 300);
    await waitFor("set", () => events.includes("__keyevent@0__:set from-afar"));
    await waitFor("expired", () => events.includes("__keyevent@0__:expired from-afar"));
    await west.config("SET", "notify-keyspace-events", "");
  });

  it("K7: a subscriber that does not read is closed, and costs no one else", async () => {
    const lazy = west.duplicate({ lazyConnect: true, retryStrategy: () => null });
    ending.push(() => lazy.disconnect());
    lazy.on("error", () => {});
    await lazy.connect();
    await lazy.subscribe("flood");
    (lazy as unknown as { stream: { pause(): void } }).stream.pause();
    const payload = "x".repeat(1_000_000);
    await waitFor("it is closed", async () => {
      await Promise.all(Array.from({ length: 10 }, () => west.publish("flood", payload)));
      return (await west.publish("flood", "")) === 0;
    });
    expect(await west.get("nothing")).toBeNull();
  });
});
