import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { EngineWorld } from "../../support/engine-world.ts";
import { CommandWorld } from "./command-world.ts";

const sha1 = (source: string): string => createHash("sha1").update(source, "latin1").digest("hex");
const library = (name: string, functionName: string, value: number): string =>
  `#!lua name=${name}\nredis.register_function('${functionName}', function() return ${value} end)`;
const UNKNOWN = "-NOSCRIPT No matching script. Please use EVAL.";

function regions() {
  const world = new EngineWorld();
  const [a, b] = [new CommandWorld({}, world.a), new CommandWorld({}, world.b)];
  return { world, a, b };
}

describe("scripts of several regions", () => {
  test("SC1: a script loaded or run in one region is called by its hash in the other", () => {
    const { world, a, b } = regions();
    a.run(["script", "load", "return 'loaded'"]);
    a.run(["eval", "return 'ran'", "0"]);
    expect(b.run(["evalsha", sha1("return 'ran'"), "0"])).toBe(UNKNOWN);
    world.sync();
    expect(b.run(["evalsha", sha1("return 'loaded'"), "0"])).toBe("loaded");
    expect(b.run(["evalsha", sha1("return 'ran'"), "0"])).toBe("ran");
    expect(world.converged(() => null)).toBe(null);
  });

  test("SC2: of a script's writes a region shows all or none, of a script that failed too", () => {
    const { world, a, b } = regions();
    const seen: unknown[] = [];
    const look = () => seen.push(b.run("mget x y z"));
    const sent = world.a.log.records.length;
    a.run(["eval", "for _, k in ipairs(KEYS) do redis.call('set', k, 1) end error('late')", "3", "x", "y", "z"]);
    a.run(["eval", "for _, k in ipairs(KEYS) do redis.call('incr', k) end", "3", "x", "y", "z"]);
    for (const bytes of world.a.log.records.slice(sent)) {
      look();
      world.b.replica.receive(bytes);
    }
    look();
    expect(seen).toEqual([
      [null, null, null],
      ["1", "1", "1"],
      ["2", "2", "2"],
    ]);
  });

  test("SC2: what is random is decided once", () => {
    const { world, a } = regions();
    a.run([
      "eval",
      "redis.call('set', 'r', tostring(math.random())) redis.call('set', 't', redis.call('time')[1])",
      "0",
    ]);
    expect(world.converged((region) => [region.get("r"), region.get("t")])).toEqual([a.run("get r"), a.run("get t")]);
  });

  test("SC3: a flush forgets what it had seen, everywhere, and nothing else", () => {
    const { world, a, b } = regions();
    a.run(["script", "load", "return 1"]);
    world.sync();
    a.run("script flush");
    b.run(["script", "load", "return 2"]);
    world.sync();
    for (const one of [a, b]) {
      expect(one.run(["script", "exists", sha1("return 1"), sha1("return 2")])).toEqual([0, 1]);
      expect(one.run(["evalsha", sha1("return 2"), "0"])).toBe(2);
    }
  });

  test("SC4: of one library loaded twice at once the later counts, whole", () => {
    const { world, a, b } = regions();
    a.run(["function", "load", library("lib", "one", 1)]);
    world.b.clock.advance(10);
    b.run(["function", "load", library("lib", "two", 2)]);
    world.sync();
    for (const one of [a, b]) {
      expect(one.run("fcall two 0")).toBe(2);
      expect(one.run("fcall one 0")).toBe("-ERR Function not found");
    }
  });

  test("SC5: of two libraries with one function name the first by name has it, in every region", () => {
    const { world, a, b } = regions();
    b.run(["function", "load", library("alpha", "f", 1)]);
    world.a.clock.advance(10);
    a.run(["function", "load", library("beta", "f", 2)]);
    world.sync();
    for (const one of [a, b]) expect(one.run("fcall f 0")).toBe(1);
    a.run("function delete alpha");
    world.sync();
    for (const one of [a, b]) expect(one.run("fcall f 0")).toBe(2);
  });

  test("SC6: a library loaded in one region is called, replaced and deleted in the other", () => {
    const { world, a, b } = regions();
    a.run(["function", "load", library("lib", "f", 1)]);
    world.sync();
    expect(b.run("fcall f 0")).toBe(1);
    b.run(["function", "load", "replace", library("lib", "f", 2)]);
    world.sync();
    expect(a.run("fcall f 0")).toBe(2);
    b.run("function delete lib");
    world.sync();
    expect(a.run("fcall f 0")).toBe("-ERR Function not found");
    expect(a.run("function list")).toEqual([]);
  });

  test("FLUSHALL leaves scripts and functions alone", () => {
    const { a } = regions();
    a.run(["script", "load", "return 1"]);
    a.run(["function", "load", library("lib", "f", 1)]);
    a.run("flushall");
    expect(a.run(["evalsha", sha1("return 1"), "0"])).toBe(1);
    expect(a.run("fcall f 0")).toBe(1);
  });

  test("MONITOR shows a script, and then what it ran", () => {
    const { a } = regions();
    a.run("monitor", a.connect());
    a.run(["eval", "return redis.call('get', KEYS[1])", "1", "k"]);
    const lines = a.messages().map(([, message]) => (message as string).split(" ").slice(1).join(" "));
    expect(lines).toEqual([
      `[0 127.0.0.1:5001] "eval" "return redis.call('get', KEYS[1])" "1" "k"`,
      '[0 lua] "get" "k"',
    ]);
  });
});
