import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { readListpack, readZiplist, writeListpack } from "../../../src/commands/rdb/compact-lists.ts";
import { sealPayload } from "../../../src/commands/rdb/payload.ts";
import { RdbReader } from "../../../src/commands/rdb/rdb-reader.ts";
import { CommandWorld } from "./command-world.ts";

const BAD_DATA = "-ERR Bad data format";

function dumped(world: CommandWorld, key: string): string {
  return world.run(["dump", key]) as string;
}

/** A payload with a right checksum around these bytes. */
function sealed(...body: readonly (number | string)[]): string {
  return sealPayload(
    Buffer.concat(body.map((part) => (typeof part === "number" ? Buffer.from([part]) : Buffer.from(part, "latin1")))),
    10,
  );
}

const MAKING: readonly string[] = [
  "set string v",
  "rpush list a b 1 a",
  "sadd set a b 3",
  "hset hash f v g w",
  "zadd zset 1 a inf b -2.5 c",
  "pfadd sketch a b c",
  'json.set json $ {"a":[1,2.5,null,{"b":"\\u00e4"}]}',
  "xadd stream 1-1 f v",
  "xadd stream 2-1 f w",
  "xgroup create stream g 0",
  "xreadgroup group g me count 1 streams stream >",
];
const ASKING: readonly (readonly [string, string])[] = [
  ["string", "get copy"],
  ["list", "lrange copy 0 -1"],
  ["set", "sort copy alpha"],
  ["hash", "hgetall copy"],
  ["zset", "zrange copy 0 -1 withscores"],
  ["sketch", "pfcount copy"],
  ["json", "json.get copy"],
  ["stream", "xrange copy - +"],
  ["stream", "xpending copy g"],
];

describe("DUMP and RESTORE", () => {
  test("K4: every type comes back as it was", () => {
    const world = new CommandWorld();
    for (const command of MAKING) world.run(command);
    for (const [key, question] of ASKING) {
      expect([key, world.run(["restore", "copy", "0", dumped(world, key), "replace"])]).toEqual([key, "+OK"]);
      expect([key, world.run("type copy")]).toEqual([key, world.run(`type ${key}`)]);
      expect([key, world.run(question)]).toEqual([key, world.run(question.replace("copy", key))]);
    }
    expect(world.run("dump nothing")).toBeNull();
  });

  test("E8: fields keep their deadlines", () => {
    const world = new CommandWorld();
    world.run("hset h a 1 b 2");
    world.run("hpexpire h 5000 fields 1 a");
    expect(world.run(["restore", "copy", "0", dumped(world, "h")])).toBe("+OK");
    expect(world.run("hpttl copy fields 2 a b")).toEqual([5000, -1]);
  });

  test("an empty stream keeps its ids and groups", () => {
    const world = new CommandWorld();
    world.run("xadd s 5-5 f v");
    world.run("xgroup create s g 0");
    world.run("xdel s 5-5");
    expect(world.run(["restore", "copy", "0", dumped(world, "s")])).toBe("+OK");
    expect(world.run("xlen copy")).toBe(0);
    expect(world.run("xadd copy 5-5 f v")).toMatch(/equal or smaller/u);
    expect(world.run("xinfo groups copy")).toEqual(world.run("xinfo groups s"));
  });

  test("times, options and refusals are Redis'", () => {
    const world = new CommandWorld();
    world.run("set k v");
    const payload = dumped(world, "k");
    const restore = (...words: readonly string[]) => world.run(["restore", ...words]);
    expect(restore("k", "0", payload)).toBe("-BUSYKEY Target key name already exists.");
    expect(restore("k", "0", payload, "REPLACE")).toBe("+OK");
    expect(restore("a", "-1", payload)).toBe("-ERR Invalid TTL value, must be >= 0");
    expect(restore("a", "x", payload)).toBe("-ERR value is not an integer or out of range");
    expect(restore("a", "0", payload, "idletime")).toBe("-ERR syntax error");
    expect(restore("a", "0", payload, "idletime", "-1")).toBe("-ERR Invalid IDLETIME value, must be >= 0");
    expect(restore("a", "0", payload, "freq", "256")).toBe("-ERR Invalid FREQ value, must be >= 0 and <= 255");
    expect(restore("a", "0", payload, "freq", "1", "idletime", "1")).toBe("-ERR syntax error");
    expect(restore("a", "0", payload, "foo")).toBe("-ERR syntax error");
    expect(restore("a", "1000", payload, "idletime", "90")).toBe("+OK");
    expect(world.run("pttl a")).toBe(1000);
    expect(restore("b", "0", payload, "idletime", "90")).toBe("+OK");
    expect(world.run("object idletime b")).toBe(90);
    expect(restore("c", "99999999999999", payload, "absttl")).toBe("+OK");
    expect(world.run("pexpiretime c")).toBe(99_999_999_999_999);
    // In the past: the old value goes, and no new one comes.
    expect(restore("c", "1", payload, "absttl", "replace")).toBe("+OK");
    expect(world.run("exists c")).toBe(0);
  });

  test("a changed byte, or a later version, is refused", () => {
    const world = new CommandWorld();
    world.run("set k v");
    const payload = dumped(world, "k");
    for (let at = 0; at < payload.length; at++) {
      const changed = payload.slice(0, at) + String.fromCharCode(payload.charCodeAt(at) ^ 1) + payload.slice(at + 1);
      expect(world.run(["restore", "a", "0", changed])).toBe("-ERR DUMP payload version or checksum are wrong");
    }
    expect(world.run(["restore", "a", "0", ""])).toBe("-ERR DUMP payload version or checksum are wrong");
  });

  test.each([
    ["nothing", sealed()],
    ["an unknown type", sealed(99)],
    ["a length without bytes", sealed(0, 0x80, "\xff\xff\xff\xff")],
    ["a length of 64 bits", sealed(0, 0x81, "\xff\xff\xff\xff\xff\xff\xff\xff")],
    ["a packed string of 4 GB", sealed(0, 0xc3, 1, 0x80, "\xff\xff\xff\xff", "x")],
    ["a list of 2^32", sealed(1, 0x80, "\xff\xff\xff\xff")],
    ["an empty list", sealed(1, 0)],
    ["a set with a member twice", sealed(2, 2, 1, "a", 1, "a")],
    ["bytes behind the value", sealed(0, 1, "v", "x")],
    ["a sorted set with no number", sealed(3, 1, 1, "a", 253)],
    ["a set of integers that claims more", sealed(11, 8, "\x08\0\0\0\xff\xff\xff\xff")],
    ["a listpack of another length", sealed(16, 7, "\xff\0\0\0\0\0\xff")],
    ["a listpack without an end", sealed(16, 7, "\x07\0\0\0\0\0\x01")],
    ["a module's value", sealed(7, 5, 0)],
  ])("%s is no value", (_name, payload) => {
    expect(new CommandWorld().run(["restore", "a", "0", payload])).toBe(BAD_DATA);
  });

  test("random damage under a right checksum never does harm", () => {
    const random = seededRandom(11);
    const world = new CommandWorld();
    for (const command of MAKING) world.run(command);
    for (const [key] of ASKING) {
      const body = dumped(world, key).slice(0, -10);
      for (let round = 0; round < 300; round++) {
        const bytes = Buffer.from(body, "latin1");
        for (let hits = random.below(3); hits >= 0; hits--) bytes[random.below(bytes.length)] = random.below(256);
        const payload = sealPayload(bytes.subarray(0, bytes.length - (round % 7 === 0 ? 1 : 0)), 10);
        const answer = world.run(["restore", "damaged", "0", payload, "replace"]);
        expect(["+OK", BAD_DATA]).toContain(answer);
        if (answer === "+OK") expect(world.run("dump damaged")).not.toBeNull();
      }
    }
  });
});

describe("compact encodings", () => {
  test("a listpack that was written is read", () => {
    const words = ["", "a", "x".repeat(63), "x".repeat(64), "y".repeat(4095), "z".repeat(20_000)];
    const numbers = [0n, 127n, 128n, -1n, 2n ** 63n - 1n, -(2n ** 63n)];
    const bytes = writeListpack([...words, ...numbers]);
    expect(readListpack(bytes, new RdbReader(bytes))).toEqual([...words, ...numbers.map(String)]);
  });

  test("a ziplist of every kind of element is read", () => {
    const elements = [
      [0x00, 0x01, 0x61],
      [0x03, 0x40, 0x02, 0x62, 0x63],
      [0x05, 0xc0, 0xff, 0xff],
      [0x04, 0xf0, 0x00, 0x00, 0x01],
      [0x05, 0xd0, 0xfe, 0xff, 0xff, 0xff],
      [0x06, 0xe0, 1, 0, 0, 0, 0, 0, 0, 0],
      [0x0a, 0xfe, 0x80],
      [0x03, 0xf1],
      [0x02, 0xfd],
    ];
    const body = elements.flat();
    const bytes = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, elements.length, 0, ...body, 0xff]);
    bytes.writeUInt32LE(bytes.length, 0);
    const expected = ["a", "bc", "-1", "65536", "-2", "1", "-128", "0", "12"];
    expect(readZiplist(bytes, new RdbReader(bytes))).toEqual(expected);
  });
});
