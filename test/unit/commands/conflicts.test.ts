import { describe, expect, test } from "vitest";
import { EngineWorld } from "../../support/engine-world.ts";
import { CommandWorld } from "./command-world.ts";

function regions() {
  const world = new EngineWorld();
  return { world, a: new CommandWorld({}, world.a), b: new CommandWorld({}, world.b) };
}

describe("ANTIPODE CONFLICTS", () => {
  test("K1: tells of the type that is hidden, until a later write has seen both", () => {
    const { world, a, b } = regions();
    a.run("set k v");
    b.engine.clock.advance(5);
    b.run("hset k f v");
    world.sync();
    for (const side of [a, b]) {
      const text = JSON.stringify(side.run("antipode conflicts k"));
      expect(text).toContain('"hash"');
      expect(text).toContain('"string"');
    }
    a.run("hset k g w");
    world.sync();
    expect(JSON.stringify(b.run("antipode conflicts k"))).not.toContain('"string"');
  });

  test("S1, H1: tells of the values that lost, with their regions", () => {
    const { world, a, b } = regions();
    a.run("set k mine");
    a.run("hset h f mine");
    b.engine.clock.advance(5);
    b.run("set k theirs");
    b.run("hset h f theirs");
    world.sync();
    for (const key of ["k", "h"]) {
      const text = JSON.stringify(a.run(["antipode", "conflicts", key]));
      expect(text).toMatch(/theirs.*"b".*mine.*"a"/u);
      expect(JSON.stringify(b.run(["antipode", "conflicts", key]))).toBe(text);
    }
    b.run("set k settled");
    expect(JSON.stringify(b.run("antipode conflicts k"))).not.toContain("mine");
    expect(a.run("antipode conflicts nothing")).toBeNull();
  });
});
