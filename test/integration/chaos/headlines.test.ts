import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { openLinks } from "../../../chaos/links/open-links.ts";
import { judge, type Judgement } from "../../../chaos/report/judge.ts";
import { runScenario } from "../../../chaos/run/run-scenario.ts";
import { scenarioDirectory } from "../../../chaos/scenario/find-scenario.ts";
import { readScenario, type Scenario } from "../../../chaos/scenario/scenario.ts";
import { PROGRAM, Scratch } from "../../support/processes.ts";

const scratch = new Scratch();
afterAll(() => scratch.clean());
const projectDirs = [fileURLToPath(new URL("../../..", import.meta.url))];

/** Seconds of traffic, and a share of a scenario's rate that leaves two cores some air. */
const DURATION_S = 6;
const RATE = 0.5;
const ACKED_MIN = 100;

/** A scenario that comes along, thinned out. Its bounds on time are for a machine that does nothing else. */
function thinned(name: string): Scenario {
  const written = JSON.parse(readFileSync(join(scenarioDirectory(), `${name}.json`), "utf8")) as {
    readonly workloads: readonly { readonly perSecond: number }[];
  };
  const workloads = written.workloads.map((workload) => ({ ...workload, perSecond: workload.perSecond * RATE }));
  return readScenario({ ...written, workloads, budgets: [] }, name);
}

async function run(name: string, seed: number, onNote: (line: string) => void): Promise<Judgement> {
  const links = await openLinks({ choice: "auto", projectDirs, mayBuild: false, seed, onNote });
  const record = await runScenario({
    scenario: thinned(name),
    profile: "test",
    durationS: DURATION_S,
    seed,
    program: PROGRAM,
    previous: null,
    links,
    version: "test",
    outDir: scratch.directory(),
    say: () => {},
  });
  return judge(record);
}

describe("headline scenarios, squeezed into seconds", () => {
  it.for([
    "outage",
    "region-lost",
    "partition",
    "one-way",
    "flapping",
    "logout-in-partition",
    "rolling-restart",
    "clock-ahead",
    "old-copy",
    "region-added",
    "region-removed",
  ])("%s: nothing acknowledged is lost, nothing diverges, nothing comes back", async (name, context) => {
    const note = (line: string): void => void context.annotate(line);
    let judgement = await run(name, 11, note);
    if (judgement.verdict === "unknown") {
      // A machine that was too busy for a moment: said, and tried once more.
      note(`unknown: ${judgement.reasons.join("; ")}`);
      judgement = await run(name, 12, note);
    }
    const { reasons, verdict, record, checked } = judgement;
    expect(checked.findings.filter(({ promised }) => promised === "yes").map(({ title }) => title)).toEqual([]);
    expect([verdict, reasons]).toEqual(["green", []]);
    expect(record.ops.filter(({ outcome }) => outcome === "acked").length).toBeGreaterThan(ACKED_MIN);
    expect(record.faults.map(({ phase }) => phase)).toContain("heal");
  });
});
