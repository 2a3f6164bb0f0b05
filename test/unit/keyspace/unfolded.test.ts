import { expect, it } from "vitest";
import { ManualClock } from "../../../src/base/clock.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { EngineWorld, type EngineRegion } from "../../support/engine-world.ts";
import { SimulatedRegion } from "../../support/simulated-region.ts";

it("folds what was loaded from its rows before it was stable, once it is (C1)", async () => {
  const clock = new ManualClock();
  const region = new SimulatedRegion("a", ["a", "b"], clock, seededRandom(1));
  const look = (): string | null => region.keyspace.transact(0, (tx) => tx.strings.get("c")).value;
  await region.start();
  region.keyspace.transact(0, (tx) => tx.strings.add("c", 1));
  region.keyspace.transact(0, (tx) => tx.strings.add("c", 1));
  region.sync();
  await region.keepHouse(true);
  region.crash();
  await region.start();
  expect(look()).toBe("2");
  // Nobody has heard of b yet: nothing is stable.
  await region.keepHouse(false);
  const entry = region.keyspace.state.table.find(0, "c")!;
  expect(entry.isUnfolded).toBe(true);
  expect(region.keyspace.unfolded.size).toBe(1);
  region.keyspace.memberReported({ region: "b", vector: region.keyspace.durableVector(), clockMs: clock.wallMs() });
  await region.keepHouse(false);
  expect(entry.isUnfolded).toBe(false);
  expect(region.keyspace.unfolded.size).toBe(0);
  expect(look()).toBe("2");
});

it("lets go of what was loaded and dropped again while it waits", async () => {
  const clock = new ManualClock();
  const region = new SimulatedRegion("a", ["a", "b"], clock, seededRandom(1));
  await region.start();
  region.keyspace.transact(0, (tx) => tx.strings.add("c", 1));
  region.sync();
  await region.keepHouse(true);
  region.crash();
  await region.start();
  for (let time = 0; time < 3; time++) {
    const entry = region.keyspace.state.table.find(0, "c")!;
    expect(region.keyspace.unfolded.size).toBe(1);
    region.keyspace.state.drop(entry);
    expect(region.keyspace.unfolded.size).toBe(0);
  }
});

it("folds an increment that was stable before the value it belongs to, once both are (C2)", async () => {
  const world = new EngineWorld();
  const { a, b, c } = world;
  a.set("c", "100");
  world.send(a, b);
  c.add("c", 5);
  world.send(c, a);
  world.send(c, b);
  const report = (from: EngineRegion): void => {
    for (const to of world.all) if (to !== from) to.replica.reportMember(from.replica.memberReports()[0]!);
  };
  await Promise.resolve();
  for (const from of world.all) report(from);
  // c's increment is everywhere, a's value is not in c.
  b.housekeeping.tick();
  const entry = b.keyspace.state.table.find(0, "c")!;
  expect(entry.isUnfolded).toBe(true);
  await world.settle();
  b.housekeeping.tick();
  expect(b.get("c")).toBe("105");
  expect(entry.isUnfolded).toBe(false);
  expect(b.keyspace.unfolded.size).toBe(0);
});
