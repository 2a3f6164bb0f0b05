import { describe, expect, test } from "vitest";
import { EngineWorld, type EngineRegion } from "../../support/engine-world.ts";
import { estimate, rankOf, REGISTER_COUNT } from "../../../src/crdt/sketch/hyper-log-log.ts";
import { sketchFromString, sketchToString } from "../../../src/crdt/sketch/sketch-string.ts";
import { CommandWorld, expected, found } from "./command-world.ts";

const add = (region: EngineRegion, ...elements: string[]): boolean =>
  region.run((tx) => tx.sketches.raise("h", elements.map(rankOf)));

const count = (region: EngineRegion): number | null =>
  region.run((tx) => {
    const registers = tx.sketches.get("h");
    return registers instanceof Uint8Array ? estimate(registers) : null;
  });

describe("HyperLogLog", () => {
  test("PFADD, PFCOUNT, PFMERGE and their refusals", () => {
    const world = new CommandWorld();
    const script = world.script(
      "pfadd h a b c",
      1,
      "pfadd h a",
      0,
      "pfadd empty",
      1,
      "pfcount h empty missing",
      3,
      "pfadd i c d",
      1,
      "pfmerge u h i missing",
      "+OK",
      "pfcount u",
      4,
      "type h",
      "+string",
      "set s v",
      "+OK",
      "pfadd s a",
      "-WRONGTYPE Key is not a valid HyperLogLog string value.",
      "pfcount s",
      "-WRONGTYPE Key is not a valid HyperLogLog string value.",
      "hset hash f v",
      1,
      "pfadd hash a",
      "-WRONGTYPE Operation against a key holding the wrong kind of value",
      "pfselftest",
      "+OK",
      "pfdebug encoding h",
      "dense",
      "pfdebug foo h",
      "-ERR Unknown PFDEBUG subcommand 'FOO'",
    );
    expect(found(script)).toEqual(expected(script));
  });

  test("is a string to other commands, and a string that holds one becomes one again", () => {
    const world = new CommandWorld();
    world.run("pfadd h a b c");
    const text = world.run("get h") as string;
    expect(text.startsWith("HYLL")).toBe(true);
    world.run(["set", "copy", text]);
    expect(world.run("pfcount copy")).toBe(3);
    expect(world.run("pfadd copy d")).toBe(1);
    expect(world.run("pfcount copy")).toBe(4);
    expect(world.run("expire h 100")).toBe(1);
    expect(world.run("rename h moved")).toBe("+OK");
    expect(world.run("ttl moved")).toBe(100);
    expect(world.run(["set", "bad", `HYLL\u0001${"\0".repeat(11)}\xff`])).toBe("+OK");
    expect(world.run("pfcount bad")).toBe("-INVALIDOBJ Corrupted HLL object detected");
  });

  test("estimates stay within three standard errors, and survive their string form", () => {
    const registers = new Uint8Array(REGISTER_COUNT);
    for (let index = 1; index <= 50_000; index++) {
      const { index: at, rank } = rankOf(`element:${index}`);
      registers[at] = Math.max(registers[at]!, rank);
      if (![10, 1_000, 50_000].includes(index)) continue;
      expect(Math.abs(estimate(registers) - index) / index).toBeLessThan(3 * 0.0081);
      expect(sketchFromString(sketchToString(registers))).toEqual(registers);
    }
  });

  test("P1: what two regions count at once is counted", () => {
    const all = new EngineWorld();
    add(all.a, "x", "both");
    add(all.b, "y", "both");
    expect(all.converged(count)).toBe(3);
  });

  test("P2: a delete wins over what is added concurrently; what is added after it was seen counts anew", async () => {
    const all = new EngineWorld();
    add(all.a, "x");
    all.sync();
    all.a.del("h");
    add(all.b, "y");
    expect(all.converged(count)).toBe(null);
    add(all.b, "z");
    expect(all.converged(count)).toBe(1);
    await all.settle();
    await all.settle();
    expect(all.converged(count)).toBe(1);
  });

  test("P1: stable parts become one, and the estimate stays", async () => {
    const all = new EngineWorld();
    for (let round = 0; round < 20; round++) add(all.all[round % 3]!, `e${round}`);
    all.sync();
    const before = all.converged(count);
    await all.settle();
    await all.settle();
    expect(all.converged(count)).toBe(before);
    expect(all.a.keyspace.state.table.find(0, "h")!.facet!.isUnfolded).toBe(false);
  });
});
