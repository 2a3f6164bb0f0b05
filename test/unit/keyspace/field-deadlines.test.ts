import { describe, expect, it } from "vitest";
import { EngineWorld, type EngineRegion } from "../../support/engine-world.ts";

function expireFieldIn(region: EngineRegion, ms: number, field = "f"): void {
  region.run((tx) => tx.hashes.setDeadline("h", [field], ms === 0 ? 0 : tx.nowMs + ms));
}

function fieldTtl(region: EngineRegion, field = "f"): number | undefined {
  return region.run((tx) => {
    const deadlineMs = tx.hashes.get("h")?.deadlineOf(field);
    return deadlineMs === undefined || deadlineMs === 0 ? deadlineMs : deadlineMs - tx.nowMs;
  });
}

function world(): EngineWorld {
  const made = new EngineWorld();
  made.a.hset("h", "f", "1", "g", "2");
  made.sync();
  return made;
}

describe("E8: deadlines of fields in several regions", () => {
  it("E1: of two concurrent ones the longer holds", () => {
    const all = world();
    expireFieldIn(all.a, 10_000);
    expireFieldIn(all.b, 50_000);
    expect(all.converged((region) => fieldTtl(region))).toBe(50_000);
  });

  it("E3: one that has observed the other replaces it", () => {
    const all = world();
    expireFieldIn(all.a, 50_000);
    all.sync();
    expireFieldIn(all.b, 10_000);
    expect(all.converged((region) => fieldTtl(region))).toBe(10_000);
  });

  it("E4: a value set concurrently has no deadline but its own", () => {
    const all = world();
    expireFieldIn(all.a, 50_000);
    all.b.clock.advance(5);
    all.b.hset("h", "f", "new");
    for (const region of [all.a, all.c]) region.clock.advance(5);
    expect(all.converged((region) => [region.hash("h")!["f"], fieldTtl(region)])).toEqual(["new", 0]);
  });

  it("E5: a field that a peer removes and an increment revives keeps the deadline the increment saw", () => {
    const all = world();
    expireFieldIn(all.a, 50_000);
    all.sync();
    all.a.hdel("h", "f");
    all.b.run((tx) => tx.hashes.add("h", "f", 4));
    expect(all.converged((region) => [region.hash("h")!["f"], fieldTtl(region)])).toEqual(["4", 50_000]);
  });

  it("E9: a deadline on a field that a peer removes concurrently revives nothing", () => {
    const all = world();
    all.a.hdel("h", "f");
    expireFieldIn(all.b, 50_000);
    expect(all.converged((region) => region.hash("h"))).toEqual({ g: "2" });
  });

  it("E6: a region that was cut off and extended a field keeps it alive everywhere; what nobody extends is purged", async () => {
    const all = world();
    expireFieldIn(all.a, 1_000);
    expireFieldIn(all.a, 1_000, "g");
    all.sync();
    all.advance(900);
    expireFieldIn(all.b, 10_000);
    all.advance(200);
    expect(all.a.hash("h")).toBe(null);
    expect(all.converged((region) => region.hash("h"))).toEqual({ f: "1" });
    for (let round = 0; round < 3; round++) {
      await all.settle();
      all.advance(1_500);
    }
    expect(all.converged((region) => region.hash("h"))).toEqual({ f: "1" });
    const facet = all.c.keyspace.state.table.find(0, "h")!.facet!;
    expect([...facet.elementNames()]).toEqual(["f"]);
  });
});
