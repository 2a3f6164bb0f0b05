import { describe, expect, test } from "vitest";
import { CommandWorld, type Plain } from "./command-world.ts";

function asObject(reply: Plain): Record<string, Plain> {
  return Object.fromEntries((reply as { map: [string, Plain][] }).map);
}

describe("CONFIG", () => {
  test("GET by pattern, several at once, in any case", () => {
    const world = new CommandWorld();
    expect(world.run("config get maxclients")).toEqual({ map: [["maxclients", "10000"]] });
    expect(world.run("config get MAXCLIENTS hz")).toEqual({
      map: [
        ["hz", "10"],
        ["maxclients", "10000"],
      ],
    });
    expect(Object.keys(asObject(world.run("config get slowlog*")))).toEqual([
      "slowlog-log-slower-than",
      "slowlog-max-len",
    ]);
    expect(world.run("config get nothing")).toEqual({ map: [] });
    expect(Object.keys(asObject(world.run("config get *"))).length).toBeGreaterThan(180);
  });

  test("every known setting can be set to what it is, and read back", () => {
    const world = new CommandWorld();
    for (const [name, value] of (world.run("config get *") as { map: [string, string][] }).map) {
      expect([name, world.run(["config", "set", name, value])]).toEqual([name, "+OK"]);
      expect(asObject(world.run(["config", "get", name]))[name]).toBe(value);
    }
  });

  test("old names share the value of the new ones", () => {
    const world = new CommandWorld();
    world.run("config set hash-max-ziplist-entries 4");
    expect(asObject(world.run("config get hash-max-*-entries"))).toEqual({
      "hash-max-listpack-entries": "4",
      "hash-max-ziplist-entries": "4",
    });
  });

  test("memory sizes are answered in bytes", () => {
    const world = new CommandWorld();
    world.run("config set maxmemory 100mb repl-backlog-size 1k");
    expect(world.run("config get maxmemory repl-backlog-size")).toEqual({
      map: [
        ["maxmemory", "104857600"],
        ["repl-backlog-size", "1000"],
      ],
    });
  });

  test("SET refuses what makes no sense, and then sets nothing", () => {
    const world = new CommandWorld();
    const cases = [
      ["foo 1", "-ERR Unknown option or number of arguments for CONFIG SET - 'foo'"],
      ["hz 20 foo 1", "-ERR Unknown option or number of arguments for CONFIG SET - 'foo'"],
      ["hz 20 timeout", "-ERR syntax error"],
      ["hz 20 hz 30", "-ERR CONFIG SET failed (possibly related to argument 'hz') - duplicate parameter"],
      [
        "hz x",
        "-ERR CONFIG SET failed (possibly related to argument 'hz') - argument couldn't be parsed into an integer",
      ],
      [
        "hz 20 appendonly x",
        "-ERR CONFIG SET failed (possibly related to argument 'appendonly') - argument must be 'yes' or 'no'",
      ],
      [
        "maxmemory foo",
        "-ERR CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be a memory value",
      ],
      [
        "appendfsync x",
        "-ERR CONFIG SET failed (possibly related to argument 'appendfsync') - argument(s) must be one of the following: everysec, always, no",
      ],
      [
        "maxclients 0",
        "-ERR CONFIG SET failed (possibly related to argument 'maxclients') - argument must be between 1 and 4294967295 inclusive",
      ],
    ] as const;
    for (const [words, reply] of cases) expect([words, world.run(`config set ${words}`)]).toEqual([words, reply]);
    expect(world.run("config get hz")).toEqual({ map: [["hz", "10"]] });
  });

  test("a listener hears of changes", () => {
    const world = new CommandWorld();
    const heard: string[] = [];
    world.dispatcher.server.config.onChange("maxmemory", (value) => heard.push(value));
    world.run("config set maxmemory 1gb");
    expect(heard).toEqual(["1073741824"]);
  });

  test("RESETSTAT sets the counts back", () => {
    const world = new CommandWorld();
    world.run("get k");
    expect(world.run("config resetstat")).toBe("+OK");
    expect(world.run("info stats")).toMatch(/total_commands_processed:1\r\n/u);
    expect(world.run("config help")).toEqual(expect.arrayContaining(["+RESETSTAT"]));
  });
});

describe("INFO", () => {
  test("has Redis' sections and names, and ours", () => {
    const world = new CommandWorld();
    world.run("set k v");
    world.run("foo");
    const text = world.run("info") as string;
    const titles = [...text.matchAll(/^# (\w+)\r$/gmu)].map((match) => match[1]);
    expect(titles).toEqual([
      "Server",
      "Clients",
      "Memory",
      "Persistence",
      "Stats",
      "Replication",
      "CPU",
      "Modules",
      "Errorstats",
      "Cluster",
      "Keyspace",
      "Antipode",
    ]);
    for (const line of [
      "redis_version:7.2.5",
      "redis_mode:standalone",
      "role:master",
      "connected_clients:1",
      "blocked_clients:0",
      "db0:keys=1,expires=0,avg_ttl=0",
      "region:us-east",
      "incarnation:us-east#1-0000",
      "errorstat_ERR:count=1",
      "links:ok",
      "loading:0",
    ]) {
      expect(text.split("\r\n")).toContain(line);
    }
  });

  test("answers the sections asked for", () => {
    const world = new CommandWorld();
    expect(world.run("info cluster")).toBe("# Cluster\r\ncluster_enabled:0\r\n");
    expect(world.run("info CLUSTER modules")).toBe("# Modules\r\n\r\n# Cluster\r\ncluster_enabled:0\r\n");
    expect(world.run("info nothing")).toBe("");
    world.run("get k");
    expect(world.run("info commandstats")).toMatch(
      /cmdstat_get:calls=1,usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=0,failed_calls=0\r\n/u,
    );
    expect(world.run("info everything")).toMatch(/# Commandstats/u);
  });

  test("counts hits, misses, rejected and failed commands", () => {
    const world = new CommandWorld();
    world.run("set s v");
    world.run("get s");
    world.run("get x");
    world.run("get");
    world.run("incr s");
    world.run("multi");
    world.run("incr s");
    world.run("exec");
    expect(world.run("info commandstats")).toMatch(/cmdstat_incr:calls=2,[^\r]*failed_calls=2\r\n/u);
    expect(world.run("info stats")).toMatch(/total_error_replies:3\r\n/u);
  });
});

describe("COMMAND", () => {
  test("COUNT, LIST and the whole table", () => {
    const world = new CommandWorld();
    const count = world.run("command count") as number;
    expect((world.run("command") as Plain[]).length).toBe(count);
    expect((world.run("command info") as Plain[]).length).toBe(count);
    expect(world.run("command list")).toContain("get");
    expect(world.run("command list filterby pattern h*all")).toEqual(["hgetall"]);
    expect(world.run("command list filterby aclcat transaction")).toEqual([
      "multi",
      "exec",
      "discard",
      "watch",
      "unwatch",
    ]);
    expect(world.run("command list filterby module foo")).toEqual([]);
    expect(world.run("command list filterby foo bar")).toBe("-ERR syntax error");
    expect(world.run("command help")).toEqual(expect.arrayContaining(["+COUNT"]));
  });

  test("INFO answers Redis' ten items", () => {
    const world = new CommandWorld();
    const [get, none, encoding] = world.run("command info get nothing object|encoding") as Plain[][];
    expect(get!.slice(0, 7)).toEqual([
      "get",
      2,
      { set: ["+readonly", "+fast"] },
      1,
      1,
      1,
      { set: ["+@read", "+@string", "+@fast"] },
    ]);
    expect(get).toHaveLength(10);
    expect(none).toBe(null);
    expect(encoding!.slice(0, 6)).toEqual(["object|encoding", 3, { set: ["+readonly"] }, 2, 2, 1]);
  });

  test("DOCS", () => {
    const world = new CommandWorld();
    const docs = asObject(world.run("command docs get nothing config"));
    expect(Object.keys(docs)).toEqual(["get", "config"]);
    expect(asObject(docs["get"])).toMatchObject({ group: "string", since: "1.0.0" });
    expect(Object.keys(asObject(asObject(docs["config"])["subcommands"]))).toContain("config|get");
  });

  test("GETKEYSANDFLAGS tells what is done to each key", () => {
    const world = new CommandWorld();
    const flags = (words: string): Plain => world.run(`command getkeysandflags ${words}`);
    expect(flags("get k")).toEqual([["k", { set: ["+RO", "+access"] }]]);
    expect(flags("set k v")).toEqual([["k", { set: ["+OW", "+update"] }]]);
    expect(flags("set k get")).toEqual([["k", { set: ["+OW", "+update"] }]]);
    expect(flags("set k v get")).toEqual([["k", { set: ["+RW", "+access", "+update"] }]]);
    expect(flags("rename a b")).toEqual([
      ["a", { set: ["+RW", "+access", "+delete"] }],
      ["b", { set: ["+OW", "+update"] }],
    ]);
    expect(flags("config nothing k")).toBe("-ERR Invalid command specified");
  });

  test("GETKEYS", () => {
    const world = new CommandWorld();
    expect(world.run("command getkeys mset a 1 b 2")).toEqual(["a", "b"]);
    expect(world.run("command getkeys object encoding k")).toEqual(["k"]);
    expect(world.run("command getkeys foo k")).toBe("-ERR Invalid command specified");
    expect(world.run("command getkeys ping x")).toBe("-ERR The command has no key arguments");
    expect(world.run("command getkeys get a b")).toBe("-ERR Invalid number of arguments specified for command");
  });
});

describe("DEBUG", () => {
  test("OBJECT, STRINGMATCH-LEN and switches", () => {
    const world = new CommandWorld();
    world.run("set k 12");
    expect(world.run("debug object k")).toMatch(
      /^\+Value at:0x0 refcount:1 encoding:int serializedlength:\d+ lru:0 lru_seconds_idle:0$/u,
    );
    expect(world.run("debug object x")).toBe("-ERR no such key");
    expect(world.run("debug stringmatch-len 1000 a*a*b")).toBe(0);
    expect(world.run("debug stringmatch-len 5 aaaaa")).toBe(1);
    for (const words of [
      "set-active-expire 0",
      "set-disable-deny-scripts 1",
      "quicklist-packed-threshold 10b",
      "change-repl-id",
      "jmap",
      "reload",
      "reload noflush",
      "loadaof",
    ]) {
      expect([words, world.run(`debug ${words}`)]).toEqual([words, "+OK"]);
    }
    expect(world.run(["debug", "error", "CODE some text"])).toBe("-CODE some text");
    expect(world.run("debug sleep x")).toBe("-ERR value is not a valid float");
    expect(world.run("debug help")).toEqual(expect.arrayContaining(["+SLEEP seconds"]));
  });

  test("PROTOCOL answers each kind", () => {
    const world = new CommandWorld();
    const kinds = ["string", "integer", "double", "null", "array", "true", "bignum", "verbatim"];
    expect(kinds.map((kind) => world.run(`debug protocol ${kind}`))).toEqual([
      "Hello World",
      12345,
      { double: 3.141 },
      null,
      [0, 1, 2],
      true,
      "(1234567999999999999999999999999999999",
      "This is a verbatim\nstring",
    ]);
    expect(world.run("debug protocol foo")).toMatch(/^-ERR unknown subcommand or wrong number/u);
  });
});

describe("the rest of the server", () => {
  test("TIME, ROLE, LOLWUT, CLUSTER", () => {
    const world = new CommandWorld();
    expect(world.run("time")).toEqual(["1700000000", "0"]);
    expect(world.run("role")).toEqual(["master", 0, []]);
    expect(world.run("lolwut")).toMatch(/Antipode 0\.1\.0/u);
    expect(world.run("lolwut version x")).toBe("-ERR value is not an integer or out of range");
    expect(world.run("cluster info")).toBe("-ERR This instance has cluster support disabled");
  });

  test("MEMORY", () => {
    const world = new CommandWorld();
    world.run("set k v");
    expect(world.run("memory usage k")).toBeGreaterThan(0);
    expect(world.run("memory usage k samples 5")).toBeGreaterThan(0);
    expect(world.run("memory usage x")).toBe(null);
    expect(world.run("memory usage k samples x")).toBe("-ERR value is not an integer or out of range");
    expect(world.run("memory usage k foo 1")).toBe("-ERR syntax error");
    expect(world.run("memory doctor")).toMatch(/^1 keys are in memory/u);
    expect(asObject(world.run("memory stats"))["keys.count"]).toBe(1);
    expect(world.run("memory purge")).toBe("+OK");
    expect(world.run("memory help")).toEqual(expect.arrayContaining(["+DOCTOR"]));
  });

  test("SLOWLOG keeps the slow ones, shortened", () => {
    const world = new CommandWorld();
    world.run("config set slowlog-log-slower-than 0 slowlog-max-len 3");
    world.run("slowlog reset");
    world.run(["set", "k", "x".repeat(200)]);
    world.run(["mset", ...Array.from({ length: 40 }, (_, index) => `${index}`)]);
    const entries = world.run("slowlog get 2") as Plain[][];
    expect(entries[0]![3]).toHaveLength(32);
    expect((entries[0]![3] as string[]).at(-1)).toBe("... (10 more arguments)");
    expect((entries[1]![3] as string[])[2]).toBe(`${"x".repeat(128)}... (72 more bytes)`);
    expect(entries[1]!.slice(4)).toEqual(["127.0.0.1:5001", ""]);
    expect(world.run("slowlog len")).toBe(3);
    world.run("config set slowlog-log-slower-than -1");
    world.run("slowlog reset");
    expect(world.run("slowlog len")).toBe(0);
    expect(world.run("slowlog get -1")).toEqual([]);
    expect(world.run("slowlog get -2")).toBe("-ERR count should be greater than or equal to -1");
    expect(world.run("slowlog help")).toEqual(expect.arrayContaining(["+LEN"]));
  });

  test("LATENCY keeps no samples", () => {
    const world = new CommandWorld();
    expect(world.run("latency latest")).toEqual([]);
    expect(world.run("latency history x")).toEqual([]);
    expect(world.run("latency reset")).toBe(0);
    expect(world.run("latency graph x")).toBe("-ERR No samples available for event 'x'");
    expect(world.run("latency histogram")).toEqual({ map: [] });
    expect(world.run("latency doctor")).toMatch(/admin port/u);
    expect(world.run("latency help")).toEqual(expect.arrayContaining(["+LATEST"]));
  });

  test("ANTIPODE tells the region and what it has", () => {
    const world = new CommandWorld();
    world.run("set k v");
    expect(world.run("antipode region")).toBe("us-east");
    expect(world.run("antipode vector")).toEqual({ map: [["us-east#1-0000", 1]] });
    expect(asObject(world.run("antipode info"))["peers_connected"]).toBe("2");
    expect(world.run("antipode help")).toEqual(expect.arrayContaining(["+REGION"]));
  });
});
