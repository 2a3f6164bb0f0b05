import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { FAULTS } from "../../../chaos/faults/all-faults.ts";
import { findScenario, listScenarios } from "../../../chaos/scenario/find-scenario.ts";
import { readScenario } from "../../../chaos/scenario/scenario.ts";
import { WORKLOADS } from "../../../chaos/workloads/all-workloads.ts";

const written = {
  name: "a",
  title: "t",
  durationS: 100,
  workloads: [{ kind: "counters" }],
  faults: [{ kind: "kill", atS: 10, forS: 10, region: "eu-west" }],
};
const reading =
  (change: object): (() => unknown) =>
  () =>
    readScenario({ ...written, ...change }, "scenario");

describe("scenarios", () => {
  it("those that come along can be read, and together name every fault and every workload", () => {
    const scenarios = listScenarios();
    expect(scenarios.length).toBeGreaterThan(1);
    const faults = new Set(scenarios.flatMap(({ faults: entries }) => entries.map(({ kind }) => kind)));
    expect(Object.keys(FAULTS).filter((kind) => !faults.has(kind))).toEqual([]);
    const workloads = new Set(scenarios.flatMap(({ workloadKinds }) => workloadKinds));
    expect(Object.keys(WORKLOADS).filter((kind) => !workloads.has(kind))).toEqual([]);
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
    for (const { name } of scenarios) expect(findScenario(name).name).toBe(name);
  });

  it.each([
    ["a misspelt word", { durations: 5 }, /scenario wants .*durationS.*, not "durations"/u],
    ["a fault nobody knows", { faults: [{ kind: "kil", atS: 1, forS: 1 }] }, /faults\[0\]\.kind wants kill or/u],
    [
      "a region that is none of the scenario's",
      { faults: [{ kind: "kill", atS: 1, forS: 1, region: "mars" }] },
      /faults\[0\] wants regions of the scenario/u,
    ],
    [
      "a fault that outlasts the scenario",
      { faults: [{ kind: "kill", atS: 90, forS: 20, region: "eu-west" }] },
      /faults\[0\] wants a time within the 100 s/u,
    ],
    [
      "a fault's misspelt word",
      { faults: [{ kind: "kill", atS: 1, forS: 1, reigon: "eu-west" }] },
      /faults\[0\] wants region, not "reigon"/u,
    ],
    ["no workload", { workloads: [] }, /workloads wants at least one/u],
    ["a workload nobody knows", { workloads: [{ kind: "lists" }] }, /workloads\[0\]\.kind wants sessions or/u],
    ["a name for no file", { name: "../x" }, /scenario\.name wants/u],
    ["more than a minute in CI", { ciS: 61 }, /scenario\.ciS wants at most 60 s/u],
    ["a region twice", { regions: ["a", "a"] }, /scenario\.regions wants one to 7 different names/u],
  ])("%s is refused in plain words", (_what, change, message) => {
    expect(reading(change)).toThrow(message);
  });

  it("a name that is neither a scenario nor a file says how to find one", () => {
    expect(() => findScenario("nowhere")).toThrow(/antipode chaos list/u);
  });
});

describe("workloads", () => {
  const shape = (seed: number) => ({
    random: seededRandom(seed),
    regions: ["a", "b", "c"],
    durationMs: 20_000,
    prefix: "p",
  });

  it.each(Object.keys(WORKLOADS))(
    "%s: the same seed plans the same, in order, at its rate, with every value its own",
    (name) => {
      const workload = WORKLOADS[name]!.read({ perSecond: 40 }, "w");
      const plan = workload.plan(shape(3));
      expect(workload.plan(shape(3))).toEqual(plan);
      expect(workload.plan(shape(4))).not.toEqual(plan);
      expect(plan.length).toBe(800);
      expect(plan.every(({ atMs }) => atMs >= 0 && atMs <= 20_100)).toBe(true);
      const values = plan.flatMap(({ op }) => ("value" in op ? [op.value] : op.kind === "set.add" ? [op.member] : []));
      expect(new Set(values).size).toBe(values.length);
    },
  );
});
