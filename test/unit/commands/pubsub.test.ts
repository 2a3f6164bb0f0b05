import { describe, expect, test } from "vitest";
import { Announcements } from "../../../src/commands/messages/announcements.ts";
import { ChannelTable } from "../../../src/commands/messages/channel-table.ts";
import type { Message } from "../../../src/commands/messages/message.ts";
import { CommandWorld, plain } from "./command-world.ts";

describe("subscribing", () => {
  test("each name is confirmed by itself, with the number of channels and patterns; shard channels count apart", () => {
    const world = new CommandWorld();
    expect(world.run("subscribe a b a")).toEqual([
      ["subscribe", "a", 1],
      ["subscribe", "b", 2],
      ["subscribe", "a", 2],
    ]);
    expect(world.run("psubscribe n*")).toEqual([["psubscribe", "n*", 3]]);
    expect(world.run("ssubscribe s t")).toEqual([
      ["ssubscribe", "s", 1],
      ["ssubscribe", "t", 2],
    ]);
    expect(world.run("client list type pubsub", world.connect())).toMatch(/flags=P .*sub=2 psub=1 ssub=2 /u);
    expect(world.run("unsubscribe b nobody")).toEqual([
      ["unsubscribe", "b", 2],
      ["unsubscribe", "nobody", 2],
    ]);
    expect(world.run("sunsubscribe")).toEqual([
      ["sunsubscribe", "s", 1],
      ["sunsubscribe", "t", 0],
    ]);
    expect(world.run("sunsubscribe")).toEqual([["sunsubscribe", null, 0]]);
    expect(world.run("punsubscribe")).toEqual([["punsubscribe", "n*", 1]]);
    expect(world.run("punsubscribe")).toEqual([["punsubscribe", null, 1]]);
    expect(world.run("unsubscribe")).toEqual([["unsubscribe", "a", 0]]);
    expect(world.run("get k")).toBeNull();
  });

  test("a RESP2 connection that listens may do nothing else, and PING answers it like a message", () => {
    const world = new CommandWorld();
    world.run("subscribe a");
    const refused = "only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context";
    expect(world.run("get k")).toBe(`-ERR Can't execute 'get': ${refused}`);
    expect(world.run("client list")).toBe(`-ERR Can't execute 'client|list': ${refused}`);
    expect(world.run("get")).toBe("-ERR wrong number of arguments for 'get' command");
    expect(world.run("ping")).toEqual(["pong", ""]);
    expect(world.run("ping hi")).toEqual(["pong", "hi"]);
    expect(world.run("reset")).toBe("+RESET");
    expect(world.run("pubsub channels")).toEqual([]);
    expect(world.run("ping")).toBe("+PONG");
  });

  test("a RESP3 connection goes on as before", () => {
    const world = new CommandWorld();
    world.run("hello 3");
    world.run("subscribe a");
    expect(world.run("set k v")).toBe("+OK");
    expect(world.run("ping")).toBe("+PONG");
    expect(world.run("publish a 1")).toBe(1);
  });

  test("inside MULTI the confirmations stand where one reply should", () => {
    const world = new CommandWorld();
    world.run("multi");
    world.run("subscribe a b");
    world.run("set k v");
    expect(world.run("exec")).toEqual([
      [
        ["subscribe", "a", 1],
        ["subscribe", "b", 2],
      ],
      "+OK",
    ]);
  });

  test("CLIENT REPLY OFF keeps back replies, not confirmations and messages", async () => {
    const world = new CommandWorld();
    world.run("hello 3");
    world.run("client reply off");
    expect(world.run("subscribe a")).toEqual([["subscribe", "a", 1]]);
    expect(world.run("publish a 1")).toBeUndefined();
    expect(world.messages()).toEqual([[1, ["message", "a", "1"]]]);
  });

  test("a client that is gone is subscribed to nothing", () => {
    const world = new CommandWorld();
    const listener = world.connect();
    world.run("subscribe a", listener);
    world.run("psubscribe *", listener);
    world.run("ssubscribe s", listener);
    world.dispatcher.disconnected(listener);
    expect(world.run("publish a 1")).toBe(0);
    expect(world.run("pubsub numpat")).toBe(0);
    expect(world.run("info clients")).toContain("pubsub_clients:0\r\n");
  });

  test("names one connection may subscribe to are bounded", () => {
    const world = new CommandWorld();
    const names = Array.from({ length: 100_001 }, (_, index) => String(index));
    expect(world.run(["psubscribe", ...names])).toBe(
      "-ERR max subscriptions of one connection exceeded. Limit: 100000",
    );
    expect(world.run("pubsub numpat")).toBe(0);
  });

  test("REST has no connection to listen on; publishing it can", () => {
    const world = new CommandWorld();
    const rest = world.connect("rest");
    for (const words of [
      "subscribe a",
      "psubscribe a",
      "ssubscribe a",
      "unsubscribe",
      "punsubscribe",
      "sunsubscribe",
    ]) {
      expect(world.run(words, rest)).toMatch(/^-ERR Command is not available over REST/u);
    }
    world.run("subscribe a");
    expect(world.run("publish a 1", rest)).toBe(1);
    expect(world.run("pubsub channels", rest)).toEqual(["a"]);
  });
});

describe("publishing", () => {
  test("K7: reaches the channel's subscribers, then those of every pattern that matches, in order", () => {
    const world = new CommandWorld();
    const [one, two] = [world.connect(), world.connect()];
    world.run("subscribe news", one);
    world.run("psubscribe n* ne?s o*", two);
    world.run("subscribe news", two);
    expect(world.run(["publish", "news", "\u0000\u00ff\r\n"])).toBe(4);
    expect(world.messages()).toEqual([
      [2, ["message", "news", "\u0000\u00ff\r\n"]],
      [3, ["message", "news", "\u0000\u00ff\r\n"]],
      [3, ["pmessage", "n*", "news", "\u0000\u00ff\r\n"]],
      [3, ["pmessage", "ne?s", "news", "\u0000\u00ff\r\n"]],
    ]);
    expect(world.run("publish unheard 1")).toBe(0);
  });

  test("shard channels are names of their own, which no pattern reaches", () => {
    const world = new CommandWorld();
    const listener = world.connect();
    world.run("ssubscribe a", listener);
    world.run("psubscribe *", listener);
    expect([world.run("publish a 1"), world.run("spublish a 2"), world.run("spublish b 3")]).toEqual([1, 1, 0]);
    expect(world.messages()).toEqual([
      [2, ["pmessage", "*", "a", "1"]],
      [2, ["smessage", "a", "2"]],
    ]);
  });

  test("K7: goes to the other regions whether anybody listens here or not; what comes from them goes no further", () => {
    const sent: Message[] = [];
    const world = new CommandWorld({ relay: (messages) => sent.push(...messages) });
    world.run("publish a 1");
    world.run("spublish s 2");
    expect(sent).toEqual([
      { space: "channel", channel: "a", payload: "1" },
      { space: "shard", channel: "s", payload: "2" },
    ]);
    world.run("subscribe a");
    world.dispatcher.receive([{ space: "channel", channel: "a", payload: "3" }]);
    expect(world.messages()).toEqual([[1, ["message", "a", "3"]]]);
    expect(sent).toHaveLength(2);
  });

  test("K7: a message leaves once the writes before it are durable, in order, and never when that is not known", () => {
    const sent: Message[] = [];
    const announcements = new Announcements(new ChannelTable(), (messages) => sent.push(...messages));
    const publish = (payload: string, lsn: number, durableLsn: number): void => {
      announcements.add({ space: "channel", channel: "a", payload }, true);
      announcements.seal(lsn, durableLsn);
    };
    const payloads = (): string[] => sent.splice(0).map(({ payload }) => payload);
    publish("1", 7, 7);
    expect(payloads()).toEqual(["1"]);
    publish("2", 8, 7);
    publish("3", 9, 7);
    publish("4", 9, 7);
    announcements.release(7);
    expect(payloads()).toEqual([]);
    announcements.release(8);
    expect(payloads()).toEqual(["2"]);
    announcements.release(9);
    expect(payloads()).toEqual(["3", "4"]);
    publish("lost", 10, 9);
    // A disk that hangs costs a bounded memory.
    for (let index = 0; index < 100; index++) publish("x".repeat(1_000_000), 10, 9);
    expect(announcements.dropped).toBeGreaterThan(30);
    expect(announcements.dropped).toBeLessThan(40);
    announcements.drop();
    announcements.release(20);
    publish("5", 20, 20);
    expect(payloads()).toEqual(["5"]);
    expect(announcements.published).toBe(5);
  });

  test("K7: the messages of a transaction are those of its commands, in order", () => {
    const world = new CommandWorld();
    world.run("subscribe a", world.connect());
    for (const words of ["multi", "publish a 1", "set k v", "publish a 2"]) world.run(words);
    const done = world.done("exec");
    expect([plain(done.reply), done.lsn]).toEqual([[1, "+OK", 1], 1]);
    expect(world.messages().map(([, message]) => message)).toEqual([
      ["message", "a", "1"],
      ["message", "a", "2"],
    ]);
    // Who publishes waits for the writes before as well.
    expect(world.done("publish a 3").lsn).toBe(1);
  });
});

describe("PUBSUB", () => {
  test("tells who listens to what", () => {
    const world = new CommandWorld();
    const [one, two] = [world.connect(), world.connect()];
    world.run("subscribe news.eu news.us", one);
    world.run("subscribe news.eu", two);
    world.run("psubscribe n* m*", two);
    world.run("ssubscribe shard", one);
    expect(world.run("pubsub channels")).toEqual(["news.eu", "news.us"]);
    expect(world.run("pubsub channels *.eu")).toEqual(["news.eu"]);
    expect(world.run("pubsub numsub news.eu none news.us")).toEqual(["news.eu", 2, "none", 0, "news.us", 1]);
    expect(world.run("pubsub numsub")).toEqual([]);
    expect(world.run("pubsub numpat")).toBe(2);
    expect(world.run("pubsub shardchannels")).toEqual(["shard"]);
    expect(world.run("pubsub shardnumsub shard news.eu")).toEqual(["shard", 1, "news.eu", 0]);
    expect(world.run("pubsub channels a b")).toBe(
      "-ERR unknown subcommand or wrong number of arguments for 'CHANNELS'. Try PUBSUB HELP.",
    );
    expect(world.run("pubsub nothing")).toBe("-ERR unknown subcommand 'nothing'. Try PUBSUB HELP.");
    expect(world.run("pubsub help")).toContain("+NUMPAT");
    const info = world.run("info all") as string;
    for (const line of ["pubsub_channels:2", "pubsub_patterns:2", "pubsubshard_channels:1", "pubsub_clients:2"]) {
      expect(info).toContain(`${line}\r\n`);
    }
  });
});
