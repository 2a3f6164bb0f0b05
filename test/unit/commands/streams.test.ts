import { describe, expect, it } from "vitest";
import { CommandWorld, expected, found, plain, type Plain } from "./command-world.ts";

const INVALID_ID = "-ERR Invalid stream ID specified as stream command argument";
const TOO_SMALL = "-ERR The ID specified in XADD is equal or smaller than the target stream top item";
const NOT_AN_INTEGER = "-ERR value is not an integer or out of range";
const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const NEEDS_KEY =
  "-ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.";

function check(world: CommandWorld, ...steps: readonly (string | readonly string[] | Plain)[]): void {
  const results = world.script(...steps);
  expect(found(results)).toEqual(expected(results));
}

/** Entries 1-0 to n-0 and a group that begins before them. */
function withGroup(entries: number): CommandWorld {
  const world = new CommandWorld();
  for (let ms = 1; ms <= entries; ms++) world.run(`xadd s ${ms}-0 f ${ms}`);
  world.run("xgroup create s g 0");
  return world;
}

const entry = (ms: number): Plain => [`${ms}-0`, ["f", String(ms)]];

describe("adding and trimming", () => {
  it("XADD takes ids that rise, whole or in part", () => {
    const world = new CommandWorld();
    check(
      world,
      "xadd s 5-1 a 1",
      "5-1",
      "xadd s 5-1 a 1",
      TOO_SMALL,
      "xadd s 4 a 1",
      TOO_SMALL,
      "xadd s 5-* a 2",
      "5-2",
      "xadd s 6-* a 3",
      "6-0",
      "xadd s 5-* a 3",
      TOO_SMALL,
      "xadd s 7 a 4",
      "7-0",
      "xadd s 18446744073709551615-18446744073709551614 a 5",
      "18446744073709551615-18446744073709551614",
      "xadd s * a 6",
      "18446744073709551615-18446744073709551615",
      "xadd s * a 7",
      "-ERR The stream has exhausted the last possible ID, unable to add more items",
      "xlen s",
      6,
      "xadd t 0-* a 1",
      "0-1",
    );
    const nowMs = world.engine.clock.wallMs();
    check(world, "xadd u * a 1", `${nowMs}-0`, "xadd u * a 1", `${nowMs}-1`, "object encoding u", "stream");
  });

  it("XADD refuses what is no id, no pair or no option", () => {
    const world = new CommandWorld();
    world.run("set str x");
    check(
      world,
      "xadd s x a 1",
      INVALID_ID,
      "xadd s 1-x a 1",
      INVALID_ID,
      "xadd s 18446744073709551616 a 1",
      INVALID_ID,
      "xadd s x-* a 1",
      INVALID_ID,
      "xadd s 0-0 a 1",
      "-ERR The ID specified in XADD must be greater than 0-0",
      "xadd s 1-1 a 1 b",
      "-ERR wrong number of arguments for 'xadd' command",
      "xadd s maxlen 5 1-1",
      "-ERR wrong number of arguments for 'xadd' command",
      "xadd s maxlen x * a 1",
      NOT_AN_INTEGER,
      "xadd s maxlen -1 * a 1",
      "-ERR The MAXLEN argument must be >= 0.",
      "xadd s maxlen 1 minid 1 * a 1",
      "-ERR syntax error, MAXLEN and MINID options at the same time are not compatible",
      "xadd s maxlen = 1 limit 5 * a 1",
      "-ERR syntax error, LIMIT cannot be used without the special ~ option",
      "xadd s maxlen ~ 1 limit -5 * a 1",
      "-ERR The LIMIT argument must be >= 0.",
      "xadd s limit 5 * a 1",
      "-ERR syntax error, LIMIT cannot be used without specifying a trimming strategy",
      "xadd s keepref acked * a 1",
      "-ERR syntax error",
      "xadd str * a 1",
      WRONG_TYPE,
      "xadd s nomkstream * a 1",
      null,
      "exists s",
      0,
    );
  });

  it("XTRIM cuts by length or id; ~ cuts whole nodes, LIMIT at most so many entries", () => {
    const world = new CommandWorld();
    for (let ms = 1; ms <= 250; ms++) world.run(`xadd s ${ms} f v`);
    check(
      world,
      "xtrim s maxlen ~ 120",
      100,
      "xtrim s maxlen ~ 120",
      0,
      "xtrim s minid ~ 210 limit 50",
      0,
      "xtrim s minid 110",
      9,
      "xtrim s maxlen 140",
      1,
      "xtrim s minid = 0",
      0,
      "xadd s maxlen 2 1000 f v",
      "1000-0",
      "xlen s",
      2,
      "xtrim s maxlen ~ 0",
      2,
      "xtrim s maxlen 0",
      0,
      "xtrim none maxlen 5",
      0,
      "xtrim s maxlen 5 foo",
      "-ERR syntax error",
      "xtrim s limit 0",
      "-ERR syntax error, LIMIT cannot be used without the special ~ option",
      "xtrim s keepref acked",
      "-ERR syntax error",
      "type s",
      "+stream",
    );
    world.run("config set stream-node-max-entries 2");
    for (const ms of [2001, 2002, 2003]) world.run(`xadd s ${ms} f v`);
    check(world, "xtrim s maxlen ~ 0 limit 1", 0, "xtrim s maxlen ~ 0 limit 2", 2);
  });

  it("KEEPREF, DELREF and ACKED say what becomes of pending entries", () => {
    const world = withGroup(4);
    world.run("xreadgroup group g c count 3 streams s >");
    world.run("xack s g 1-0");
    check(
      world,
      "xtrim s maxlen 2 acked",
      1,
      "xlen s",
      3,
      "xtrim s maxlen 2 keepref",
      1,
      "xpending s g - + 10 c",
      [
        ["2-0", "c", 0, 1],
        ["3-0", "c", 0, 1],
      ],
      "xadd s maxlen 1 delref 5-0 f 5",
      "5-0",
      "xpending s g - + 10",
      [["2-0", "c", 0, 1]],
    );
  });
});

describe("reading", () => {
  it("XRANGE and XREVRANGE take bounds, open or closed, and a count", () => {
    const world = withGroup(4);
    check(
      world,
      "xrange s - +",
      [1, 2, 3, 4].map(entry),
      "xrange s (1-0 (4-0",
      [2, 3].map(entry),
      "xrange s 2 3 count 1",
      [entry(2)],
      "xrevrange s + - count 2",
      [4, 3].map(entry),
      "xrange s - + count 0",
      "null-array",
      "xrange none - + count 0",
      [],
      "xrange s (18446744073709551615-18446744073709551615 +",
      "-ERR invalid start ID for the interval",
      "xrange s - (0-0",
      "-ERR invalid end ID for the interval",
      "xrange s ( +",
      INVALID_ID,
      "xrange s - + count x",
      NOT_AN_INTEGER,
      "xrange s - + foo",
      "-ERR syntax error",
    );
  });

  it("XREAD answers what is behind an id, $ and + included; a map in RESP3", () => {
    const world = withGroup(3);
    check(
      world,
      "xread count 1 streams s none 1 0",
      [["s", [entry(2)]]],
      "xread streams s $",
      "null-array",
      "xread streams s +",
      [["s", [entry(3)]]],
      "xread streams none +",
      "null-array",
      "xread streams s >",
      "-ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
      "xread streams s x",
      INVALID_ID,
      "xread count 1 streams s",
      "-ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified.",
      "xread block x streams s 0",
      "-ERR timeout is not an integer or out of range",
      "xread block -1 streams s 0",
      "-ERR timeout is negative",
      "xread group g c streams s 0",
      "-ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.",
      "xread noack streams s 0",
      "-ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.",
      "xread count 1 foo bar",
      "-ERR syntax error",
    );
    world.first.protocol = 3;
    check(world, "xread streams s 2", { map: [["s", [entry(3)]]] });
  });

  it("XREAD BLOCK waits for the first entry, once and for all behind what $ meant", async () => {
    const world = new CommandWorld();
    const waiting = world.outcome("xread block 0 streams s $");
    if (waiting.kind !== "suspended") throw new Error("it answers at once");
    const other = world.connect();
    world.run("xadd s 1-0 f 1", other);
    expect(plain((await waiting.done).reply)).toEqual([["s", [entry(1)]]]);
    const timed = world.outcome("xread block 50 streams s $");
    if (timed.kind !== "suspended") throw new Error("it answers at once");
    world.advance(60);
    expect(plain((await timed.done).reply)).toBe("null-array");
  });

  it("XREADGROUP BLOCK gives an entry to one waiting consumer, and ends with its group", async () => {
    const world = withGroup(0);
    check(world, "xgroup create s g 0 mkstream", "+OK");
    const clients = ["c1", "c2"].map((name) => {
      const outcome = world.outcome(`xreadgroup group g ${name} block 0 streams s >`, world.connect());
      if (outcome.kind !== "suspended") throw new Error("it answers at once");
      return outcome;
    });
    world.run("xadd s 1-0 f 1");
    expect(plain((await clients[0]!.done).reply)).toEqual([["s", [entry(1)]]]);
    world.run("xgroup destroy s g");
    expect(plain((await clients[1]!.done).reply)).toBe(
      "-NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option",
    );
  });
});

describe("deleting", () => {
  it("XDEL removes entries and leaves the stream", () => {
    const world = withGroup(2);
    check(
      world,
      "xdel s 1 1 9",
      1,
      "xdel s 2-0 x",
      INVALID_ID,
      "xdel none x",
      0,
      "xdel s 2",
      1,
      "exists s",
      1,
      "xadd s 2-0 f 2",
      TOO_SMALL,
    );
  });

  it("XDELEX and XACKDEL answer for each id, by what still refers to it", () => {
    const world = withGroup(4);
    world.run("xreadgroup group g c count 3 streams s >");
    world.run("xgroup create s h 0");
    check(
      world,
      "xdelex s acked ids 2 1-0 9-9",
      [2, -1],
      "xdelex s delref ids 1 1-0",
      [1],
      "xpending s g",
      [2, "2-0", "3-0", [["c", "2"]]],
      "xackdel s g acked ids 2 2-0 4-0",
      [2, -1],
      "xackdel s g ids 1 3-0",
      [1],
      "xlen s",
      2,
      "xdelex none ids 2 1 2",
      [-1, -1],
      "xackdel s none ids 1 1",
      [-1],
      "xdelex s ids 0 1",
      "-ERR Number of IDs must be a positive integer",
      "xackdel s g ids x 1",
      "-ERR Number of IDs must be a positive integer",
      "xdelex s ids 3 1 2",
      "-ERR The `numids` parameter must match the number of arguments",
      "xdelex s ids 1 1 2",
      "-ERR syntax error",
      "xdelex s keepref delref ids 1 1",
      "-ERR syntax error",
      "xdelex s ids 1 x",
      INVALID_ID,
    );
  });

  it("XSETID sets what a stream says of itself", () => {
    const world = withGroup(2);
    world.run("xdel s 1-0");
    check(
      world,
      "xsetid s 5-0",
      "+OK",
      "xsetid s 1",
      "-ERR The ID specified in XSETID is smaller than the target stream top item",
      "xsetid s 0-1",
      "-ERR The ID specified in XSETID is smaller than current max_deleted_entry_id",
      "xsetid s 9 entriesadded 0",
      "-ERR The entries_added specified in XSETID is smaller than the target stream length",
      "xsetid s 9 entriesadded -1",
      "-ERR entries_added must be positive",
      "xsetid s 9 maxdeletedid 10",
      "-ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
      "xsetid s 9 foo 1",
      "-ERR syntax error",
      "xsetid none 9",
      "-ERR no such key",
      "xsetid s 9-1 entriesadded 9223372036854775807 maxdeletedid 4",
      "+OK",
      "xadd s 9-2 f v",
      "9-2",
    );
    expect(field(world.run("xinfo stream s"), "entries-added")).toBe(2n ** 63n);
    expect(field(world.run("xinfo stream s"), "max-deleted-entry-id")).toBe("4-0");
  });
});

describe("groups", () => {
  it("XGROUP makes, sets and removes groups and consumers", () => {
    const world = withGroup(1);
    check(
      world,
      "xgroup create s g 0",
      "-BUSYGROUP Consumer Group name already exists",
      "xgroup create s h x",
      INVALID_ID,
      "xgroup create none h 0",
      NEEDS_KEY,
      "xgroup create none h $ mkstream entriesread 3",
      "+OK",
      "xlen none",
      0,
      "xgroup create s h 0 foo",
      "-ERR unknown subcommand or wrong number of arguments for 'create'. Try XGROUP HELP.",
      "xgroup create s h 0 entriesread -2",
      "-ERR value for ENTRIESREAD must be positive or -1",
      "xgroup setid s g -",
      "+OK",
      "xgroup setid s g $ entriesread 1",
      "+OK",
      "xgroup setid s h $",
      "-NOGROUP No such consumer group 'h' for key name 's'",
      "xgroup setid nokey h $",
      NEEDS_KEY,
      "xgroup createconsumer s g c",
      1,
      "xgroup createconsumer s g c",
      0,
      "xgroup delconsumer s g c",
      0,
      "xgroup delconsumer s g c",
      0,
      "xgroup createconsumer s h c",
      "-NOGROUP No such consumer group 'h' for key name 's'",
      "xgroup destroy s g",
      1,
      "xgroup destroy s g",
      0,
      "xgroup destroy nokey g",
      NEEDS_KEY,
      "xgroup foo",
      "-ERR unknown subcommand 'foo'. Try XGROUP HELP.",
    );
    expect(world.run("xgroup help")).toContain("+CREATE key group id | $ [MKSTREAM] [ENTRIESREAD entries-read]");
  });

  it("XREADGROUP gives each entry to one consumer, and its own again by id", () => {
    const world = withGroup(3);
    check(
      world,
      "xreadgroup group g c1 count 2 streams s >",
      [["s", [entry(1), entry(2)]]],
      "xreadgroup group g c2 streams s >",
      [["s", [entry(3)]]],
      "xreadgroup group g c2 streams s >",
      "null-array",
      "xdel s 1",
      1,
      "xreadgroup group g c1 streams s 0",
      [["s", [["1-0", "null-array"], entry(2)]]],
      "xreadgroup group g c1 streams s 2",
      [["s", []]],
      "xreadgroup group g c3 streams s 0",
      [["s", []]],
      "xreadgroup group g c1 streams s $",
      "-ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.",
      "xreadgroup group h c1 streams s >",
      "-NOGROUP No such key 's' or consumer group 'h' in XREADGROUP with GROUP option",
      "xreadgroup count 1 noack streams s > s",
      "-ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified.",
      "xreadgroup count 1 noack streams s >",
      "-ERR Missing GROUP option for XREADGROUP",
      "xadd s 4 f 4",
      "4-0",
      "xreadgroup group g c1 noack streams s >",
      [["s", [entry(4)]]],
      "xpending s g",
      [
        3,
        "1-0",
        "3-0",
        [
          ["c1", "2"],
          ["c2", "1"],
        ],
      ],
    );
  });

  it("XACK and XPENDING", () => {
    const world = withGroup(3);
    world.run("xreadgroup group g c1 count 2 streams s >");
    world.advance(100);
    world.run("xreadgroup group g c2 streams s >");
    check(
      world,
      "xpending s g - + 10",
      [
        ["1-0", "c1", 100, 1],
        ["2-0", "c1", 100, 1],
        ["3-0", "c2", 0, 1],
      ],
      "xpending s g idle 50 (1 + 10",
      [["2-0", "c1", 100, 1]],
      "xpending s g - + 10 c2",
      [["3-0", "c2", 0, 1]],
      "xpending s g - + 10 c9",
      [],
      "xpending s g - +",
      "-ERR syntax error",
      "xpending s g idle 5 - +",
      "-ERR syntax error",
      "xpending s g - + x",
      NOT_AN_INTEGER,
      "xpending s h",
      "-NOGROUP No such key 's' or consumer group 'h'",
      "xack s g 1 2 2 9",
      2,
      "xack s g x",
      INVALID_ID,
      "xack s none x",
      0,
      "xack s g 3",
      1,
      "xpending s g",
      [0, null, null, "null-array"],
    );
  });

  it("XCLAIM takes over what has been pending for long", () => {
    const world = withGroup(3);
    world.run("xreadgroup group g c1 count 2 streams s >");
    world.advance(100);
    check(
      world,
      "xclaim s g c2 1000 1",
      [],
      "xclaim s g c2 50 1",
      [entry(1)],
      "xclaim s g c2 0 2 3 justid",
      ["2-0"],
      "xclaim s g c2 0 3 force justid retrycount 7 idle 40",
      ["3-0"],
      "xpending s g - + 10",
      [
        ["1-0", "c2", 0, 2],
        ["2-0", "c2", 0, 1],
        ["3-0", "c2", 40, 7],
      ],
      "xclaim s g c3 0 1 time 0 lastid 3",
      [entry(1)],
      "xreadgroup group g c3 streams s >",
      "null-array",
      "xdel s 2",
      1,
      "xclaim s g c3 0 2",
      [],
      "xpending s g - + 10 c2",
      [["3-0", "c2", 40, 7]],
      "xclaim s g c x 1",
      "-ERR Invalid min-idle-time argument for XCLAIM",
      "xclaim s g c 0 1 idle x",
      "-ERR Invalid IDLE option argument for XCLAIM",
      "xclaim s g c 0 1 time x",
      "-ERR Invalid TIME option argument for XCLAIM",
      "xclaim s g c 0 1 retrycount x",
      "-ERR Invalid RETRYCOUNT option argument for XCLAIM",
      "xclaim s g c 0 1 foo",
      "-ERR Unrecognized XCLAIM option 'foo'",
      "xclaim s h c 0 1",
      "-NOGROUP No such key 's' or consumer group 'h'",
    );
  });

  it("XAUTOCLAIM walks what is pending, and drops what is gone", () => {
    const world = withGroup(4);
    world.run("xreadgroup group g c1 streams s >");
    world.advance(100);
    world.run("xdel s 2");
    check(
      world,
      "xautoclaim s g c2 50 0 count 2",
      ["3-0", [entry(1)], ["2-0"]],
      "xautoclaim s g c2 50 3 justid",
      ["0-0", ["3-0", "4-0"], []],
      "xautoclaim s g c2 50 -",
      ["0-0", [], []],
      "xautoclaim s g c2 0 (1 count 1",
      ["4-0", [entry(3)], []],
      "xautoclaim s g c2 x 0",
      "-ERR Invalid min-idle-time argument for XAUTOCLAIM",
      "xautoclaim s g c2 0 0 count 0",
      "-ERR COUNT must be > 0",
      "xautoclaim s g c2 0 x",
      INVALID_ID,
      "xautoclaim s g c2 0 0 foo",
      "-ERR syntax error",
      "xautoclaim s h c2 0 0",
      "-NOGROUP No such key 's' or consumer group 'h'",
    );
  });

  it("XINFO tells of streams, groups and consumers", () => {
    const world = withGroup(3);
    world.run("xreadgroup group g c1 count 2 streams s >");
    world.run("xgroup createconsumer s g c2");
    world.advance(100);
    check(
      world,
      "xinfo stream s",
      {
        map: [
          ["length", 3],
          ["radix-tree-keys", 1],
          ["radix-tree-nodes", 2],
          ["last-generated-id", "3-0"],
          ["max-deleted-entry-id", "0-0"],
          ["entries-added", 3],
          ["recorded-first-entry-id", "1-0"],
          ["groups", 1],
          ["first-entry", entry(1)],
          ["last-entry", entry(3)],
        ],
      },
      "xinfo groups s",
      [
        {
          map: [
            ["name", "g"],
            ["consumers", 2],
            ["pending", 2],
            ["last-delivered-id", "2-0"],
            ["entries-read", 2],
            ["lag", 1],
          ],
        },
      ],
      "xinfo consumers s g",
      [
        {
          map: [
            ["name", "c1"],
            ["pending", 2],
            ["idle", 100],
            ["inactive", 100],
          ],
        },
        {
          map: [
            ["name", "c2"],
            ["pending", 0],
            ["idle", 100],
            ["inactive", -1],
          ],
        },
      ],
      "xinfo stream s full count x",
      NOT_AN_INTEGER,
      "xinfo stream s foo",
      "-ERR unknown subcommand or wrong number of arguments for 'stream'. Try XINFO HELP.",
      "xinfo stream none",
      "-ERR no such key",
      "xinfo groups none",
      "-ERR no such key",
      "xinfo consumers s none",
      "-NOGROUP No such consumer group 'none' for key name 's'",
    );
    const full = world.run("xinfo stream s full count 1");
    expect(field(full, "entries")).toEqual([entry(1)]);
    const [group] = field(full, "groups") as readonly Plain[];
    expect(field(group, "pel-count")).toBe(2);
    expect(field(group, "pending")).toEqual([["1-0", "c1", world.engine.clock.wallMs() - 100, 1]]);
    const [c1] = field(group, "consumers") as readonly Plain[];
    expect(field(c1, "pending")).toEqual([["1-0", world.engine.clock.wallMs() - 100, 1]]);
    expect(world.run("xinfo help")).toContain("+GROUPS key");
  });

  it("lag and entries-read are trusted as far as Redis trusts them", () => {
    const world = withGroup(5);
    const lags = (): Plain => {
      const [group] = world.run("xinfo groups s") as readonly Plain[];
      return [field(group, "entries-read")!, field(group, "lag")!];
    };
    expect(lags()).toEqual([null, 5]);
    world.run("xreadgroup group g c count 1 streams s >");
    expect(lags()).toEqual([1, 4]);
    world.run("xdel s 4");
    expect(lags()).toEqual([1, null]);
    world.run("xreadgroup group g c streams s >");
    expect(lags()).toEqual([5, 0]);
    world.run("xtrim s maxlen 0");
    expect(lags()).toEqual([5, 0]);
  });

  it("over REST: NOACK makes no consumer, and a missing group has no consumers", () => {
    const world = withGroup(1);
    const rest = world.connect("rest");
    expect(world.run("xreadgroup group g c noack streams s >", rest)).toEqual([["s", [entry(1)]]]);
    expect(world.run("xinfo consumers s g", rest)).toEqual([]);
    expect(world.run("xinfo consumers s none", rest)).toEqual([]);
    expect(world.run("xreadgroup group g c noack streams s >")).toBe("null-array");
    expect(world.run("xinfo consumers s g")).toHaveLength(1);
  });
});

function field(map: Plain, name: string): Plain {
  const { map: pairs } = map as { readonly map: readonly (readonly [Plain, Plain])[] };
  return pairs.find(([key]) => key === name)?.[1];
}
