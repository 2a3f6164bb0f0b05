import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { EngineHarness } from "./engine-harness.ts";
import { hostileScript } from "./hostile-scripts.ts";

/** After whatever came before: the engine answers, and nothing of an earlier script is left. */
function expectWhole(harness: EngineHarness): void {
  harness.busyMs = 5000;
  const probe = "return {KEYS[1], #ARGV, type(redis.call), tostring(rawget(_G, 'leak'))}";
  expect(harness.run(probe, ["k"])).toEqual(["k", 0, "function", "nil"]);
}

describe("a script cannot hold its region", () => {
  const endless: readonly (readonly [string, string])[] = [
    ["a loop", "while true do end"],
    ["a loop that catches errors", "while true do pcall(function() while true do end end) end"],
    ["a coroutine", "coroutine.wrap(function() while true do end end)()"],
    ["an error handler", "xpcall(function() error('x') end, function() while true do end end)"],
    ["a metamethod", "local t = setmetatable({}, {__index = function() while true do end end}) return t.x"],
    ["a comparison of sort", "table.sort({3, 2, 1}, function() while true do end end)"],
    ["a replacement of gsub", "('x'):gsub('x', function() while true do end end)"],
    ["a pattern that backtracks", "return ('a'):rep(60):find(('a?'):rep(60) .. ('a'):rep(60))"],
    ["a pattern of gmatch", "for _ in ('a'):rep(60):gmatch(('a?'):rep(60) .. ('a'):rep(60)) do end"],
    ["a pattern of gsub", "return ('x'):rep(20000):gsub('.-.-.-y', '')"],
    ["large copies", "local s = ('x'):rep(3e7) while true do local t = s .. 'y' end"],
    ["large encodings", "local s = ('x'):rep(1e7) while true do cjson.encode(s) end"],
    ["a text that doubles", "local t = {} for i = 1, 60 do t = {t, t} end return cjson.encode(t)"],
    ["a reply that doubles", "local t = {} for i = 1, 60 do t = {t, t} end return t"],
    ["a reply that contains itself", "local t = {} t[1] = t t[2] = t return t"],
    ["a loader", "load(function() while true do end end)"],
    ["a loop of commands", "while true do redis.call('ping') end"],
  ];
  test.each(endless)("%s is ended", (_name, body) => {
    const harness = new EngineHarness();
    expect(harness.failure(body)).toMatch(/^ERR Script ended by the server: it ran for more than 200 ms/u);
    expectWhole(harness);
  });

  test("the position of what was ended is told", () => {
    const harness = new EngineHarness();
    expect(harness.failure("\nwhile true do end")).toMatch(/ script: script-0, on @user_script:2\.$/u);
  });

  test("a script that has written is ended later, and without a limit not at all", () => {
    const harness = new EngineHarness();
    harness.busyMs = 20;
    const spin = "local n = 0 for i = 1, 2e7 do n = n + 1 end return n";
    expect(harness.failure(spin)).toMatch(/^ERR Script ended/u);
    expect(harness.run(`redis.call('write') ${spin}`)).toBe(2e7);
    harness.busyMs = 0;
    expect(harness.run(spin)).toBe(2e7);
  });

  test("another thread ends a script by the kill switch", async () => {
    const harness = new EngineHarness();
    harness.busyMs = 0;
    // It says that it looks, looks until something runs, and wants its end.
    const killer = new Worker(
      `const { workerData, parentPort } = require("node:worker_threads");
       const words = new Int32Array(workerData);
       parentPort.postMessage("looking");
       while (Atomics.load(words, 0) === 0);
       Atomics.store(words, 2, 1);`,
      { eval: true, workerData: harness.killSwitch.shared },
    );
    await new Promise((resolve) => {
      killer.once("message", resolve);
    });
    const killed = /^ERR Script killed by user with SCRIPT KILL\.\.\. script: script-0, on @user_script:1\.$/u;
    expect(harness.failure("while true do end")).toMatch(killed);
    await killer.terminate();
    expectWhole(harness);
  });

  test("the kill switch answers as SCRIPT KILL does", () => {
    const { killSwitch } = new EngineHarness();
    expect(killSwitch.kill("script")).toBe("not-busy");
    killSwitch.begin("script");
    expect(killSwitch.kill("function")).toBe("other-kind");
    expect(killSwitch.kill("script")).toBe("killed");
    killSwitch.begin("function");
    expect(killSwitch.wanted).toBe(false);
    killSwitch.wrote();
    expect(killSwitch.kill("function")).toBe("unkillable");
    killSwitch.end();
    expect(killSwitch.kill("function")).toBe("not-busy");
  });
});

describe("a script cannot take the region's memory or stack", () => {
  const greedy: readonly (readonly [string, string, RegExp])[] = [
    ["a table", "local t = {} for i = 1, 1e9 do t[i] = i end", /not enough memory/u],
    ["a string that doubles", "local s = 'x' while true do s = s .. s end", /not enough memory/u],
    ["a repeated string", "return ('x'):rep(1e12)", /not enough memory/u],
    ["many strings", "local t = {} for i = 1, 1e9 do t[i] = (i .. ','):rep(500) end", /not enough memory/u],
    ["recursion", "local function f() return f() + 1 end return f()", /stack overflow/u],
    ["nested brackets", "return loadstring(('('):rep(1000) .. (')'):rep(1000))()", /attempt to call a nil value/u],
    ["an unpacked table", "return select('#', unpack({}, 1, 1e8))", /too many results to unpack/u],
    ["a wide format", "return ('%99999d'):format(1)", /invalid format/u],
    ["a nested text", "local t = {} t[1] = t return cjson.encode(t)", /excessive nesting/u],
    ["a lying length", "return cmsgpack.unpack('\\221\\255\\255\\255\\255')", /Missing bytes in input/u],
    ["a huge integer", "return struct.pack('i33', 1)", /larger than limit/u],
  ];
  test.each(greedy)("%s", (_name, body, error) => {
    const harness = new EngineHarness(64 * 1024 * 1024);
    harness.busyMs = 5000;
    expect(harness.failure(body)).toMatch(error);
    expectWhole(harness);
  });

  test("a machine that has grown large is not kept", () => {
    const harness = new EngineHarness();
    harness.busyMs = 5000;
    expect(harness.run("local t = {} for i = 1, 2e6 do t[i] = {} end return #t")).toBe(2e6);
    expect(harness.engine.memoryBytes).toBe(0);
    expectWhole(harness);
  });

  test("protected calls in protected calls end at Lua's own limit", () => {
    const harness = new EngineHarness();
    expect(harness.run("local function f() return select('#', pcall(f)) end return f()")).toBe(2);
    expectWhole(harness);
  });
});

describe("a script leaves nothing behind, and gets at nothing", () => {
  test.each([
    "leak = 1",
    "_G.leak = 1",
    "rawset(_G, 'leak', 1)",
    "rawset(getmetatable(_G), '__index', nil)",
    "getmetatable('').__index = nil",
    "string.rep = nil",
    "redis.call = nil",
    "rawset(redis, 'call', nil)",
    "table.insert(redis, 1)",
    "setmetatable(redis, nil)",
    "setmetatable(_G, nil)",
    "getmetatable(redis).__index = nil",
    "for k in pairs(_G) do _G[k] = nil end",
    "local _, t = pairs(redis) t.call = nil",
    "local f, t = pairs(_G) rawset(t, 'leak', 1)",
    "cjson.null = 1",
    "collectgarbage('stop') leak = 1",
    "loadstring('leak = 1')()",
    "coroutine.wrap(function() leak = 1 end)()",
    "error(redis)",
    "error(_G)",
    "error(setmetatable({}, {__index = function() leak = 1 end}))",
    "error(setmetatable({}, {__tostring = function() leak = 1 end}))",
    "return loadstring(string.dump(function() return 1 end))()",
    "return debug.getregistry()",
    "return getfenv(0)",
    "return io.open('/etc/passwd')",
    "return os.execute('true')",
    "return require('os')",
    "return package.loaded",
    "newproxy(true)",
  ])("%s", (body) => {
    const harness = new EngineHarness();
    expect(harness.failure(body)).not.toMatch(/^no error/u);
    expectWhole(harness);
    expect(harness.run("return {('x'):rep(2), getmetatable('').__index.format('%d', 5)}")).toEqual(["xx", "5"]);
  });

  test("random scripts, made of what is dangerous, leave the engine whole", () => {
    const random = seededRandom(Number(process.env["ANTIPODE_HOSTILE_SEED"] ?? 1));
    const harness = new EngineHarness(48 * 1024 * 1024);
    for (let index = 0; index < 400; index++) {
      harness.busyMs = 30;
      const body = hostileScript(random);
      expect([body, harness.run(body, ["k"], ["a"]) !== undefined]).toEqual([body, true]);
    }
    expectWhole(harness);
  });
});
