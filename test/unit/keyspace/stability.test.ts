import { describe, expect, it } from "vitest";
import { OriginTable } from "../../../src/crdt/origin.ts";
import { VersionVector, type NamedVector } from "../../../src/crdt/version-vector.ts";
import { Stability } from "../../../src/keyspace/stability.ts";

const A = "a#1-0000";
const B = "b#1-0000";

describe("stability", () => {
  it("a member that lost its disk with what nobody had taken does not hold up the others for ever", () => {
    const origins = new OriginTable([A, B]);
    const stability = new Stability("a", ["a", "b"], origins);
    const applied = VersionVector.fromNamed({ [A]: 9, [B]: 3 }, origins);
    const say = (vector: NamedVector, clockMs: number, begins = false): boolean =>
      stability.report({ region: "b", vector, clockMs }, applied, begins);
    const stable = (): NamedVector => stability.frontier(applied).toNamed(origins);
    expect(say({ [A]: 4, [B]: 3 }, 1)).toBe(true);
    expect(stable()).toEqual({ [A]: 4, [B]: 3 });
    // Its batch 4 is durable there, is acknowledged to us, and never arrives: the disk is lost.
    expect(say({ [A]: 4, [B]: 4 }, 2)).toBe(true);
    expect(say({ [A]: 8, [B]: 3 }, 3)).toBe(false);
    expect(say({ [A]: 2, [B]: 3 }, 3, true)).toBe(true);
    expect(stable()).toEqual({ [A]: 2, [B]: 3 });
    expect(say({ [A]: 9, [B]: 3 }, 4)).toBe(true);
    expect(stable()).toEqual({ [A]: 9, [B]: 3 });
    // A process that has all its predecessor had changes nothing.
    expect(say({ [A]: 9, [B]: 3 }, 4, true)).toBe(false);
    expect(stable()).toEqual({ [A]: 9, [B]: 3 });
  });
});
