import { describe, expect, it } from "vitest";
import { Pace } from "../../../src/replication/pace.ts";
import { FakeReplica } from "./fake-replica.ts";
import { Mesh } from "./mesh.ts";

describe("a cap on a link's bandwidth", () => {
  it("lets a second's worth go at once, then as much as the rate earns; a large frame is waited off", () => {
    const pace = new Pace(1_000, 0);
    expect(pace.hasRoom(0)).toBe(true);
    pace.spend(3_000);
    expect([pace.hasRoom(1_000), pace.hasRoom(2_000), pace.hasRoom(2_001)]).toEqual([false, false, true]);
    pace.spend(1);
    // Idleness earns no more than a second.
    expect(pace.hasRoom(100_000)).toBe(true);
    pace.spend(1_000);
    expect(pace.hasRoom(100_000)).toBe(false);
  });

  it("slows what is sent in bulk, ends no link, and everything arrives", async () => {
    const mesh = new Mesh({ frameBytesMax: 2_000, compressFromBytes: Number.POSITIVE_INFINITY });
    mesh.bytesPerSecond = 20_000;
    const a = mesh.add(new FakeReplica("a"), ["b"]);
    const b = mesh.add(new FakeReplica("b"), ["a"]);
    await mesh.run(1_000);
    for (let index = 0; index < 200; index++) a.replica.write(1_000);
    await mesh.run(4_000);
    const soon = b.replica.log.length;
    expect(soon).toBeGreaterThan(50);
    expect(soon).toBeLessThan(120);
    await mesh.run(10_000, 5);
    expect(b.replica.log).toHaveLength(200);
    expect([...a.linkEnds, ...b.linkEnds]).toEqual([]);
  });
});
