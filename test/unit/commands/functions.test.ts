import { describe, expect, test } from "vitest";
import { CommandWorld, expected, found, type Plain } from "./command-world.ts";

const LIBRARY = `#!lua name=mylib
local function helper(n) return n * 2 end
redis.register_function('double', function(keys, args) return helper(tonumber(args[1])) end)
redis.register_function{
  function_name = 'read', description = 'reads', flags = {'no-writes'},
  callback = function(keys, args) return redis.call('get', keys[1]) end
}
redis.register_function('write', function(keys, args) return redis.call('set', keys[1], args[1]) end)`;

describe("FUNCTION and FCALL", () => {
  test("a library's functions are called with keys and arguments", () => {
    const world = new CommandWorld();
    const results = world.script(
      ["function", "load", LIBRARY],
      "mylib",
      "fcall double 0 21",
      42,
      "fcall write 1 k v",
      "+OK",
      "fcall_ro read 1 k",
      "v",
      "fcall_ro write 1 k v",
      "-ERR Can not execute a script with write flag using *_ro command.",
      "fcall nothing 0",
      "-ERR Function not found",
      "fcall double x",
      "-ERR Bad number of keys provided",
      "fcall double 5",
      "-ERR Number of keys can't be greater than number of args",
      "fcall double -1",
      "-ERR Number of keys can't be negative",
    );
    expect(found(results)).toEqual(expected(results));
  });

  test("INFO counts libraries, functions and scripts, inside MULTI too", () => {
    const world = new CommandWorld();
    world.run(["function", "load", LIBRARY]);
    world.run(["script", "load", "return 1"]);
    world.run(["eval", "return 2", "0"]);
    const counts = (text: Plain): string[] =>
      ["number_of_cached_scripts", "number_of_functions", "number_of_libraries"].map(
        (name) => new RegExp(`${name}:(\\d+)`, "u").exec(text as string)![1]!,
      );
    expect(counts(world.run("info memory"))).toEqual(["2", "3", "1"]);
    world.run("multi");
    world.run("info memory");
    expect(counts((world.run("exec") as Plain[])[0])).toEqual(["2", "3", "1"]);
    const hits = (): string => /keyspace_hits:(\d+)/u.exec(world.run("info everything") as string)![1]!;
    expect(hits()).toBe(hits());
  });

  test("over REST any function may be called read-only, and its writes are refused", () => {
    const world = new CommandWorld();
    world.run(["function", "load", LIBRARY]);
    const rest = world.connect("rest");
    expect(world.run("fcall_ro double 0 4", rest)).toBe(8);
    expect(world.run("fcall_ro write 1 k v", rest)).toBe(
      "-ERR Write commands are not allowed from read-only scripts. script: write, on @user_function:8.",
    );
  });

  test("LIST, STATS, DELETE and FLUSH", () => {
    const world = new CommandWorld();
    world.run(["function", "load", LIBRARY]);
    const about = (name: string, description: string | null, flags: readonly string[]) => ({
      map: [
        ["name", name],
        ["description", description],
        ["flags", { set: flags }],
      ],
    });
    const listed = [
      {
        map: [
          ["library_name", "mylib"],
          ["engine", "LUA"],
          ["functions", [about("double", null, []), about("read", "reads", ["+no-writes"]), about("write", null, [])]],
        ],
      },
    ];
    expect(world.run("function list")).toEqual(listed);
    expect(world.run("function list libraryname my*")).toEqual(listed);
    expect(world.run("function list libraryname other")).toEqual([]);
    expect(JSON.stringify(world.run("function list withcode"))).toContain("library_code");
    expect(world.run("function stats")).toEqual({
      map: [
        ["running_script", null],
        [
          "engines",
          {
            map: [
              [
                "LUA",
                {
                  map: [
                    ["libraries_count", 1],
                    ["functions_count", 3],
                  ],
                },
              ],
            ],
          },
        ],
      ],
    });
    expect((world.run("function help") as readonly unknown[]).length).toBeGreaterThan(10);
    const results = world.script(
      "function list foo",
      "-ERR Unknown argument foo",
      "function list libraryname",
      "-ERR library name argument was not given",
      "function delete other",
      "-ERR Library not found",
      "function delete mylib",
      "+OK",
      "fcall double 0 1",
      "-ERR Function not found",
      ["function", "load", LIBRARY],
      "mylib",
      "function flush wrong",
      "-ERR FUNCTION FLUSH only supports SYNC|ASYNC option",
      "function flush",
      "+OK",
      "function list",
      [],
      "function kill",
      "-NOTBUSY No scripts in execution right now.",
    );
    expect(found(results)).toEqual(expected(results));
  });

  test("REPLACE replaces, and nothing else does", () => {
    const world = new CommandWorld();
    const one = "#!lua name=one\nredis.register_function('f', function() return 1 end)";
    const two = "#!lua name=one\nredis.register_function('f', function() return 2 end)";
    const other = "#!lua name=other\nredis.register_function('f', function() return 3 end)";
    const broken = "#!lua name=one\nredis.register_function('f', 5)";
    const results = world.script(
      ["function", "load", one],
      "one",
      ["function", "load", two],
      "-ERR Library 'one' already exists",
      "fcall f 0",
      1,
      ["function", "load", "replace", broken],
      "-ERR Error registering functions: ERR second argument to redis.register_function must be a function",
      "fcall f 0",
      1,
      ["function", "load", "replace", two],
      "one",
      "fcall f 0",
      2,
      ["function", "load", other],
      "-ERR Function f already exists",
      "fcall f 0",
      2,
    );
    expect(found(results)).toEqual(expected(results));
  });

  test("code that makes no library is refused in Redis' words", () => {
    const world = new CommandWorld();
    const load = (code: string) => world.run(["function", "load", code]);
    const register = "redis.register_function";
    const cases: readonly (readonly [string, string])[] = [
      ["x", "Missing library metadata"],
      ["#!lua name=a", "Invalid library metadata"],
      ["#!lua\nx", "Library name was not given"],
      ["#!lua name=a name=b\nx", "Invalid metadata value, name argument was given multiple times"],
      ["#!lua name=a foo=b\nx", "Invalid metadata value given: foo=b"],
      ["#!lux name=a\nx", "Engine 'lux' not found"],
      [
        "#!lua name=a-b\nx",
        "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long",
      ],
      ["#!lua name=a\nlocal x", "No functions registered"],
      ["#!lua name=a\nx =", "Error compiling function: user_function:2: unexpected symbol near '<eof>'"],
      [
        "#!lua name=a\nredis.call('get')",
        "Error registering functions: ERR user_function:2: Script attempted to access nonexistent global variable 'call'",
      ],
      [
        "#!lua name=a\nlocal x = string.upper('a')",
        "Error registering functions: ERR user_function:2: Script attempted to access nonexistent global variable 'string'",
      ],
      [
        `#!lua name=a\n${register}('f-g', function() end)`,
        "Error registering functions: ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long",
      ],
      [
        `#!lua name=a\n${register}()`,
        "Error registering functions: ERR wrong number of arguments to redis.register_function",
      ],
      [
        `#!lua name=a\n${register}{function_name='f'}`,
        "Error registering functions: ERR redis.register_function must get a callback argument",
      ],
      [
        `#!lua name=a\n${register}{function_name='f', callback=function() end, flags={'x'}}`,
        "Error registering functions: ERR unknown flag given",
      ],
      ["#!lua name=a\nwhile true do end", "Error registering functions: ERR FUNCTION LOAD timeout"],
    ];
    for (const [code, text] of cases) expect([code, load(code)]).toEqual([code, `-ERR ${text}`]);
    expect(world.run("function list")).toEqual([]);
  });

  test("functions see no KEYS, and register nothing while they run", () => {
    const world = new CommandWorld();
    const code = `#!lua name=a
redis.register_function('keys', function() return KEYS end)
redis.register_function('more', function() redis.register_function('x', function() end) end)`;
    world.run(["function", "load", code]);
    expect(world.run("fcall keys 0")).toBe(
      "-ERR user_function:2: Script attempted to access nonexistent global variable 'KEYS' script: keys, on @user_function:2.",
    );
    expect(world.run("fcall more 0")).toContain("attempt to call field 'register_function'");
  });

  test("DUMP and RESTORE carry libraries over, all or none", () => {
    const world = new CommandWorld();
    world.run(["function", "load", LIBRARY]);
    const payload = world.run("function dump") as string;
    const broken = `${payload.slice(0, -1)}${payload.endsWith("a") ? "b" : "a"}`;
    const results = world.script(
      ["function", "restore", payload],
      "-ERR Library mylib already exists",
      ["function", "restore", payload, "replace"],
      "+OK",
      ["function", "restore", payload, "wrong"],
      "-ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.",
      ["function", "restore", broken],
      "-ERR DUMP payload version or checksum are wrong",
      ["function", "restore", "x"],
      "-ERR DUMP payload version or checksum are wrong",
      "function flush",
      "+OK",
      ["function", "restore", payload, "flush"],
      "+OK",
      "fcall double 0 5",
      10,
    );
    expect(found(results)).toEqual(expected(results));
  });
});
