import { describe, expect, test } from "vitest";
import { CommandWorld, expected, found, type Plain } from "./command-world.ts";

type Step = string | readonly string[] | Plain;
const SYNTAX = "-ERR syntax error";
const NOT_INTEGER = "-ERR value is not an integer or out of range";

const CASES: readonly (readonly [string, readonly Step[]])[] = [
  ["DEL, UNLINK and EXISTS", ["mset a 1 b 2", "+OK", "exists a b a c", 3, "del a c", 1, "unlink b b", 1, "exists a b", 0, "del", "-ERR wrong number of arguments for 'del' command", "unlink", "-ERR wrong number of arguments for 'unlink' command"]],
  ["TYPE", ["set s v", "+OK", "hset h f v", 1, "type s", "+string", "type h", "+hash", "type nothing", "+none"]],
  ["TOUCH", ["mset a 1 b 2", "+OK", "touch a b c", 2]],
  ["KEYS", ["mset abc 1 abd 2 xyz 3", "+OK", "keys ab?", ["abc", "abd"], "keys abc", ["abc"], "keys nothing", [], "keys a[b-c][^c]", ["abd"]]],
  ["SCAN", ["set a 1", "+OK", "scan 0", ["0", ["a"]], "scan 0 match b*", ["0", []], "scan 0 type hash", ["0", []], "scan 0 type STRING", ["0", ["a"]], "scan 0 type nothing", ["0", []], "scan x", "-ERR invalid cursor", "scan -1", "-ERR invalid cursor", "scan 0 count 0", SYNTAX, "scan 0 count x", NOT_INTEGER, "scan 0 novalues", SYNTAX, "scan 0 withtype", SYNTAX, "scan 99999999999999999999", ["0", []]]],
  ["RANDOMKEY", ["randomkey", null, "set a 1", "+OK", "randomkey", "a"]],
  ["RENAME", ["set a 1 ex 10", "+OK", "set b 2", "+OK", "rename a b", "+OK", "get b", "1", "ttl b", 10, "exists a", 0, "rename a b", "-ERR no such key", "rename b b", "+OK", "hset h f v", 1, "rename h b", "+OK", "hget b f", "v"]],
  ["RENAMENX", ["mset a 1 b 2", "+OK", "renamenx a b", 0, "renamenx a c", 1, "get c", "1", "renamenx a c", "-ERR no such key", "renamenx c c", 0]],
  ["COPY", ["set a 1 ex 10", "+OK", "copy a b", 1, "ttl b", 10, "set a 2", "+OK", "copy a b", 0, "copy a b replace", 1, "get b", "2", "ttl b", -1, "copy a a", "-ERR source and destination objects are the same", "copy a a db 1", 1, "copy nothing b", 0, "copy a b db 16", "-ERR DB index is out of range", "copy a b db x", NOT_INTEGER, "copy a b foo", SYNTAX, "hset h f v", 1, "copy h h2", 1, "hset h f w", 0, "hget h2 f", "v"]],
  ["MOVE", ["set a 1 ex 10", "+OK", "move a 1", 1, "exists a", 0, "select 1", "+OK", "ttl a", 10, "select 0", "+OK", "set a 2", "+OK", "move a 1", 0, "move a 0", "-ERR source and destination objects are the same", "move a 16", "-ERR DB index is out of range", "move a x", NOT_INTEGER, "move nothing 1", 0]],
  ["DBSIZE, FLUSHDB and FLUSHALL", ["mset a 1 b 2", "+OK", "dbsize", 2, "select 1", "+OK", "set c 3", "+OK", "dbsize", 1, "flushdb", "+OK", "dbsize", 0, "select 0", "+OK", "dbsize", 2, "flushall async", "+OK", "dbsize", 0, "flushdb sync", "+OK", "flushall foo", SYNTAX, "flushdb sync async", SYNTAX]],
  ["SWAPDB", ["set a 1", "+OK", "swapdb 0 1", "+OK", "exists a", 0, "select 1", "+OK", "get a", "1", "swapdb x 1", "-ERR invalid first DB index", "swapdb 0 x", "-ERR invalid second DB index", "swapdb 0 99", "-ERR DB index is out of range", "swapdb 1 1", "+OK"]],
  ["EXPIRE and TTL", ["set k v", "+OK", "expire k 100", 1, "ttl k", 100, "pttl k", 100_000, "expiretime k", 1_700_000_100, "pexpiretime k", 1_700_000_100_000, "pexpire k 1500", 1, "pttl k", 1500, "ttl k", 2, "expireat k 1700000050", 1, "ttl k", 50, "pexpireat k 1700000000700", 1, "pttl k", 700, "persist k", 1, "persist k", 0, "ttl k", -1, "pttl k", -1, "expiretime k", -1, "pexpiretime k", -1, "ttl x", -2, "pttl x", -2, "expiretime x", -2, "pexpiretime x", -2, "expire x 10", 0, "persist x", 0]],
  ["EXPIRE in the past deletes", ["set k v", "+OK", "expire k -1", 1, "exists k", 0, "set k v", "+OK", "expire k 0", 1, "exists k", 0, "set k v", "+OK", "pexpireat k 0", 1, "exists k", 0, "hset h f v", 1, "expireat h 1", 1, "exists h", 0]],
  ["EXPIRE NX XX GT LT", ["set k v", "+OK", "expire k 10 xx", 0, "expire k 10 gt", 0, "expire k 100 lt", 1, "expire k 50 gt", 0, "expire k 200 gt", 1, "expire k 300 lt", 0, "expire k 100 lt", 1, "expire k 10 nx", 0, "expire k 10 xx", 1, "persist k", 1, "expire k 10 nx", 1, "expire k 10 nx xx", "-ERR NX and XX, GT or LT options at the same time are not compatible", "expire k 10 gt lt", "-ERR GT and LT options at the same time are not compatible", "expire k 10 xx gt", 0, "expire k 10 foo", "-ERR Unsupported option foo", "expire k x", NOT_INTEGER, "expire k 9223372036854775807", "-ERR invalid expire time in 'expire' command", "pexpire k 9223372036854775807", "-ERR invalid expire time in 'pexpire' command"]],
  ["OBJECT", ["set i 12", "+OK", "set e abc", "+OK", ["set", "r", "x".repeat(45)], "+OK", "hset h f v", 1, ["hset", "g", "f", "x".repeat(65)], 1, "object encoding i", "int", "object encoding e", "embstr", "object encoding r", "raw", "object encoding h", "listpack", "object encoding g", "hashtable", "object encoding x", null, "object refcount e", 1, "object refcount x", null, "object idletime e", 0, "object idletime x", null, "object freq x", null, "object foo", "-ERR unknown subcommand 'foo'. Try OBJECT HELP.", "object", "-ERR wrong number of arguments for 'object' command", "object encoding", "-ERR wrong number of arguments for 'object|encoding' command"]],
];

describe("keys", () => {
  test.each(CASES)("%s", (_name, steps) => {
    const results = new CommandWorld().script(...steps);
    const sorted = (entries: unknown): unknown =>
      JSON.parse(JSON.stringify(entries), (key, value: unknown) =>
        Array.isArray(value) && value.every((one) => typeof one === "string") && key === "1" ? value.toSorted() : value,
      );
    expect(sorted(found(results))).toEqual(sorted(expected(results)));
  });

  test("E7: an expired key is absent to every command", () => {
    const world = new CommandWorld();
    world.run("set k v px 100");
    world.advance(100);
    for (const [words, reply] of [
      ["get k", null],
      ["exists k", 0],
      ["ttl k", -2],
      ["type k", "+none"],
      ["keys *", []],
      ["scan 0", ["0", []]],
      ["randomkey", null],
      ["del k", 0],
      ["setnx k w", 1],
      ["ttl k", -1],
    ] as const) {
      expect([words, world.run(words)]).toEqual([words, reply]);
    }
  });

  test("SCAN walks everything, with small steps", () => {
    const world = new CommandWorld();
    for (let index = 0; index < 500; index++) world.run(`set key:${index} ${index}`);
    const seen = new Set<string>();
    let cursor = "0";
    do {
      const [next, keys] = world.run(`scan ${cursor} count 50`) as [string, string[]];
      for (const key of keys) seen.add(key);
      cursor = next;
    } while (cursor !== "0");
    expect(seen.size).toBe(500);
  });

  test("OBJECT IDLETIME counts seconds, and OBJECT FREQ is refused", () => {
    const world = new CommandWorld();
    world.run("set k v");
    world.advance(5000);
    expect(world.run("object idletime k")).toBe(5);
    world.run("touch k");
    expect(world.run("object idletime k")).toBe(0);
    expect(world.run("object freq k")).toMatch(/^-ERR An LFU maxmemory policy is not selected/u);
  });

  test("OBJECT HELP lists the subcommands", () => {
    const help = new CommandWorld().run("object help") as string[];
    expect(help[0]).toBe("+OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
    expect(help).toContain("+ENCODING key");
  });

  test("over REST, COPY of a key to itself answers 0, UNLINK takes no keys, SCAN knows WITHTYPE", () => {
    const world = new CommandWorld();
    const rest = world.connect("rest");
    world.run("set k v");
    expect(world.run("copy k k", rest)).toBe(0);
    expect(world.run("unlink", rest)).toBe(0);
    expect(world.run("scan 0 withtype", rest)).toEqual(["0", ["k", "string"]]);
  });
});
