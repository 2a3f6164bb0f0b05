import { connect } from "node:net";
import { Redis } from "@upstash/redis";
import { afterEach, describe, expect, test } from "vitest";
import { waitFor } from "../../support/processes.ts";
import { READER, RestWorld, TOKEN } from "./rest-world.ts";

let world: RestWorld;
const closing: (() => void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await world.server.close();
});

/** An event stream being read, as text. */
async function open(path: string, init: RequestInit = {}, token = TOKEN) {
  const stop = new AbortController();
  closing.push(() => stop.abort());
  const response = await fetch(world.url + path, {
    ...init,
    headers: { authorization: `Bearer ${token}` },
    signal: stop.signal,
  });
  const stream = { response, text: "", ended: false, stop: () => stop.abort() };
  void (async () => {
    try {
      for await (const chunk of response.body!) stream.text += Buffer.from(chunk as Uint8Array).toString();
    } catch {
      // Cut by the server, or by the test itself.
    }
    stream.ended = true;
  })();
  return stream;
}

const publish = (channel: string, payload: string): unknown => world.commands.run(["publish", channel, payload]);
const listeners = (): number => world.commands.dispatcher.server.channels.clients;

describe("event streams", () => {
  test.each([
    ["GET", undefined],
    ["POST", "[]"],
    ["POST", '["set","k","v"]'],
  ])("K7: %s /subscribe with body %j answers with events", async (method, body) => {
    world = await RestWorld.start();
    const stream = await open("/subscribe/ch", body === undefined ? { method } : { method, body });
    expect(stream.response.status).toBe(200);
    expect(stream.response.headers.get("content-type")).toBe("text/event-stream");
    expect(stream.response.headers.get("x-region")).toBe("us-east");
    await waitFor("the confirmation", () => stream.text === "data: subscribe,ch,1\n\n");
    expect(publish("ch", '{"a":1},b')).toBe(1);
    await waitFor("the message", () => stream.text.endsWith('data: message,ch,{"a":1},b\n\n'));
    expect(world.commands.run("get k")).toBeNull();
  });

  test("K7: several channels and patterns; a shape for each", async () => {
    world = await RestWorld.start();
    const channels = await open("/subscribe/a/b%2Fc");
    const patterns = await open("/psubscribe/n*");
    await waitFor("confirmations", () => channels.text.includes("data: subscribe,b/c,2\n\n") && patterns.text !== "");
    publish("b/c", "1");
    publish("news", "2");
    await waitFor("messages", () => channels.text.includes("data: message,b/c,1\n\n") && patterns.text.includes("2"));
    expect(patterns.text).toBe("data: psubscribe,n*,1\n\ndata: pmessage,n*,news,2\n\n");
  });

  test("a payload of several lines is one event; what is no UTF-8 becomes U+FFFD", async () => {
    world = await RestWorld.start();
    const stream = await open("/subscribe/ch");
    await waitFor("the confirmation", () => stream.text !== "");
    publish("ch", "one\ntwo\r\nthree");
    publish("ch", "\u00ff");
    await waitFor("both", () => stream.text.includes("\ufffd"));
    expect(stream.text).toContain("data: message,ch,one\ndata: two\ndata: three\n\n");
  });

  test("/monitor shows commands in Redis' lines", async () => {
    world = await RestWorld.start();
    const stream = await open("/monitor", { method: "POST" });
    await waitFor("its first word", () => stream.text === 'data: "OK"\n\n');
    await world.fetch("/set/k/%00%22");
    await waitFor("a line", () => stream.text.endsWith("\n\n") && stream.text.includes("set"));
    expect(stream.text).toMatch(/^data: "OK"\n\ndata: \d+\.\d{6} \[0 127\.0\.0\.1:\d+\] "set" "k" "\\x00\\""\n\n$/u);
    stream.stop();
    await waitFor("nobody watches", () => world.commands.dispatcher.server.monitors.isIdle);
  });

  test("the read-only token may listen, and not monitor; no token may nothing", async () => {
    world = await RestWorld.start();
    expect((await open("/subscribe/ch", {}, READER)).response.status).toBe(200);
    expect((await world.fetch("/monitor", { method: "POST" }, READER)).body).toMatchObject({
      error: expect.stringContaining("NOPERM") as string,
    });
    expect((await world.fetch("/subscribe/ch", {}, "wrong")).status).toBe(401);
    expect(await world.fetch("/subscribe")).toMatchObject({
      status: 400,
      body: { error: "ERR wrong number of arguments for 'subscribe' command" },
    });
    expect((await world.fetch("/subscribe/ch", { method: "HEAD" })).status).toBe(405);
  });

  test("comments keep it alive", async () => {
    world = await RestWorld.start({ limits: { streamHeartbeatMs: 5 } });
    const stream = await open("/subscribe/ch");
    await waitFor("two heartbeats", () => stream.text.includes("data: subscribe,ch,1\n\n:\n\n:\n\n"));
  });

  test("a client that goes away is no subscriber any more", async () => {
    world = await RestWorld.start();
    const stream = await open("/subscribe/ch");
    expect(listeners()).toBe(1);
    expect(world.commands.run("client list type pubsub")).toMatch(/ sub=1 /u);
    stream.stop();
    await waitFor("nobody listens", () => listeners() === 0);
    expect(world.server.streams).toEqual({ open: 0, cut: 0 });
    expect(world.commands.run("client list type pubsub")).toBe("");
  });

  test("CLIENT KILL ends it", async () => {
    world = await RestWorld.start();
    const stream = await open("/subscribe/ch");
    expect(world.commands.run("client kill type pubsub")).toBe(1);
    await waitFor("its end", () => stream.ended);
    expect(listeners()).toBe(0);
  });

  test("beyond maxclients there is none", async () => {
    world = await RestWorld.start();
    world.commands.run("config set maxclients 1");
    expect(await world.fetch("/subscribe/ch")).toMatchObject({
      status: 400,
      body: { error: "ERR max number of clients reached" },
    });
    expect(listeners()).toBe(0);
  });

  test("a drain ends it cleanly", async () => {
    world = await RestWorld.start();
    const stream = await open("/subscribe/ch");
    await waitFor("the confirmation", () => stream.text !== "");
    await world.server.drain(10_000);
    await waitFor("its end", () => stream.ended);
    expect(listeners()).toBe(0);
  });

  test("a reader that does not read is cut, at a bounded cost", async () => {
    world = await RestWorld.start({ limits: { streamBytesMax: 1_000_000 } });
    const socket = connect(world.address);
    closing.push(() => socket.destroy());
    socket.write(`GET /subscribe/ch HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\n\r\n`);
    await waitFor("the confirmation", () => listeners() === 1);
    socket.pause();
    let sent = 0;
    while (listeners() === 1 && sent < 200) {
      publish("ch", "x".repeat(500_000));
      sent++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(listeners()).toBe(0);
    expect(world.server.streams).toEqual({ open: 0, cut: 1 });
  });

  test("CLIENT PAUSE holds a subscription back too", async () => {
    world = await RestWorld.start();
    world.commands.run("client pause 60000 all");
    const opening = open("/subscribe/ch");
    await waitFor("it is held", () => world.commands.dispatcher.server.blockedClients === 1);
    world.commands.run("client unpause");
    const stream = await opening;
    await waitFor("the confirmation", () => stream.text === "data: subscribe,ch,1\n\n");
  });
});

describe("@upstash/redis", () => {
  test("K7: subscribe and psubscribe get what publish sends", async () => {
    world = await RestWorld.start();
    const redis = new Redis({ url: world.url, token: TOKEN, enableTelemetry: false });
    const channel = redis.subscribe<{ hello: string }>(["greetings", "news"]);
    const pattern = redis.psubscribe<{ hello: string }>("gr*");
    closing.push(
      () => void channel.unsubscribe(),
      () => void pattern.unsubscribe(),
    );
    const seen: unknown[] = [];
    channel.on("message", (message) => seen.push(message));
    pattern.on("pmessage", (message) => seen.push(message));
    await waitFor("all three are subscribed", () => listeners() === 3);
    expect(await redis.publish("greetings", { hello: "wörld" })).toBe(2);
    expect(await redis.publish("news", { hello: "you" })).toBe(1);
    await waitFor("three messages", () => seen.length === 3);
    expect(seen).toEqual(
      expect.arrayContaining([
        { channel: "greetings", message: { hello: "wörld" } },
        { pattern: "gr*", channel: "greetings", message: { hello: "wörld" } },
        { channel: "news", message: { hello: "you" } },
      ]),
    );
    await channel.unsubscribe(["news"]);
    await waitFor("one less", () => listeners() === 2);
  });
});
