import type { Random } from "../../../src/base/random.ts";
import { LIST_FAMILIES } from "./list-families.ts";
import { GEO_FAMILIES } from "./geo-families.ts";
import { SORTED_FAMILIES } from "./sorted-families.ts";

/** Seeded command scripts: few keys and values, so that commands meet; every option, and every mistake, now and then. */

const KEYS = ["a", "b", "c", "h", "h2", "k\0\xff"];
const FIELDS = ["f", "g", "n", "\xfe"];
const VALUES = [
  "",
  "v",
  "1",
  "-5",
  "10",
  "3.25",
  "0.5",
  "abc def",
  "9223372036854775807",
  "-9223372036854775808",
  " 1",
  "01",
  "x".repeat(50),
  "\0\r\n",
];
const INTEGERS = ["0", "1", "-1", "5", "100", "-3", "9223372036854775807", "-9223372036854775808", "x", "1.5", ""];
const FLOATS = ["0.5", "-0.25", "3", "1e2", "abc", "inf", "-5.75", "2.0e1"];
/** Besides a random time to come: never the same twice, since one that is equal here is a millisecond later there. */
const ODD_TIMES = ["0", "-1", "99999999999999999999", "x", "-9223372036854775808"];
const PATTERNS = ["*", "a*", "?", "[ab]", "[^a]", "h*", "\\a", "k*", "[a-c]", "*2", "["];

export type Make = (pick: Pick) => readonly (string | readonly string[])[];

interface Pick {
  one(list: readonly string[]): string;
  key(): string;
  field(): string;
  value(): string;
  integer(): string;
  /** Seconds or milliseconds to come that outlast the script, or something odd. */
  time(): string;
  /** One of the lists of words, at random. */
  option(...options: readonly (readonly string[])[]): readonly string[];
  many(make: () => readonly string[]): readonly string[];
}

const EXPIRATIONS = (pick: Pick): readonly string[] =>
  pick.option(
    [],
    [],
    ["ex", pick.time()],
    ["ex", "9223372036854775807"],
    ["PX", pick.time()],
    ["exat", "99999999999"],
    ["pxat", "1"],
    ["keepttl"],
    ["persist"],
    ["ex"],
  );

const BITS = ["0", "7", "8", "31", "100", "-1", "x", "4294967296"];

const BITFIELD_STEP = (pick: Pick): readonly string[] => {
  const where = [
    pick.one(["u1", "u8", "i8", "i16", "u63", "i64", "u64", "x"]),
    pick.one(["0", "3", "#1", "#x", "100", "-1"]),
  ];
  const amount = pick.one(["1", "-1", "100", "255", "-200", "9223372036854775807", "x"]);
  return pick.option(
    ["get", ...where],
    ["set", ...where, amount],
    ["incrby", ...where, amount],
    ["overflow", pick.one(["wrap", "sat", "fail", "foo"])],
    ["foo"],
  );
};

const CONDITIONS = (pick: Pick): readonly string[] =>
  pick.option([], [], ["nx"], ["xx"], ["gt"], ["lt"], ["xx", "gt"], ["nx", "xx"], ["gt", "lt"], ["foo"]);

const FAMILIES: readonly Make[] = [
  ...LIST_FAMILIES,
  ...SORTED_FAMILIES,
  ...GEO_FAMILIES,
  (p) => [
    "set",
    p.key(),
    p.value(),
    p.option([], [], ["nx"], ["xx"], ["nx", "xx"]),
    p.option([], [], ["get"]),
    EXPIRATIONS(p),
  ],
  (p) => ["set", p.key(), p.value()],
  (p) => [
    p.one(["get", "getdel", "strlen", "incr", "decr", "type", "ttl", "pttl", "persist", "expiretime", "pexpiretime"]),
    p.key(),
  ],
  (p) => [p.one(["getset", "setnx", "append"]), p.key(), p.value()],
  (p) => ["getex", p.key(), EXPIRATIONS(p)],
  (p) => [p.one(["setex", "psetex"]), p.key(), p.time(), p.value()],
  (p) => [p.one(["mset", "msetnx"]), p.many(() => [p.key(), p.value()]), p.option([], [], [], ["odd"])],
  (p) => ["mget", p.many(() => [p.key()])],
  (p) => ["setrange", p.key(), p.one(["0", "1", "5", "-1", "x", "600000000"]), p.value()],
  (p) => [p.one(["getrange", "substr"]), p.key(), p.integer(), p.integer()],
  (p) => [p.one(["incrby", "decrby"]), p.key(), p.integer()],
  // Keys of their own: next to 2^63 we are exact, and Redis' long double is not.
  (p) => ["incrbyfloat", p.one(["fl", "fl2"]), p.one(FLOATS)],
  (p) => ["incrbyfloat", p.key(), p.one(["abc", "inf", "nan"])],
  (p) => ["set", "fl", p.one(FLOATS)],
  (p) => ["hset", "hfl", "f", p.one(FLOATS)],
  (p) => [
    "lcs",
    p.key(),
    p.key(),
    p.option([], ["len"], ["idx"], ["idx", "withmatchlen"], ["idx", "minmatchlen", "2"], ["len", "idx"], ["foo"]),
  ],
  (p) => ["pfadd", p.one(["hll", "hll2"]), p.many(() => [p.value()])],
  (p) => ["pfcount", p.many(() => [p.one(["hll", "hll2", "b"])])],
  (p) => ["pfmerge", p.many(() => [p.one(["hll", "hll2", "hll3"])])],
  (p) => ["setbit", p.key(), p.one(BITS), p.one(["0", "1", "1", "2", "x"])],
  (p) => ["getbit", p.key(), p.one(BITS)],
  (p) => [
    "bitcount",
    p.key(),
    p.option([], [p.integer()], [p.integer(), p.integer(), p.option([], ["bit"], ["BYTE"], ["x"])].flat()),
  ],
  (p) => [
    "bitpos",
    p.key(),
    p.one(["0", "1", "2", "x"]),
    p.option([], [p.integer()], [p.integer(), p.integer()], [p.integer(), p.integer(), "bit"]),
  ],
  (p) => ["bitop", p.one(["and", "or", "xor", "not", "foo"]), p.key(), p.many(() => [p.key()])],
  (p) => [p.one(["bitfield", "bitfield", "bitfield_ro"]), p.key(), p.many(() => BITFIELD_STEP(p))],
  (p) => [p.one(["hset", "hmset"]), p.key(), p.many(() => [p.field(), p.value()]), p.option([], [], [], ["odd"])],
  (p) => ["hset", p.one(["h", "h2"]), p.field(), p.value()],
  (p) => ["hsetnx", p.key(), p.field(), p.value()],
  (p) => [p.one(["hget", "hstrlen", "hexists"]), p.key(), p.field()],
  (p) => [p.one(["hmget", "hdel"]), p.key(), p.many(() => [p.field()])],
  (p) => [p.one(["hgetall", "hkeys", "hvals", "hlen"]), p.key()],
  (p) => ["hincrby", p.one(["h", "h2", "a"]), p.field(), p.integer()],
  (p) => ["hincrbyfloat", "hfl", p.one(["f", "g"]), p.one(FLOATS)],
  (p) => ["hincrbyfloat", p.key(), p.field(), p.one(["abc", "inf", "nan"])],
  (p) => [
    "hrandfield",
    p.key(),
    p.option(["0"], ["100"], ["100", "withvalues"], ["x"], ["1", "foo"], ["-9223372036854775808"]),
  ],
  (p) => ["hscan", p.key(), "0", p.option([], ["match", p.one(PATTERNS)], ["count", "100"])],
  (p) => [p.one(["del", "unlink", "exists", "touch"]), p.many(() => [p.key()])],
  (p) => ["keys", p.one(PATTERNS)],
  (p) => [
    "scan",
    "0",
    "count",
    "1000",
    p.option([], ["match", p.one(PATTERNS)], ["type", "hash"], ["type", "string"], ["foo"]),
  ],
  (p) => [p.one(["rename", "renamenx"]), p.key(), p.key()],
  (p) => [
    "copy",
    p.key(),
    p.key(),
    p.option([], ["replace"], ["db", "1"], ["db", "99"], ["db", "x"], ["foo"], ["replace", "db", "0"]),
  ],
  (p) => ["move", p.key(), p.one(["0", "1", "16", "x"])],
  (p) => [p.one(["expire", "pexpire"]), p.key(), p.time(), CONDITIONS(p)],
  (p) => [
    p.one(["expireat", "pexpireat"]),
    p.key(),
    p.one([...ODD_TIMES, "100", "99999999999", "1000000000000"]),
    CONDITIONS(p),
  ],
  (p) => ["object", p.one(["encoding", "refcount", "foo"]), p.key()],
  (p) => [p.one(["dbsize", "ping", "randomkey", "multi", "exec", "discard", "unwatch"])],
  (p) => ["watch", p.key()],
  (p) => ["select", p.one(["0", "0", "1", "16", "x"])],
  (p) => ["swapdb", p.one(["0", "1", "x", "99"]), p.one(["0", "1", "x", "99"])],
  (p) => ["echo", p.value()],
  (p) => [p.one(["get", "set", "foo", "hset", "config", "expire", "lcs"]), p.option([], ["x"], ["x", "y", "z"])],
  (p) => [
    "command",
    "getkeys",
    p.option(["get", "k"], ["mset", "a", "1", "b", "2"], ["foo", "x"], ["ping", "x"], ["del", "a", "b"]),
  ],
];

/** Commands that would make the rest of a script dull are rare. */
const RARE: readonly Make[] = [(p) => [p.one(["flushdb", "flushall"]), p.option([], ["async"], ["foo"])]];

const CLEARING: ReadonlySet<string> = new Set(["flushdb", "flushall", "swapdb"]);

export function generateScript(random: Random, length: number, common: readonly Make[] = FAMILIES): string[][] {
  const pick: Pick = {
    one: (list) => list[random.below(list.length)]!,
    key: () => pick.one(KEYS),
    field: () => pick.one(FIELDS),
    value: () => pick.one(VALUES),
    integer: () => pick.one(INTEGERS),
    time: () => (random.below(3) === 0 ? pick.one(ODD_TIMES) : String(100_000 + random.below(1_000_000_000))),
    option: (...options) => options[random.below(options.length)]!,
    many: (make) => Array.from({ length: 1 + random.below(3) }, make).flat(),
  };
  const script: string[][] = [];
  while (script.length < length) {
    const families = random.below(100) === 0 ? RARE : common;
    const words = families[random.below(families.length)]!(pick).flat();
    // For us a flush changes every watched key of the database; for Redis, only those that exist.
    if (CLEARING.has(words[0]!)) script.push(["unwatch"]);
    script.push(words);
  }
  return script;
}
