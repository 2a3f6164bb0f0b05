import { describe, expect, it } from "vitest";
import { Context } from "../../../src/crdt/context.ts";
import { ExpiringRegister } from "../../../src/crdt/expiring-register.ts";
import { OriginTable } from "../../../src/crdt/origin.ts";
import { VersionVector } from "../../../src/crdt/version-vector.ts";

const EDGES = [
  0,
  1,
  2 ** 21,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 32 + 1,
  2 ** 52,
  Number.MAX_SAFE_INTEGER,
];
const ORIGINS = [0, 1, 1023, 1024, 5000, 1_000_000];

describe("a register in few words", () => {
  const origins = new OriginTable();

  it("knows the dot, the stamp and the deadline of its base, however large they are", () => {
    for (const origin of ORIGINS) {
      for (const stamp of EDGES) {
        for (const [at, deadlineMs] of EDGES.entries()) {
          const sequence = EDGES[(at + 3) % EDGES.length]!;
          const register = new ExpiringRegister();
          register.set(new Context(origin, sequence, stamp, VersionVector.empty), "value", deadlineMs, origins);
          expect(register.shownBase()).toEqual({ value: "value", origin, sequence, stamp });
          expect([register.stamp, register.originOfStamp(origins)]).toEqual([stamp, origin]);
          expect([register.deadline(), register.deadlineState()]).toEqual([deadlineMs, deadlineMs]);
        }
      }
    }
  });

  it("is covered by its own dot, and by no lower one", () => {
    for (const origin of ORIGINS) {
      const sequence = 2 ** 40;
      const register = new ExpiringRegister();
      register.put(new Context(origin, sequence, 2 ** 40, VersionVector.empty), "value", origins);
      expect(register.hasDotCoveredBy(new Context(origin, sequence, 1, VersionVector.empty))).toBe(true);
      expect(register.hasDotCoveredBy(new Context(origin, sequence - 1, 1, VersionVector.empty))).toBe(false);
      expect(register.hasDotCoveredBy(new Context(origin + 1, sequence, 1, VersionVector.empty))).toBe(false);
    }
  });
});
