import { describe, expect, it } from "vitest";
import { EngineWorld } from "../../support/engine-world.ts";

const HOUR_MS = 3_600_000;
const YEAR_MS = 31_557_600_000;

describe("clocks that are wrong", () => {
  it.each([
    ["an hour ahead", HOUR_MS],
    ["in the year 2050", 27 * YEAR_MS],
    ["past the last stamp of a wall clock", 90 * YEAR_MS],
    ["an hour behind", -HOUR_MS],
    ["before 2020", -20 * YEAR_MS],
  ])("CL1: with A's clock %s, what follows a write replaces it, everywhere and again and again", (_name, offMs) => {
    const world = new EngineWorld();
    world.a.clock.jump(offMs);
    for (let round = 0; round < 3; round++) {
      for (const region of [world.a, world.b, world.c]) {
        region.set("k", `${region.name}${round}`);
        region.hset("h", "f", `${region.name}${round}`);
        region.add("n", 1);
        expect(world.converged((one) => [one.get("k"), one.hash("h"), one.get("n")])[0]).toBe(`${region.name}${round}`);
      }
    }
    expect(world.converged((one) => one.get("n"))).toBe("9");
    world.b.del("k");
    expect(world.converged((one) => one.get("k"))).toBeNull();
    world.a.set("k", "again");
    expect(world.converged((one) => one.get("k"))).toBe("again");
  });

  it("CL1: concurrent writes past the last stamp of a wall clock end as one, the same everywhere", () => {
    const world = new EngineWorld();
    for (const region of world.all) region.clock.jump(90 * YEAR_MS);
    world.a.set("k", "a");
    world.b.set("k", "b");
    world.c.set("k", "c");
    expect(world.converged((one) => one.get("k"))).toBe("c");
  });

  it("CL3: deadlines are of the wall clock of who sets and who reads them, whatever stamps have been seen", () => {
    const world = new EngineWorld();
    world.a.clock.jump(HOUR_MS);
    world.a.set("seen", "from the future");
    world.sync();
    world.b.set("k", "v", world.b.clock.wallMs() + 10_000);
    world.b.hset("h", "f", "v");
    world.b.expireIn("h", 10_000);
    expect([world.b.ttl("k"), world.b.ttl("h")]).toEqual([10_000, 10_000]);
    world.send(world.b, world.c);
    for (const region of [world.b, world.c]) {
      region.clock.advance(9_999);
      expect([region.get("k"), region.hash("h")]).toEqual(["v", { f: "v" }]);
      region.clock.advance(1);
      expect([region.get("k"), region.hash("h")]).toEqual([null, null]);
    }
  });
});
