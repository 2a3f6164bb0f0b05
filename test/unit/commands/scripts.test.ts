import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { CommandWorld, expected, found } from "./command-world.ts";

const sha1 = (source: string): string => createHash("sha1").update(source, "latin1").digest("hex");
const at = (source: string, line = 1): string => ` script: ${sha1(source)}, on @user_script:${line}.`;

describe("EVAL and EVALSHA", () => {
  test("keys and arguments reach the script, its value comes back", () => {
    const world = new CommandWorld();
    const results = world.script(
      ["eval", "return {KEYS[1], KEYS[2], ARGV[1]}", "2", "a", "b", "c"],
      ["a", "b", "c"],
      ["eval", "return redis.call('set', KEYS[1], ARGV[1])", "1", "k", "v"],
      "+OK",
      "get k",
      "v",
      ["eval", "return 1", "x"],
      "-ERR value is not an integer or out of range",
      ["eval", "return 1", "3", "a"],
      "-ERR Number of keys can't be greater than number of args",
      ["eval", "return 1", "-1"],
      "-ERR Number of keys can't be negative",
    );
    expect(found(results)).toEqual(expected(results));
  });

  test("a script that EVAL ran, or SCRIPT LOAD loaded, is found by its hash in any case until SCRIPT FLUSH", () => {
    const world = new CommandWorld();
    const [ran, loaded] = ["return 'ran'", "return 'loaded'"];
    const results = world.script(
      ["evalsha", sha1(ran), "0"],
      "-NOSCRIPT No matching script. Please use EVAL.",
      ["eval", ran, "0"],
      "ran",
      ["evalsha", sha1(ran).toUpperCase(), "0"],
      "ran",
      ["script", "load", loaded],
      sha1(loaded),
      ["evalsha_ro", sha1(loaded), "0"],
      "loaded",
      ["script", "exists", sha1(ran), sha1(loaded), "f".repeat(40)],
      [1, 1, 0],
      "script flush wrong",
      "-ERR SCRIPT FLUSH only support SYNC|ASYNC option",
      "script flush async",
      "+OK",
      ["evalsha", sha1(ran), "0"],
      "-NOSCRIPT No matching script. Please use EVAL.",
      ["evalsha", sha1(loaded), "0"],
      "-NOSCRIPT No matching script. Please use EVAL.",
    );
    expect(found(results)).toEqual(expected(results));
  });

  test("only the last few hundred scripts of EVAL are kept, those of SCRIPT LOAD always", () => {
    const world = new CommandWorld();
    world.run(["script", "load", "return 'kept'"]);
    for (let index = 0; index < 600; index++) expect(world.run(["eval", `return ${index}`, "0"])).toBe(index);
    const known = Array.from({ length: 600 }, (_, index) => sha1(`return ${index}`));
    const there = world.run(["script", "exists", ...known]) as readonly number[];
    expect(there.filter((one) => one === 1)).toHaveLength(512);
    expect(world.run(["evalsha", sha1("return 'kept'"), "0"])).toBe("kept");
  });

  test("a script that does not compile is not kept", () => {
    const world = new CommandWorld();
    const text = "-ERR Error compiling script (new function): user_script:1: unexpected symbol near '+'";
    expect(world.run(["eval", "return +", "0"])).toBe(text);
    expect(world.run(["script", "load", "return +"])).toBe(text);
    expect(world.run(["script", "exists", sha1("return +")])).toEqual([0]);
  });

  test("a read-only run refuses commands that write", () => {
    const world = new CommandWorld();
    const source = "return redis.call('set', 'k', 'v')";
    const refusal = `-ERR Write commands are not allowed from read-only scripts.${at(source)}`;
    expect(world.run(["eval_ro", source, "0"])).toBe(refusal);
    world.run(["script", "load", source]);
    expect(world.run(["evalsha_ro", sha1(source), "0"])).toBe(refusal);
    expect(world.run("exists k")).toBe(0);
  });

  test("SELECT inside a script is the script's own", () => {
    const world = new CommandWorld();
    world.run(["eval", "redis.call('select', 3) redis.call('set', 'k', 'three')", "0"]);
    expect(world.run("get k")).toBe(null);
    world.run("select 3");
    expect(world.run("get k")).toBe("three");
  });

  test("inside MULTI a script is one of the commands", () => {
    const world = new CommandWorld();
    world.run("multi");
    world.run(["eval", "redis.call('select', 5) return redis.call('incr', 'n')", "0"]);
    world.run("set k v");
    expect(world.run("exec")).toEqual([1, "+OK"]);
    expect(world.run("get k")).toBe("v");
  });

  test("K2: what a script wrote before it failed stays, as one batch", () => {
    const world = new CommandWorld();
    const before = world.engine.keyspace.lastLsn;
    const source = "redis.call('set', 'a', 1) redis.call('set', 'b', 2) error('late')";
    world.run(["script", "load", source]);
    expect(world.run(["evalsha", sha1(source), "0"])).toBe(`-ERR user_script:1: late${at(source)}`);
    expect(world.run("mget a b")).toEqual(["1", "2"]);
    expect(world.engine.keyspace.lastLsn - before).toBe(2);
  });

  test("the commands of a script have its caller's rights", () => {
    const world = new CommandWorld();
    world.run(["acl", "setuser", "ann", "on", "nopass", "~mine:*", "+@all", "-set"]);
    const session = world.connect();
    world.run("auth ann x", session);
    const run = (source: string) => world.run(["eval", source, "0"], session);
    const set = "return redis.call('set', 'mine:1', 1)";
    expect(run(set)).toBe(
      `-NOPERM ACL failure in script: User ann has no permissions to run the 'set' command${at(set)}`,
    );
    const get = "return redis.call('get', 'other')";
    expect(run(get)).toMatch(/^-NOPERM ACL failure in script: /u);
    expect(run("return redis.call('get', 'mine:1')")).toBe(null);
    expect(run("return redis.acl_check_cmd('set', 'mine:1', 'v')")).toBe(null);
    expect(run("return redis.acl_check_cmd('get', 'mine:1')")).toBe(1);
  });

  test("a token that may only read runs no scripts", () => {
    const world = new CommandWorld();
    const session = world.connect("rest", "read-only");
    expect(world.run(["eval", "return 1", "0"], session)).toMatch(/^-NOPERM/u);
  });

  test("KILL finds nothing running, DEBUG is refused", () => {
    const world = new CommandWorld();
    const results = world.script(
      "script kill",
      "-NOTBUSY No scripts in execution right now.",
      "script debug maybe",
      "-ERR Use SCRIPT DEBUG YES/SYNC/NO",
      "script debug yes",
      "-ERR the script debugger is not supported",
      "script debug no",
      "+OK",
    );
    expect(found(results)).toEqual(expected(results));
    expect((world.run("script help") as readonly unknown[]).length).toBeGreaterThan(10);
  });
});

describe("the shebang line", () => {
  test("its flags are known or refused, and it counts for the hash", () => {
    const world = new CommandWorld();
    const source = "#!lua flags=no-writes,allow-oom,allow-stale,no-cluster,allow-cross-slot-keys\nreturn 1";
    const results = world.script(
      ["eval", source, "0"],
      1,
      ["evalsha_ro", sha1(source), "0"],
      1,
      ["eval", "#!lua", "0"],
      "-ERR Invalid script shebang",
      ["eval", "#!lue\nreturn 1", "0"],
      "-ERR Unexpected engine in script shebang: #!lue",
      ["eval", "#!lua flags=x\nreturn 1", "0"],
      "-ERR Unexpected flag in script shebang: x",
      ["eval", "#!lua name=x\nreturn 1", "0"],
      "-ERR Unknown lua shebang option: name=x",
      ["eval_ro", "#!lua\nreturn 1", "0"],
      "-ERR Can not execute a script with write flag using *_ro command.",
    );
    expect(found(results)).toEqual(expected(results));
  });

  test("no-writes refuses writes", () => {
    const world = new CommandWorld();
    const source = "#!lua flags=no-writes\nreturn redis.call('set', 'k', 'v')";
    expect(world.run(["eval", source, "0"])).toBe(
      `-ERR Write commands are not allowed from read-only scripts.${at(source, 2)}`,
    );
  });

  test("allow-key-locking refuses keys that were not declared", () => {
    const world = new CommandWorld();
    const source = "#!lua flags=allow-key-locking\nreturn redis.call('set', ARGV[1], 'v')";
    expect(world.run(["eval", source, "1", "k", "k"])).toBe("+OK");
    expect(world.run(["eval", source, "1", "k", "other"])).toMatch(
      /^-ERR Script attempted to access the undeclared key 'other'/u,
    );
    expect(world.run("exists other")).toBe(0);
  });
});
