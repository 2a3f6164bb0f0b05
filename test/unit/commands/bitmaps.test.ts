import { describe, expect, test } from "vitest";
import { EngineWorld } from "../../support/engine-world.ts";
import { CommandWorld, expected, found } from "./command-world.ts";

describe("bitmaps", () => {
  test("a value longer than the machine can hold is refused as one over the limit", () => {
    const tooLong = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)";
    const noOffset = "-ERR bit offset is not an integer or out of range";
    const world = new CommandWorld();
    expect(world.run("setbit b 4294967295 1")).toBe(noOffset);
    expect(world.run("bitfield b set u8 4294967280 1")).toBe(noOffset);
    expect(world.run("setrange b 536870900 x")).toBe(tooLong);
    expect(world.run("setrange b 536870911 x")).toBe(tooLong);
    expect(world.run("exists b")).toBe(0);
  });

  test("single bits are set, read, counted and found", () => {
    const world = new CommandWorld();
    const script = world.script(
      "setbit b 7 1",
      0,
      "setbit b 7 1",
      1,
      "get b",
      "\u0001",
      "setbit b 16 1",
      0,
      "strlen b",
      3,
      "getbit b 7",
      1,
      "getbit b 1000",
      0,
      "bitcount b",
      2,
      "bitcount b 1 -1",
      1,
      "bitcount b 0 7 bit",
      1,
      "bitpos b 1",
      7,
      "bitpos b 1 1",
      16,
      "bitpos b 0",
      0,
      "bitpos missing 0",
      0,
      "bitpos missing 1",
      -1,
      "setbit b x 1",
      "-ERR bit offset is not an integer or out of range",
      "setbit b 4294967296 1",
      "-ERR bit offset is not an integer or out of range",
      "setbit b 0 2",
      "-ERR bit is not an integer or out of range",
      "bitpos b 2",
      "-ERR The bit argument must be 1 or 0.",
    );
    expect(found(script)).toEqual(expected(script));
  });

  test("a row of ones without an end goes on in zeros", () => {
    const world = new CommandWorld();
    world.run(["set", "b", "\xff\xff"]);
    expect(world.run("bitpos b 0")).toBe(16);
    expect(world.run("bitpos b 0 0 -1")).toBe(-1);
  });

  test("BITOP combines values of different lengths", () => {
    const world = new CommandWorld();
    world.run(["set", "a", "\xf0\x0f"]);
    world.run(["set", "b", "\x3c"]);
    const script = world.script(
      "bitop and d a b",
      2,
      "get d",
      "\x30\x00",
      "bitop or d a b",
      2,
      "get d",
      "\xfc\x0f",
      "bitop xor d a b",
      2,
      "get d",
      "\xcc\x0f",
      "bitop not d b",
      1,
      "get d",
      "\xc3",
      "bitop not d a b",
      "-ERR BITOP NOT must be called with a single source key.",
      "bitop and d missing",
      0,
      "exists d",
      0,
    );
    expect(found(script)).toEqual(expected(script));
  });

  test("BITFIELD reads, sets and increments integers of any width, and overflows as told", () => {
    const world = new CommandWorld();
    const script = world.script(
      "bitfield b incrby i5 100 1 get u4 0",
      [1, 0],
      "bitfield b set u8 #0 255 incrby u8 #0 1",
      [0, 0],
      "bitfield b overflow sat incrby u8 #0 300 overflow fail incrby u8 #0 1",
      [255, null],
      "bitfield w set i64 64 -9223372036854775808 get i64 64",
      [0, -9_223_372_036_854_775_808n],
      "bitfield_ro b get u8 0",
      [255],
      "bitfield_ro b set u8 0 1",
      "-ERR BITFIELD_RO only supports the GET subcommand",
      "bitfield b get u64 0",
      "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
      "bitfield b overflow foo",
      "-ERR Invalid OVERFLOW type specified",
    );
    expect(found(script)).toEqual(expected(script));
  });

  test("S5: of two concurrent edits of one value one wins, the same everywhere", () => {
    const all = new EngineWorld();
    all.a.set("b", "\x01");
    all.b.set("b", "\x02");
    expect(["\x01", "\x02"]).toContain(all.converged((region) => region.get("b")));
  });
});
