import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { VersionVector } from "../../../src/crdt/version-vector.ts";
import { PendingDots } from "../../../src/keyspace/pending-dots.ts";

describe("dots that wait for the log", () => {
  it("are covered once it is durable up to them, and not before, whatever origins they are of", () => {
    const random = seededRandom(9);
    const pending = new PendingDots();
    const durable = new VersionVector();
    const all: { readonly lsn: number; readonly origin: number; readonly sequence: number }[] = [];
    const sequences = [0, 0, 0];
    let durableLsn = 0;
    for (let step = 0; step < 500; step++) {
      for (let count = random.below(6); count > 0; count--) {
        const origin = random.below(3);
        const dot = { lsn: all.length + 1, origin, sequence: ++sequences[origin]! };
        all.push(dot);
        pending.push(dot.lsn, dot.origin, dot.sequence);
      }
      durableLsn += random.below(all.length - durableLsn + 1);
      pending.takeUpTo(durableLsn, durable);
      for (const origin of [0, 1, 2]) {
        const latest = all.findLast((dot) => dot.origin === origin && dot.lsn <= durableLsn);
        expect(durable.get(origin)).toBe(latest?.sequence ?? 0);
      }
    }
  });
});
