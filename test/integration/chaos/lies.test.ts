import { afterAll, describe, expect, it } from "vitest";
import { BuiltInLinks } from "../../../chaos/links/built-in-links.ts";
import { readRecord } from "../../../chaos/record/read-record.ts";
import { judge, type Judgement } from "../../../chaos/report/judge.ts";
import { runScenario } from "../../../chaos/run/run-scenario.ts";
import { readScenario } from "../../../chaos/scenario/scenario.ts";
import { lyingLinks, type Lie } from "../../support/lying-door.ts";
import { PROGRAM, Scratch } from "../../support/processes.ts";

const scratch = new Scratch();
afterAll(() => scratch.clean());

const DURATION_S = 5;

/** A short run without any fault, in which one door of one region lies. */
async function runWith(lies: readonly Lie[], durationS = DURATION_S): Promise<Judgement> {
  const outDir = scratch.directory();
  const scenario = readScenario(
    {
      name: "lies",
      title: "One region's door lies.",
      regions: ["east", "west"],
      durationS,
      workloads: [
        { kind: "sessions", perSecond: 80, users: 8 },
        { kind: "counters", perSecond: 20 },
        { kind: "hashes", perSecond: 30 },
        { kind: "transactions", perSecond: 20 },
        { kind: "strings", perSecond: 50, keys: 400 },
        { kind: "strings", perSecond: 50, keys: 20 },
      ],
    },
    "scenario",
  );
  await runScenario({
    scenario,
    profile: "ci",
    durationS,
    seed: 11,
    program: PROGRAM,
    previous: null,
    links: lyingLinks(new BuiltInLinks(11), "east", lies),
    version: "test",
    outDir,
    say: () => {},
  });
  // Judged as an old run would be: by its file.
  return judge(await readRecord(`${outDir}/history.ndjson.gz`));
}

const kindsOf = ({ checked }: Judgement): readonly string[] =>
  [...new Set(checked.findings.filter(({ promised }) => promised === "yes").map(({ kind }) => kind))].toSorted();

describe("the harness turns red", () => {
  it("is green when the door between clients and a region tells the truth", async () => {
    const judgement = await runWith([]);
    expect(judgement.reasons).toEqual([]);
    expect(kindsOf(judgement)).toEqual([]);
    expect(judgement.verdict).toBe("green");
    expect(judgement.measured.figures["writes.acked"]).toBeGreaterThan(100);
  });

  it("finds writes that were acknowledged and forgotten, counted twice, revived, halved and hidden", async () => {
    const lies = ["loses", "doubles", "revives", "halves", "hides"] as const;
    const wanted = ["causality", "ghost", "half-transaction", "lost", "wrong-count"];
    let judgement = await runWith(lies);
    for (let times = 2; wanted.some((kind) => !kindsOf(judgement).includes(kind)) && times <= 8; times *= 2) {
      // A busy machine gets little done in so short a time, and what is not done cannot be lied about.
      judgement = await runWith(lies, DURATION_S * times);
    }
    expect(judgement.verdict).toBe("red");
    expect(kindsOf(judgement)).toEqual(expect.arrayContaining(wanted));
    const { figures } = judgement.measured;
    expect(figures["lost.returns.writes"]).toBeGreaterThan(0);
    // Everything that is held against the run names its operations and tells its story.
    for (const { ops, story } of judgement.checked.findings.slice(0, 20)) {
      expect(ops.length).toBeGreaterThan(0);
      expect(story.length).toBeGreaterThan(0);
    }
  }, 300_000);
});
