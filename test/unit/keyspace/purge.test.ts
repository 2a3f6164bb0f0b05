import { expect, it } from "vitest";
import { EngineWorld } from "../../support/engine-world.ts";

it("[E10] what is purged where a key is made anew does not come back where it is still kept", async () => {
  const world = new EngineWorld();
  const { a, b, c } = world;
  a.set("n", "8", a.clock.wallMs() + 50);
  a.run((tx) => tx.sets.add("s", ["old"]));
  a.expireIn("s", 50);
  world.sync();
  world.advance(1_100);
  // a hears of everybody's vectors and clocks, and purges; b and c have not heard of a.
  await Promise.resolve();
  for (const from of [b, c]) a.replica.reportMember(from.replica.memberReports()[0]!);
  await a.housekeeping.flush();
  a.housekeeping.tick();
  expect(a.keyspace.counters.expired).toBe(2);
  a.add("n", -14);
  a.run((tx) => tx.sets.add("s", ["new"]));
  expect(world.converged((region) => region.get("n"))).toBe("-14");
  expect(world.converged((region) => region.run((tx) => [...tx.sets.get("s")!.members]))).toEqual(["new"]);
});

it("[E8] the same of a field that is purged in one region and counted on there", async () => {
  const world = new EngineWorld();
  const { a, b, c } = world;
  a.hset("h", "f", "8", "g", "1");
  a.run((tx) => tx.hashes.setDeadline("h", ["f"], tx.nowMs + 50));
  world.sync();
  world.advance(1_100);
  await Promise.resolve();
  for (const from of [b, c]) a.replica.reportMember(from.replica.memberReports()[0]!);
  await a.housekeeping.flush();
  a.housekeeping.tick();
  expect(a.keyspace.counters.expired).toBe(1);
  a.run((tx) => tx.hashes.add("h", "f", -14));
  expect(world.converged((region) => region.hash("h"))).toEqual({ f: "-14", g: "1" });
});
