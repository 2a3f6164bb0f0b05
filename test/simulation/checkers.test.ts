import { describe, expect, it } from "vitest";
import { EngineWorld } from "../support/engine-world.ts";
import { ReferenceModel } from "../support/reference-model.ts";
import { BatchBook } from "../support/simulation/batch-book.ts";
import { checkBounds, type BoundsFacts, type QuietRegion } from "../support/simulation/checkers/bounds.ts";
import { checkAtomicity, checkCausality, checkCounts, checkKept } from "../support/simulation/checkers/reads.ts";
import {
  checkAcknowledged,
  checkConvergence,
  checkDelivery,
  checkModel,
} from "../support/simulation/checkers/states.ts";
import { Ledger } from "../support/simulation/ledger.ts";
import type { Observation } from "../support/simulation/observation.ts";
import { profileOf } from "../support/simulation/profile.ts";
import { explain, runProfile } from "../support/simulation/seeds.ts";
import { shrink } from "../support/simulation/shrink.ts";
import { checkSession } from "../support/simulation/travellers.ts";

const never = (): boolean => false;

function observation(changes: Partial<Observation> = {}): Observation {
  return { region: "a", pairs: new Map(), present: new Set(), counters: new Map(), ...changes };
}

const DOT = { origin: "a#1-0000", sequence: 1 };

describe("a checker of the simulator finds what is planted", () => {
  it("half of a transaction (K2)", () => {
    checkAtomicity(observation({ pairs: new Map([["p", ["1", "1"]]]) }));
    expect(() => checkAtomicity(observation({ pairs: new Map([["p", ["1", null]]]) }))).toThrow(/atomicity/u);
  });

  it("an effect without its cause (K3)", () => {
    const ledger = new Ledger();
    ledger.causes.set("effect", "cause");
    checkCausality(observation({ present: new Set(["effect", "cause"]) }), ledger, never);
    const alone = observation({ present: new Set(["effect"]) });
    checkCausality(alone, ledger, () => true);
    expect(() => checkCausality(alone, ledger, never)).toThrow(/causality/u);
  });

  it("a lost write that was acknowledged, unless its disk was lost before anybody had it", () => {
    const ledger = new Ledger();
    ledger.wrote("u:1", { how: "string", value: "1", dot: DOT });
    checkKept(observation(), ledger, never);
    ledger.promised("u:1");
    expect(() => checkKept(observation(), ledger, never)).toThrow(/acknowledged/u);
    ledger.diskLost([() => true]);
    expect(() => checkKept(observation(), ledger, never)).toThrow(/acknowledged/u);
    ledger.diskLost([never]);
    checkKept(observation(), ledger, never);
  });

  it("an increment that counts twice, or not at all", () => {
    const ledger = new Ledger();
    ledger.counts.push({ counter: "c", by: 5, dot: DOT });
    const check = (shown: string | null): void =>
      checkCounts(observation({ counters: new Map([["c", shown]]) }), ledger, () => true, new BatchBook());
    check("5");
    expect(() => check("10")).toThrow(/counting/u);
    expect(() => check(null)).toThrow(/counting/u);
  });

  it("a session that reads what is older than its token", () => {
    checkSession("a", "own", 3, 3, false);
    expect(() => checkSession("a", "own", 2, 3, false)).toThrow(/session/u);
    expect(() => checkSession("a", "own", 0, 3, false)).toThrow(/session/u);
  });

  it("regions that differ at equal vectors, lack something, or disagree with the model", async () => {
    const world = new EngineWorld();
    const { a, b } = world;
    a.set("k", "v");
    expect(() => checkDelivery(world.all)).toThrow(/delivery/u);
    world.sync();
    checkDelivery(world.all);
    expect(checkConvergence(world.all, a.clock.wallMs())).toBe(3);
    checkAcknowledged(a, [DOT], never);
    expect(() => checkAcknowledged(a, [{ ...DOT, sequence: 2 }], never)).toThrow(/acknowledged/u);
    const model = new ReferenceModel();
    for (const bytes of a.log.records) model.add(bytes);
    checkModel(b, model, b.clock.wallMs(), new Set());
    b.keyspace.state.table.find(0, "k")!.facet = null;
    expect(() => checkModel(b, model, b.clock.wallMs(), new Set())).toThrow(/reference model/u);
    expect(() => checkConvergence(world.all, a.clock.wallMs())).toThrow(/convergence/u);
  });

  it("what is kept too long", async () => {
    const world = new EngineWorld();
    const { a } = world;
    const facts: BoundsFacts = { ended: ["0:sess:1"], lapsedMs: a.clock.wallMs(), segmentRecords: 100 };
    const quiet = (changes: Partial<QuietRegion> = {}): QuietRegion => ({
      name: "a",
      keyspace: a.keyspace,
      log: a.log,
      replicator: null,
      ...changes,
    });
    a.add("c", 1);
    expect(() => checkBounds(quiet(), facts)).toThrow(/wait for stability/u);
    await world.settle();
    await world.settle();
    checkBounds(quiet(), facts);
    expect(() => checkBounds(quiet({ replicator: { held: { batches: 1 } } }), facts)).toThrow(/holds 1 batches back/u);
    expect(() => checkBounds(quiet({ log: { firstLsn: 1, lastLsn: 500 } }), facts)).toThrow(/records of log/u);
    a.keyspace.state.markers.addDot(0, "sess:1", { origin: 0, sequence: 1, final: false, lapseAtMs: 0 });
    expect(() => checkBounds(quiet(), facts)).toThrow(/marker/u);
  });

  it("a door that answers before the log is durable, and shows the shortest history of it", async () => {
    for (let seed = 1; ; seed++) {
      const profile = { ...profileOf(seed), names: ["a", "b"], hastyDoors: true };
      const ran = await runProfile(profile);
      if (ran.violation === null) continue;
      expect(seed).toBeLessThan(20);
      const text = await explain(profile, ran);
      expect(text).toContain("acknowledged");
      expect(text).toMatch(/crash|fail-disk/u);
      expect(Number(/shrunk to (\d+) steps/u.exec(text)![1])).toBeLessThanOrEqual(8);
      return;
    }
  });
});

describe("shrinking", () => {
  it("keeps what the failure needs and nothing else", async () => {
    const steps = Array.from({ length: 100 }, (_, index) => index);
    const needs = async (kept: readonly number[]): Promise<boolean> => kept.includes(17) && kept.includes(83);
    expect(await shrink(steps, needs, 1_000)).toEqual([17, 83]);
  });
});
