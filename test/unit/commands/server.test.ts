import { describe, expect, test } from "vitest";
import type { Saver } from "../../../src/commands/server-context.ts";
import { ReplyError } from "../../../src/resp/reply-error.ts";
import { OK } from "../../../src/resp/reply.ts";
import { CommandWorld, plain, type Plain } from "./command-world.ts";

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
      "log hello",
      "dict-resizing 0",
      "replybuffer resizing 0",
      "pause-cron 1",
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
    expect(world.run("debug digest")).toBe("+");
    world.run("flushall");
    expect(world.run("debug digest")).toBe(`+${"0".repeat(40)}`);
    expect(world.run("debug populate 3 p 4")).toBe("+OK");
    expect(world.run("mget p:0 p:2")).toEqual(["valu", "valu"]);
    expect(world.run("debug populate 99999999999")).toBe("-ERR value is out of range");
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
    expect(world.run("memory malloc-stats")).toMatch(/resident: 1000000/u);
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

  test("LATENCY keeps what was slower than its threshold, the slowest of each second", () => {
    const world = new CommandWorld();
    expect(world.run("latency doctor")).toMatch(/^Latency monitoring is off/u);
    world.run("config set latency-monitor-threshold 100");
    const { latency } = world.dispatcher.server;
    latency.record("command", 99);
    for (const ms of [120, 300, 200]) latency.record("command", ms);
    world.advance(2_000);
    latency.record("command", 150.4);
    latency.record("fast-command", 101);
    expect(world.run("latency latest")).toEqual([
      ["command", 1_700_000_002, 150, 300],
      ["fast-command", 1_700_000_002, 101, 101],
    ]);
    expect(world.run("latency history command")).toEqual([
      [1_700_000_000, 300],
      [1_700_000_002, 150],
    ]);
    expect(world.run("latency history x")).toEqual([]);
    expect(world.run("latency graph command")).toMatch(/^command - high 300 ms, low 150 ms/u);
    expect(world.run("latency graph x")).toBe("-ERR No samples available for event 'x'");
    expect(world.run("latency doctor")).toMatch(/command: 2 spikes, 225 ms on average, 300 ms the worst/u);
    expect(world.run("latency reset fast-command x")).toBe(1);
    expect(world.run("latency reset")).toBe(1);
    expect(world.run("latency latest")).toEqual([]);
    expect(world.run("latency help")).toEqual(expect.arrayContaining(["+LATEST"]));
  });

  test("LATENCY HISTOGRAM and INFO latencystats tell how long commands take", () => {
    const world = new CommandWorld();
    const { statistics, commands } = world.dispatcher.server;
    for (const micros of [0.5, 3, 4, 100, 1000]) statistics.ran(commands.get("get")!, micros, false);
    world.run("config set maxclients 10");
    expect(world.run("latency histogram get nothing")).toEqual({
      map: [
        [
          "get",
          {
            map: [
              ["calls", 5],
              [
                "histogram_usec",
                {
                  map: [
                    [1, 1],
                    [4, 3],
                    [128, 4],
                    [1024, 5],
                  ],
                },
              ],
            ],
          },
        ],
      ],
    });
    expect((world.run("latency histogram config") as { map: [string, Plain][] }).map.map(([name]) => name)).toEqual([
      "config|set",
    ]);
    expect(world.run("info latencystats")).toMatch(
      /latency_percentiles_usec_get:p50=4.000,p99=1024.000,p99.9=1024.000\r/u,
    );
    world.run("config set latency-tracking no");
    statistics.ran(commands.get("incr")!, 1, false);
    expect(world.run("latency histogram incr")).toEqual({ map: [] });
  });

  test("SAVE, BGSAVE and their kin write a checkpoint", async () => {
    let saves = 0;
    const saver: Saver = {
      save: async () => (++saves > 3 ? new ReplyError("ERR", "no") : null),
      savedAtMs: 1_700_000_005_999,
      saves: 0,
      isSaving: false,
      isFailing: false,
    };
    const world = new CommandWorld({ saver });
    const outcome = world.outcome("save");
    expect(outcome.kind === "suspended" ? (await outcome.done).reply : null).toEqual(OK);
    expect(world.run("bgsave")).toBe("+Background saving started");
    expect(world.run("bgsave x")).toBe("-ERR syntax error");
    expect(world.run("bgrewriteaof")).toBe("+Background append only file rewriting started");
    expect(saves).toBe(3);
    expect(world.run("lastsave")).toBe(1_700_000_005);
    const failed = world.outcome("save");
    expect(failed.kind === "suspended" ? plain((await failed.done).reply) : null).toBe("-ERR no");
    expect(world.run("info persistence")).toMatch(/rdb_last_save_time:1700000005\r/u);
  });

  test("SHUTDOWN, REPLICAOF, FAILOVER, MODULE and the cluster's words are refused clearly", () => {
    const world = new CommandWorld();
    const cluster = "-ERR This instance has cluster support disabled";
    const cases = [
      ["shutdown", /SIGTERM/u],
      ["shutdown abort", /^-ERR No shutdown in progress\.$/u],
      ["shutdown save nosave", /^-ERR syntax error$/u],
      ["replicaof no one", /^\+OK$/u],
      ["replicaof host 1", /every region is a master/u],
      ["slaveof NO ONE", /^\+OK$/u],
      ["failover", /^-ERR FAILOVER requires connected replicas\.$/u],
      ["failover abort", /^-ERR No failover in progress\.$/u],
      ["failover to x", /^-ERR syntax error$/u],
      ["module load x", /^-ERR MODULE command not allowed/u],
      ["module loadex x", /^-ERR MODULE command not allowed/u],
      ["module unload x", /^-ERR MODULE command not allowed/u],
      ["config rewrite", /^-ERR The server is running without a config file$/u],
    ] as const;
    for (const [words, reply] of cases)
      expect([words, world.run(words)]).toEqual([words, expect.stringMatching(reply)]);
    for (const words of ["readonly", "readwrite", "asking"]) expect(world.run(words)).toBe(cluster);
    expect(world.run("module list")).toEqual([]);
    expect(world.run("module help")).toEqual(expect.arrayContaining(["+LIST"]));
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

describe("INFO keyspace", () => {
  const expires = (world: CommandWorld): string =>
    /expires=(\d+)/u.exec(world.run("info keyspace") as string)?.[1] ?? "none";

  test("counts the keys that have a deadline, whatever happens to them", async () => {
    const world = new CommandWorld();
    world.run("mset a 1 b 2 c 3");
    world.run("expire a 100");
    world.run("set b 2 ex 100");
    world.run("hset h f v");
    world.run("expire h 100");
    expect(expires(world)).toBe("3");
    world.run("persist a");
    world.run("set b 3");
    expect(expires(world)).toBe("1");
    world.run("del h");
    world.run("expire c 100");
    world.run("rename c d");
    expect(expires(world)).toBe("1");
    await world.engine.housekeeping.flush();
    const entry = world.engine.keyspace.state.table.find(0, "d")!;
    world.engine.keyspace.state.drop(entry);
    expect(expires(world)).toBe("1");
    world.run("persist d");
    expect(expires(world)).toBe("0");
    world.run("expire d 100");
    world.run("flushall");
    world.run("set a 1");
    expect(expires(world)).toBe("0");
  });

  test("the system database is not shown", () => {
    const world = new CommandWorld();
    world.run("acl setuser u");
    expect(world.run("info keyspace")).toBe("# Keyspace\r\n");
  });
});
