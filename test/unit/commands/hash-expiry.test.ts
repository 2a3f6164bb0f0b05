import { describe, expect, test } from "vitest";
import { CommandWorld, expected, found } from "./command-world.ts";

describe("deadlines of fields", () => {
  test("E8: HEXPIRE and its like answer per field: set, refused, removed, not there", () => {
    const world = new CommandWorld();
    const now = world.engine.clock.wallMs();
    const script = world.script(
      "hset h a 1 b 2 c 3",
      3,
      "hexpire h 10 fields 3 a b x",
      [1, 1, -2],
      "hpexpire h 20000 nx fields 2 a c",
      [0, 1],
      "hexpire h 30 xx fields 2 a x",
      [1, -2],
      "hpexpire h 5000 gt fields 1 b",
      [0],
      "hpexpire h 5000 lt fields 1 b",
      [1],
      "httl h fields 4 a b c x",
      [30, 5, 20, -2],
      "hpttl h fields 1 b",
      [5000],
      `hexpireat h ${Math.floor(now / 1000) + 60} fields 1 a`,
      [1],
      "hexpiretime h fields 1 a",
      [Math.floor(now / 1000) + 60],
      `hpexpireat h ${now + 7000} fields 1 a`,
      [1],
      "hpexpiretime h fields 2 a x",
      [now + 7000, -2],
      "hpersist h fields 3 a a x",
      [1, -1, -2],
      "httl h fields 1 a",
      [-1],
      "hexpire h 0 fields 1 c",
      [2],
      "hkeys h",
      ["a", "b"],
      "hexpire missing 10 fields 1 a",
      [-2],
      "httl missing fields 1 a",
      [-2],
    );
    expect(found(script)).toEqual(expected(script));
  });

  test("E7, E8: an expired field is absent from everything, and with the last of them the hash", () => {
    const world = new CommandWorld();
    world.run("hset h a 1 b 2");
    world.run("hpexpire h 100 fields 1 a");
    world.advance(100);
    const script = world.script(
      "hget h a",
      null,
      "hexists h a",
      0,
      "hlen h",
      1,
      "hkeys h",
      ["b"],
      "hmget h a b",
      [null, "2"],
      "hscan h 0",
      ["0", ["b", "2"]],
      "hset h a 3",
      1,
      "httl h fields 1 a",
      [-1],
      "hpexpire h 50 fields 2 a b",
      [1, 1],
    );
    expect(found(script)).toEqual(expected(script));
    world.advance(50);
    expect(world.run("exists h")).toBe(0);
    expect(world.run("type h")).toBe("+none");
  });

  test("E10, E8: an increment keeps the deadline of a field, and of one that has expired nothing", () => {
    const world = new CommandWorld();
    world.run("hset h f 5 g 1");
    world.run("hpexpire h 100 fields 1 f");
    expect(world.run("hincrby h f 1")).toBe(6);
    expect(world.run("hpttl h fields 1 f")).toEqual([100]);
    world.advance(100);
    expect(world.run("hincrby h f 3")).toBe(3);
    expect(world.run("hpttl h fields 1 f")).toEqual([-1]);
  });

  test("E8: HSET clears a field's deadline, a copy keeps it", () => {
    const world = new CommandWorld();
    world.run("hset h a 1 b 2");
    world.run("hexpire h 10 fields 2 a b");
    world.run("hset h a 1");
    world.run("copy h c");
    expect(world.run("httl c fields 2 a b")).toEqual([-1, 10]);
  });

  test("HGETDEL, HGETEX and HSETEX", () => {
    const world = new CommandWorld();
    const script = world.script(
      "hsetex h ex 10 fields 2 a 1 b 2",
      1,
      "httl h fields 2 a b",
      [10, 10],
      "hsetex h fnx fields 1 a 9",
      0,
      "hsetex h fxx keepttl fields 1 a 9",
      1,
      "httl h fields 1 a",
      [10],
      "hgetex h px 500 fields 2 a x",
      ["9", null],
      "hpttl h fields 1 a",
      [500],
      "hgetex h persist fields 1 a",
      ["9"],
      "httl h fields 1 a",
      [-1],
      "hgetex h fields 1 b",
      ["2"],
      "hgetdel h fields 3 a a x",
      ["9", null, null],
      "hgetdel h fields 1 b",
      ["2"],
      "exists h",
      0,
    );
    expect(found(script)).toEqual(expected(script));
  });

  test("bad words get Redis' refusals", () => {
    const world = new CommandWorld();
    world.run("hset h a 1");
    world.run("set s v");
    const script = world.script(
      "hexpire h -1 fields 1 a",
      "-ERR invalid expire time, must be >= 0",
      "hexpire h x fields 1 a",
      "-ERR value is not an integer or out of range",
      "hexpire h 10 fieldz 1 a",
      "-ERR Mandatory argument FIELDS is missing or not at the right position",
      "hexpire h 10 fields 0 a",
      "-ERR Parameter `numFields` should be greater than 0",
      "hexpire h 10 fields 2 a",
      "-ERR The `numfields` parameter must match the number of arguments",
      "httl h fields 0 a",
      "-ERR Number of fields must be a positive integer",
      "hpersist h fields 2 a",
      "-ERR The `numfields` parameter must match the number of arguments",
      "hexpire h 9223372036854775807 fields 1 a",
      "-ERR invalid expire time in 'hexpire' command",
      "hpexpire h 70368744177664 fields 1 a",
      "-ERR invalid expire time in 'hpexpire' command",
      "hexpire s 10 fields 1 a",
      "-WRONGTYPE Operation against a key holding the wrong kind of value",
      "hexpire h 10",
      "-ERR wrong number of arguments for 'hexpire' command",
      "hsetex h ex 0 fields 1 a 1",
      "-ERR invalid expire time in 'hsetex' command",
    );
    expect(found(script)).toEqual(expected(script));
  });
});
