import { describe, expect, test } from "vitest";
import type { CommandInfo } from "../../../src/commands/command-meta.ts";
import { defaultEvent } from "../../../src/commands/messages/default-events.ts";
import { eventLetters, parseEventSettings } from "../../../src/commands/messages/event-classes.ts";
import { EngineRegion } from "../../support/engine-world.ts";
import { CommandWorld } from "./command-world.ts";

/** A world in which somebody hears events of the classes given. */
function listening(letters = "AKE"): { world: CommandWorld; events: () => unknown[] } {
  const world = new CommandWorld();
  expect(world.run(["config", "set", "notify-keyspace-events", letters])).toBe("+OK");
  world.run("psubscribe __key*__:*", world.connect());
  /** `event key`, with the database where it is not 0. */
  const events = (): unknown[] =>
    world
      .messages()
      .map(([, message]) => (message as string[]).slice(2) as [string, string])
      .filter(([channel]) => channel.startsWith("__keyevent@"))
      .map(([channel, key]) => {
        const [, db, event] = /^__keyevent@(\d+)__:(.*)$/u.exec(channel)!;
        return db === "0" ? `${event!} ${key}` : `${event!} ${key} @${db!}`;
      });
  return { world, events };
}

describe("keyspace notifications", () => {
  test("both kinds of channels, each if it is asked for, in the database of the client", () => {
    const { world } = listening();
    world.run("select 3");
    world.run(["set", "k\u0000\u00ff", "v"]);
    expect(world.messages().map(([, message]) => message)).toEqual([
      ["pmessage", "__key*__:*", "__keyspace@3__:k\u0000\u00ff", "set"],
      ["pmessage", "__key*__:*", "__keyevent@3__:set", "k\u0000\u00ff"],
    ]);
    world.run("config set notify-keyspace-events K$");
    world.run("set k v");
    expect(world.messages()).toHaveLength(1);
    world.run("config set notify-keyspace-events Eg");
    world.run("set k v");
    expect(world.messages()).toEqual([]);
    world.run("del k");
    expect(world.messages()).toHaveLength(1);
    // Classes without a kind of channel are nothing.
    world.run("config set notify-keyspace-events A");
    world.run("set k v");
    expect(world.messages()).toEqual([]);
  });

  test.each([
    ["set k v", ["set k"]],
    ["set k v nx", []],
    ["set k v ex 100", ["set k", "expire k"]],
    ["set k v pxat 1", ["set k", "expire k", "expired k"]],
    ["setnx k v", []],
    ["setnx new v", ["set new"]],
    ["setex k 10 v", ["set k", "expire k"]],
    ["psetex k 10000 v", ["set k", "expire k"]],
    ["getset k w", ["set k"]],
    ["mset a 1 b 2", ["set a", "set b"]],
    ["msetnx a 1 k 2", []],
    ["msetnx a 1 b 2", ["set a", "set b"]],
    ["append k x", ["append k"]],
    ["setrange k 0 y", ["setrange k"]],
    ["incr n", ["incrby n"]],
    ["decrby n 3", ["incrby n"]],
    ["incrbyfloat n 1.5", ["incrbyfloat n"]],
    ["incr k", []],
    ["getdel k", ["del k"]],
    ["getdel none", []],
    ["getex k ex 100", ["expire k"]],
    ["getex k persist", []],
    ["getex timed persist", ["persist timed"]],
    ["getex k pxat 1", ["del k"]],
    ["expire k 100", ["expire k"]],
    ["expire none 100", []],
    ["expire k -1", ["del k"]],
    ["persist k", []],
    ["persist timed", ["persist timed"]],
    ["rename k k2", ["rename_from k", "rename_to k2"]],
    ["renamenx k h", []],
    ["renamenx k k2", ["rename_from k", "rename_to k2"]],
    ["copy k k2", ["copy_to k2"]],
    ["copy k k2 db 2", ["copy_to k2 @2"]],
    ["move k 1", ["move_from k", "move_to k @1"]],
    ["del k none h", ["del k", "del h"]],
    ["unlink k", ["del k"]],
    ["hset h f 2 x 1", ["hset h"]],
    ["hmset h f 1", ["hset h"]],
    ["hsetnx h f 3", []],
    ["hsetnx h g 3", ["hset h"]],
    ["hincrby h f 1", ["hincrby h"]],
    ["hincrbyfloat h f 1.5", ["hincrbyfloat h"]],
    ["hdel h none", []],
    ["hdel h f", ["hdel h", "del h"]],
    ["hget h f", []],
    ["sadd s a", []],
    ["sadd s c", ["sadd s"]],
    ["srem s a none", ["srem s"]],
    ["srem s a b", ["srem s", "del s"]],
    ["spop s 2", ["spop s", "del s"]],
    ["smove s t none", []],
    ["smove s t a", ["srem s", "sadd t"]],
    ["sunionstore dst s t", ["sunionstore dst"]],
    ["sinterstore dst s t", []],
    ["sdiffstore k s s", ["del k"]],
    ["json.set doc $ {}", ["json.set doc"]],
    ["json.del doc2", ["json.del doc2", "del doc2"]],
    ["rpush l a b", ["rpush l"]],
    ["lpushx l2 a", ["lpush l2"]],
    ["lpop l2", ["lpop l2", "del l2"]],
    ["lmove l2 l left right", ["lpop l2", "del l2", "rpush l"]],
    ["ltrim l2 5 6", ["ltrim l2", "del l2"]],
    ["setbit k 0 1", ["setbit k"]],
    ["xadd x 1-1 f v", ["xadd x"]],
    ["xdel st 1-1", ["xdel st"]],
    ["xgroup create st g 0", ["xgroup-create st"]],
    ["hexpire h 100 fields 1 f", ["hexpire h"]],
    ["eval return{redis.call('set','k','w')} 1 k", ["set k"]],
    ["flushall", []],
  ])("%s tells %j", (words, told) => {
    const { world, events } = listening();
    for (const before of [
      "set k v",
      "set timed v ex 100",
      "hset h f 1",
      "sadd s a b",
      "sadd t z",
      "json.set doc2 $ 1",
      "rpush l2 a",
      "xadd st 1-1 f v",
    ])
      world.run(before);
    world.messages();
    world.run(words);
    expect(events()).toEqual(told);
  });

  test("a transaction tells what its commands did, and its end is theirs", () => {
    const { world, events } = listening();
    for (const words of ["multi", "set k v", "incr k", "del k", "exec"]) world.run(words);
    expect(events()).toEqual(["set k", "del k"]);
  });

  test("n and m: what comes into being, and what is looked for in vain", () => {
    const { world, events } = listening("AKEnm");
    for (const words of [
      "set k v",
      "set k w",
      "hset h f 1",
      "get none",
      "mget k none",
      "object encoding none",
      "mset a 1 b 1",
    ]) {
      world.run(words);
    }
    expect(events()).toEqual([
      "new k",
      "set k",
      "set k",
      "new h",
      "hset h",
      "keymiss none",
      "keymiss none",
      "new a",
      "new b",
      "set a",
      "set b",
    ]);
  });

  test("without subscribers nothing is made, and without the setting nothing is told", () => {
    const world = new CommandWorld();
    world.run("psubscribe *", world.connect());
    world.run("set k v");
    expect(world.messages()).toEqual([]);
  });

  test("they stay in the region", () => {
    const sent: unknown[] = [];
    const world = new CommandWorld({ relay: (messages) => sent.push(...messages) });
    world.run("config set notify-keyspace-events AKE");
    world.run("psubscribe *", world.connect());
    world.run("set k v");
    expect(world.messages()).toHaveLength(2);
    expect(sent).toEqual([]);
  });
});

describe("the event of a command that tells nothing by itself", () => {
  const table = new CommandWorld().dispatcher.server.commands;
  const told = (group: string, words: string, key: string): string | undefined => {
    const argv = words.split(" ");
    const command = { ...table.get("set")!, group, fullName: argv[0]! } as CommandInfo;
    return defaultEvent(command, argv, key)?.event;
  };

  test.each([
    ["list", "rpush l a", "l", "rpush"],
    ["list", "lpushx l a", "l", "lpush"],
    ["list", "lmove a b left right", "a", "lpop"],
    ["list", "blmove a b LEFT RIGHT 0", "b", "rpush"],
    ["list", "rpoplpush a b", "a", "rpop"],
    ["list", "rpoplpush a b", "b", "lpush"],
    ["list", "lmpop 2 a b right", "b", "rpop"],
    ["list", "blmpop 1 2 a b left", "b", "lpop"],
    ["sorted-set", "zmpop 1 a max", "a", "zpopmax"],
    ["sorted-set", "zincrby a 1 m", "a", "zincr"],
    ["geo", "geoadd a 1 1 m", "a", "zadd"],
    ["stream", "xgroup|create s g $", "s", "xgroup-create"],
    ["stream", "xack s g 1-1", "s", undefined],
    ["bitmap", "bitop and a b c", "a", "set"],
    ["hyperloglog", "pfmerge a b", "a", "pfadd"],
  ])("%s: %s tells of %s: %s", (group, words, key, event) => {
    expect(told(group, words, key)).toBe(event);
  });
});

describe("expired", () => {
  test("E7: a key's end is told once, when it comes, though nobody does it", () => {
    const { world, events } = listening();
    world.run("set k v px 250");
    world.run("hset h f 1");
    world.run("pexpire h 250");
    world.run("set short v px 1");
    world.messages();
    world.advance(100);
    expect(events()).toEqual(["expired short"]);
    world.advance(100);
    expect(events()).toEqual([]);
    world.advance(100);
    expect(events()).toEqual(["expired k", "expired h"]);
    for (let step = 0; step < 5; step++) world.advance(100);
    expect(events()).toEqual([]);
  });

  test("a deadline that is moved, taken or deleted with its key ends nothing", () => {
    const { world, events } = listening();
    for (const key of ["longer", "kept", "deleted"]) world.run(`set ${key} v px 250`);
    world.advance(100);
    world.run("pexpire longer 1000");
    world.run("persist kept");
    world.run("del deleted");
    world.messages();
    for (let step = 0; step < 5; step++) world.advance(100);
    expect(events()).toEqual([]);
    for (let step = 0; step < 6; step++) world.advance(100);
    expect(events()).toEqual(["expired longer"]);
  });

  test("a value written after the end of another does not hide that end", () => {
    const { world, events } = listening();
    world.run("set k v px 150");
    world.advance(100);
    world.engine.clock.advance(80);
    world.run("set k w");
    world.messages();
    world.advance(100);
    expect(events()).toEqual(["expired k"]);
  });

  test("keys from before the setting are found", () => {
    const world = new CommandWorld();
    world.run("select 5");
    world.run("set old v px 500");
    world.run("config set notify-keyspace-events Ex");
    world.run("subscribe __keyevent@5__:expired", world.connect());
    for (let step = 0; step < 30; step++) world.advance(100);
    expect(world.messages()).toEqual([[2, ["message", "__keyevent@5__:expired", "old"]]]);
  });
});

describe("what other regions write", () => {
  test("is told by the plainest name of its effect", () => {
    const { world, events } = listening();
    const peer = new EngineRegion("eu-west", ["us-east", "eu-west"]);
    let sent = 0;
    const arrive = (): unknown[] => {
      for (; sent < peer.log.records.length; sent++)
        expect(world.engine.replica.receive(peer.log.records[sent]!)).toBe("applied");
      return events();
    };
    peer.set("k", "v");
    expect(arrive()).toEqual(["set k"]);
    peer.add("n", 5);
    expect(arrive()).toEqual(["incrby n"]);
    peer.hset("h", "f", "1", "g", "2");
    peer.hdel("h", "f");
    expect(arrive()).toEqual(["hset h", "hdel h"]);
    peer.expireIn("h", 100_000);
    expect(arrive()).toEqual(["expire h"]);
    // A hash in the place of a string: what is deleted to be written anew is not gone.
    peer.run((tx) => {
      tx.delete("k");
      tx.hashes.put("k", ["f", "1"]);
      tx.delete("n");
    });
    expect(arrive()).toEqual(["hset k", "del n"]);
  });
});

describe("the letters of the setting", () => {
  test.each([
    ["KEA", "AKE"],
    ["g$lshzxetdKE", "AKE"],
    ["AmnKE", "AnKEm"],
    ["nKE", "nKE"],
    ["Km", "Km"],
    ["$gE", "g$E"],
    ["", ""],
  ])("%s is answered as %s", (letters, answered) => {
    expect(eventLetters(parseEventSettings(letters)!)).toBe(answered);
    const world = new CommandWorld();
    world.run(["config", "set", "notify-keyspace-events", letters]);
    expect(world.run("config get notify-keyspace-events")).toEqual({ map: [["notify-keyspace-events", answered]] });
  });

  test("others are refused", () => {
    expect(new CommandWorld().run("config set notify-keyspace-events KEq")).toBe(
      "-ERR CONFIG SET failed (possibly related to argument 'notify-keyspace-events') - " +
        "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.",
    );
  });
});
