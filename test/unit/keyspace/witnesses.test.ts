import { describe, expect, it } from "vitest";
import { seededRandom, type Random } from "../../../src/base/random.ts";
import type { Transaction } from "../../../src/keyspace/transaction-port.ts";
import { EngineRegion } from "../../support/engine-world.ts";

const KEY = "key";
const NAMES = 2;
const STEPS = 40;

const name = (random: Random): string => `n${random.below(NAMES)}`;

/** Writes of each type by which elements come, go and are replaced. */
const WRITES: Readonly<Record<string, (tx: Transaction, random: Random) => void>> = {
  hash: (tx, random) => {
    if (random.below(3) === 0) tx.hashes.remove(KEY, [name(random)]);
    else tx.hashes.put(KEY, [name(random), String(random.below(100))]);
  },
  set: (tx, random) => {
    if (random.below(3) === 0) tx.sets.remove(KEY, [name(random)]);
    else tx.sets.add(KEY, [name(random), name(random)]);
  },
};

const deadlineOf = (region: EngineRegion): number | undefined => region.run((tx) => tx.deadlineOf(KEY));

describe("what bears out a deadline is remembered", () => {
  for (const [type, write] of Object.entries(WRITES)) {
    it(`and is what a region finds that never remembered anything (${type}) [E5]`, () => {
      for (let seed = 0; seed < 20; seed++) {
        const random = seededRandom(seed);
        const regions = ["a", "b"].map((region) => new EngineRegion(region, ["a", "b", "fresh"]));
        for (let step = 0; step < STEPS; step++) {
          const [region, other] = random.below(2) === 0 ? [regions[0]!, regions[1]!] : [regions[1]!, regions[0]!];
          region.run((tx) => {
            // More of the batch that sets a deadline comes before and after it.
            if (random.below(2) === 0) write(tx, random);
            if (random.below(6) === 0 && tx.typeOf(KEY) !== null)
              tx.setDeadline(KEY, random.below(2) === 0 ? 0 : tx.nowMs + 1_000 + random.below(9_000));
            if (random.below(2) === 0) tx.deadlineOf(KEY);
            write(tx, random);
          });
          if (random.below(6) === 0) for (const record of region.log.records) other.replica.receive(record);
          const fresh = new EngineRegion("fresh", ["a", "b", "fresh"]);
          for (let round = 0; round < STEPS; round++) {
            const received = region.log.records.map((record) => fresh.replica.receive(record));
            if (!received.includes("waiting")) break;
          }
          expect(deadlineOf(region), `seed ${seed}, step ${step}`).toBe(deadlineOf(fresh));
        }
      }
    });
  }

  const PUTS: Readonly<Record<string, (tx: Transaction, ...names: string[]) => void>> = {
    hash: (tx, ...names) =>
      tx.hashes.put(
        KEY,
        names.flatMap((one) => [one, "1"]),
      ),
    set: (tx, ...names) => tx.sets.add(KEY, names),
  };
  for (const [type, put] of Object.entries(PUTS)) {
    it(`and is forgotten when the last of it is written again (${type}) [E5]`, () => {
      const [a, b, c] = ["a", "b", "c"].map((region) => new EngineRegion(region, ["a", "b", "c"])) as [
        EngineRegion,
        EngineRegion,
        EngineRegion,
      ];
      const deliver = (from: EngineRegion, to: EngineRegion): void => {
        for (const record of from.log.records) to.replica.receive(record);
      };
      // For ever, as far as these two are concerned.
      a.run((tx) => put(tx, "first", "second"));
      deliver(a, c);
      const atMs = b.run((tx) => {
        put(tx, "other");
        tx.setDeadline(KEY, tx.nowMs + 10_000);
        return tx.nowMs + 10_000;
      });
      deliver(b, a);
      expect(deadlineOf(a)).toBe(0);
      c.run((tx) => put(tx, "first"));
      deliver(c, a);
      expect(deadlineOf(a)).toBe(0);
      c.run((tx) => put(tx, "second"));
      deliver(c, a);
      expect(deadlineOf(a)).toBe(atMs);
    });
  }
});
