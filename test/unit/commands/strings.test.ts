import { describe, expect, test } from "vitest";
import { CommandWorld, expected, found, type Plain } from "./command-world.ts";

type Step = string | readonly string[] | Plain;
const WRONG = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const SYNTAX = "-ERR syntax error";
const NOT_INTEGER = "-ERR value is not an integer or out of range";

/** Each case is a script on a fresh region: words and reply in turn. */
const CASES: readonly (readonly [string, readonly Step[]])[] = [
  ["SET and GET", ["set k v", "+OK", "get k", "v", "get nothing", null, "set k w", "+OK", "GET k", "w"]],
  ["SET keeps any bytes", [["set", "k", "\0\xff\r\n "], "+OK", ["get", "k"], "\0\xff\r\n "]],
  ["SET NX and XX", ["set k v xx", null, "set k v nx", "+OK", "set k w nx", null, "set k w xx", "+OK", "get k", "w", "set k v nx xx", SYNTAX, "set k v xx nx", SYNTAX]],
  ["SET GET", ["set k v get", null, "set k w get", "v", "set k x get nx", "w", "get k", "w", "set n y nx get", null, "get n", "y", "hset h f v", 1, "set h x get", WRONG]],
  ["SET replaces any type", ["hset h f v", 1, "set h v", "+OK", "type h", "+string"]],
  ["SET with a deadline", ["set k v ex 10", "+OK", "ttl k", 10, "set k v px 1500", "+OK", "pttl k", 1500, "set k v", "+OK", "ttl k", -1, "set k v ex 10", "+OK", "set k w keepttl", "+OK", "ttl k", 10, "set k v exat 1700000100", "+OK", "ttl k", 100, "set k v pxat 1700000000500", "+OK", "pttl k", 500]],
  ["SET with a deadline in the past deletes", ["set k v", "+OK", "set k w exat 1", "+OK", "get k", null, "exists k", 0]],
  ["SET refuses bad options", ["set k v ex 0", "-ERR invalid expire time in 'set' command", "set k v ex -1", "-ERR invalid expire time in 'set' command", "set k v ex 9223372036854775807", "-ERR invalid expire time in 'set' command", "set k v px 9223372036854775807", "-ERR invalid expire time in 'set' command", "set k v ex a", NOT_INTEGER, "set k v ex", SYNTAX, "set k v ex 1 px 1", SYNTAX, "set k v ex 1 keepttl", SYNTAX, "set k v keepttl ex 1", SYNTAX, "set k v foo", SYNTAX, "get k", null]],
  ["a time past what a number holds is the latest there is", ["set k v pxat 9223372036854775807", "+OK", "get k", "v", "expireat k 9223372036854775", 1, "get k", "v"]],
  ["SETNX", ["setnx k v", 1, "setnx k w", 0, "get k", "v", "hset h f v", 1, "setnx h v", 0]],
  ["SETEX and PSETEX", ["setex k 10 v", "+OK", "ttl k", 10, "psetex k 10 v", "+OK", "pttl k", 10, "setex k 0 v", "-ERR invalid expire time in 'setex' command", "psetex k -5 v", "-ERR invalid expire time in 'psetex' command", "setex k x v", NOT_INTEGER]],
  ["GETSET and GETDEL", ["getset k v", null, "getset k w", "v", "getdel k", "w", "getdel k", null, "hset h f v", 1, "getset h v", WRONG, "getdel h", WRONG]],
  ["GETSET drops the deadline", ["set k v ex 10", "+OK", "getset k w", "v", "ttl k", -1]],
  ["GETEX", ["getex k", null, "set k v", "+OK", "getex k ex 10", "v", "ttl k", 10, "getex k", "v", "ttl k", 10, "getex k persist", "v", "ttl k", -1, "getex k px 100", "v", "pttl k", 100, "getex k ex 1 persist", SYNTAX, "getex k persist ex 1", SYNTAX, "getex k ex 0", "-ERR invalid expire time in 'getex' command", "getex k keepttl", SYNTAX, "getex k exat 1", "v", "exists k", 0]],
  ["MSET, MSETNX and MGET", ["mset a 1 b 2", "+OK", "mget a b c", ["1", "2", null], "msetnx c 3 a 4", 0, "mget a c", ["1", null], "msetnx c 3 d 4", 1, "mget c d", ["3", "4"], "hset h f v", 1, "mget a h", ["1", null], "mset a", "-ERR wrong number of arguments for 'mset' command", "mset a 1 b", "-ERR wrong number of arguments for 'mset' command", "msetnx a 1 b", "-ERR wrong number of arguments for 'msetnx' command", "mset a 1 a 2", "+OK", "get a", "2"]],
  ["APPEND and STRLEN", ["append k ab", 2, "append k cd", 4, "get k", "abcd", "strlen k", 4, "strlen nothing", 0, "hset h f v", 1, "append h x", WRONG, "strlen h", WRONG]],
  ["APPEND keeps the deadline", ["set k v ex 10", "+OK", "append k w", 2, "ttl k", 10]],
  ["GETRANGE and SUBSTR", ["set k abcdef", "+OK", "getrange k 1 3", "bcd", "getrange k -3 -1", "def", "getrange k 0 -1", "abcdef", "getrange k 5 2", "", "getrange k -1 -5", "", "getrange k 0 -100", "a", "getrange k 2 100", "cdef", "substr k 0 1", "ab", "getrange nothing 0 1", "", "getrange k a 1", NOT_INTEGER, "getrange k 0 9223372036854775807", "abcdef"]],
  ["SETRANGE", ["setrange k 3 ab", 5, "get k", "\0\0\0ab", "setrange k 0 xyz", 5, "get k", "xyzab", ["setrange", "n", "0", ""], 0, "exists n", 0, "setrange k -1 a", "-ERR offset is out of range", "setrange k 536870912 a", "-ERR string exceeds maximum allowed size (proto-max-bulk-len)"]],
  ["INCR and its kin", ["incr c", 1, "incrby c 9", 10, "decr c", 9, "decrby c 4", 5, "get c", "5", "set c abc", "+OK", "incr c", "-ERR value is not an integer or out of range", ["set", "c", " 1"], "+OK", "incr c", NOT_INTEGER, "incrby n x", NOT_INTEGER, "hset h f v", 1, "incr h", WRONG]],
  ["C10: 64 bits are exact and end there", ["set c 9223372036854775806", "+OK", "incr c", 9223372036854775807n, "incr c", "-ERR increment or decrement would overflow", "get c", "9223372036854775807", "set c -9223372036854775807", "+OK", "decrby c 1", -9223372036854775808n, "decrby c 1", "-ERR increment or decrement would overflow", "decrby c -9223372036854775808", "-ERR decrement would overflow", "set c 9007199254740993", "+OK", "incrby c 2", 9007199254740995n]],
  ["INCR keeps the deadline", ["set c 1 ex 10", "+OK", "incr c", 2, "ttl c", 10]],
  ["INCRBYFLOAT", ["incrbyfloat f 0.1", "0.1", "incrbyfloat f 0.2", "0.3", "set f 3.0e3", "+OK", "incrbyfloat f 200", "3200", "set f 10.50", "+OK", "incrbyfloat f 0", "10.5", "incrbyfloat f -10.5", "0", "incrbyfloat f inf", "-ERR increment would produce NaN or Infinity", "incrbyfloat f nan", "-ERR value is not a valid float", "incrbyfloat f abc", "-ERR value is not a valid float", "set f abc", "+OK", "incrbyfloat f 1", "-ERR value is not a valid float", "set i 5", "+OK", "incrbyfloat i 2", "7", "incr i", 8]],
  ["LCS", ["mset a ohmytext b mynewtext", "+OK", "lcs a b", "mytext", "lcs a b len", 6, "lcs a b idx", { map: [["matches", [[[4, 7], [5, 8]], [[2, 3], [0, 1]]]], ["len", 6]] }, "lcs a b idx minmatchlen 4 withmatchlen", { map: [["matches", [[[4, 7], [5, 8], 4]]], ["len", 6]] }, "lcs a b idx len", "-ERR If you want both the length and indexes, please just use IDX.", "lcs a nothing", "", "lcs a nothing len", 0, "hset h f v", 1, "lcs a h", "-ERR The specified keys must contain string values", "lcs a b foo", SYNTAX]],
];

describe("strings", () => {
  test.each(CASES)("%s", (_name, steps) => {
    const results = new CommandWorld().script(...steps);
    expect(found(results)).toEqual(expected(results));
  });

  test("a longer string than proto-max-bulk-len is refused and nothing is written", () => {
    const world = new CommandWorld();
    world.run("config set proto-max-bulk-len 1mb");
    world.run(["set", "k", "x".repeat(1_048_576)]);
    expect(world.run("append k y")).toBe("-ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    expect(world.run("strlen k")).toBe(1_048_576);
  });

  test("LCS of strings whose product is too large is refused at once", () => {
    const world = new CommandWorld();
    world.run(["mset", "a", "x".repeat(10_000), "b", "x".repeat(10_000)]);
    expect(world.run("lcs a b")).toBe(
      "-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len",
    );
  });

  test("a value larger than a batch may be is refused", () => {
    const world = new CommandWorld();
    expect(world.run(["set", "k", "x".repeat(65 * 1024 * 1024)])).toMatch(/^-ERR max write size exceeded\. Limit: /u);
    expect(world.run("exists k")).toBe(0);
  });
});
