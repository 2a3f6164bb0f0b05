import { describe, expect, test } from "vitest";
import { monitorLine } from "../../../src/commands/messages/monitors.ts";
import { CommandWorld } from "./command-world.ts";

describe("MONITOR", () => {
  const lines = (world: CommandWorld): string[] =>
    world.messages().map(([, message]) => (message as string).replace(/^\+\d+\.\d{6} /u, ""));

  test("shows the commands of every client as they run, until RESET", () => {
    const world = new CommandWorld();
    const [watching, other] = [world.connect(), world.connect()];
    expect(world.run("monitor", watching)).toBe("+OK");
    expect(world.run("client list id 2")).toContain(" flags=O ");
    world.run("set k v");
    world.run("select 3", other);
    world.run(["GET", '\u0000\u00ff"\\\r\n\t x'], other);
    world.run("incr k");
    expect(lines(world)).toEqual([
      '[0 127.0.0.1:5001] "set" "k" "v"',
      '[3 127.0.0.1:5003] "select" "3"',
      '[3 127.0.0.1:5003] "GET" "\\x00\\xff\\"\\\\\\r\\n\\t x"',
      '[0 127.0.0.1:5001] "incr" "k"',
    ]);
    world.run("reset", watching);
    lines(world);
    world.run("set k v");
    world.dispatcher.disconnected(watching);
    expect(lines(world)).toEqual([]);
  });

  test("leaves out administrators' commands, refused ones, and passwords", () => {
    const world = new CommandWorld();
    world.run("monitor", world.connect());
    for (const words of ["config get maxmemory", "client list", "nonsense", "get", "client id"]) world.run(words);
    world.run("auth user secret");
    world.run("hello 2 auth user secret");
    expect(lines(world)).toEqual([
      '[0 127.0.0.1:5001] "client" "id"',
      '[0 127.0.0.1:5001] "auth" "(redacted)" "(redacted)"',
      '[0 127.0.0.1:5001] "hello" "2" "auth" "(redacted)" "(redacted)"',
    ]);
  });

  test("shows a transaction as it runs: EXEC comes last", () => {
    const world = new CommandWorld();
    world.run("monitor", world.connect());
    for (const words of ["multi", "set k v", "incr k", "exec"]) world.run(words);
    expect(lines(world).map((line) => line.split(" ").slice(2).join(" "))).toEqual([
      '"multi"',
      '"set" "k" "v"',
      '"incr" "k"',
      '"exec"',
    ]);
  });

  test("shows what a script calls, after the script, as lua's", () => {
    const world = new CommandWorld();
    world.run("monitor", world.connect());
    world.run(["eval", "return redis.call('set', KEYS[1], 'v')", "1", "k"]);
    expect(lines(world)).toEqual([
      `[0 127.0.0.1:5001] "eval" "return redis.call('set', KEYS[1], 'v')" "1" "k"`,
      '[0 lua] "set" "k" "v"',
    ]);
  });

  test("cannot begin inside a transaction", () => {
    const world = new CommandWorld();
    world.run("multi");
    world.run("monitor");
    expect(world.run("exec")).toEqual(["-ERR MONITOR isn't allowed for DENY BLOCKING client"]);
  });

  test("a client that is gone sees nothing", () => {
    const world = new CommandWorld();
    const watching = world.connect();
    world.run("monitor", watching);
    world.dispatcher.disconnected(watching);
    world.run("set k v");
    expect(world.messages()).toEqual([]);
  });

  test("the time is in microseconds", () => {
    expect(monitorLine(["ping"], 0, "lua", 1_700_000_000_123.456)).toBe('1700000000.123456 [0 lua] "ping"');
    expect(monitorLine(["ping"], 15, "[::1]:9", 1_700_000_000_000)).toBe('1700000000.000000 [15 [::1]:9] "ping"');
  });
});
