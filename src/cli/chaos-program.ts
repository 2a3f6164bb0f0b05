import { dirname, join } from "node:path";
import { openLinks } from "../../chaos/links/open-links.ts";
import { readRecord } from "../../chaos/record/read-record.ts";
import type { RunRecord } from "../../chaos/record/record.ts";
import { buildReport } from "../../chaos/report/build-report.ts";
import { EXIT_STATUS, judge } from "../../chaos/report/judge.ts";
import { readReport, writeReports } from "../../chaos/report/write-reports.ts";
import { runScenario, RunUnknownError } from "../../chaos/run/run-scenario.ts";
import { tellReport } from "../../chaos/run/tell-report.ts";
import { findScenario, listScenarios, ScenarioError } from "../../chaos/scenario/find-scenario.ts";
import type { Scenario } from "../../chaos/scenario/scenario.ts";
import type { Program } from "../../chaos/world/child-program.ts";
import { CHAOS_SETTINGS, JUDGE_SETTINGS, splitOperands } from "./chaos-settings.ts";
import { defineProgram, type CliProgram } from "./program.ts";
import { projectDirectory } from "./project-directory.ts";
import type { Resolved } from "./resolve-settings.ts";
import { SettingError } from "./setting.ts";
import { VERSION } from "./version.ts";

type Values = Resolved<typeof CHAOS_SETTINGS>;

/** Of several runs the gravest counts: the harness failed, a budget is broken, nothing is known. */
const GRAVEST_FIRST = [EXIT_STATUS.failed, EXIT_STATUS.red, EXIT_STATUS.unknown];

const say = (line: string): void => void process.stdout.write(`${line}\n`);

export const CHAOS_RUN_PROGRAM: CliProgram = {
  name: "chaos run",
  summary:
    "runs scenarios (names, files, or `all`) against regions of their own, and judges what became of every write.",
  settings: CHAOS_SETTINGS,
  main: (words) => {
    const { operands, flags } = splitOperands(
      words,
      "the name of a scenario or a file; antipode chaos list names them",
    );
    return defineProgram("chaos run", "", CHAOS_SETTINGS, (values) => runAll(operands, values)).main(flags);
  },
};

export const CHAOS_LIST_PROGRAM = defineProgram("chaos list", "lists the scenarios there are.", {}, async () => {
  for (const { name, title, durationS, ciS } of listScenarios())
    say(`${name.padEnd(22)}${`${ciS} s / ${durationS} s`.padEnd(14)}${title}`);
  return Promise.resolve(0);
});

export const CHAOS_JUDGE_PROGRAM: CliProgram = {
  name: "chaos judge",
  summary: "judges the record of a run (history.ndjson.gz) again, and writes its reports anew.",
  settings: JUDGE_SETTINGS,
  main: (words) => {
    const { operands, flags } = splitOperands(words, "the record of a run: history.ndjson.gz");
    return defineProgram("chaos judge", "", JUDGE_SETTINGS, async ({ out, baseline }) => {
      const codes: number[] = [];
      for (const path of operands)
        codes.push(await report(await readRecord(path), out ?? dirname(path), baseline ?? null));
      return gravest(codes);
    }).main(flags);
  },
};

async function runAll(names: readonly string[], values: Values): Promise<number> {
  const scenarios = names.flatMap((name) => (name === "all" ? listScenarios() : [found(name)]));
  const codes: number[] = [];
  for (const scenario of scenarios) codes.push(await runOne(scenario, values));
  return gravest(codes);
}

function gravest(codes: readonly number[]): number {
  return GRAVEST_FIRST.find((code) => codes.includes(code)) ?? 0;
}

function found(name: string): Scenario {
  try {
    return findScenario(name);
  } catch (error) {
    throw error instanceof ScenarioError ? new SettingError(error.message) : error;
  }
}

async function runOne(scenario: Scenario, values: Values): Promise<number> {
  const durationS = values.duration ?? (values.profile === "nightly" ? scenario.durationS : scenario.ciS);
  say(`\n  ${scenario.name}: ${scenario.title} (${durationS} s, seed ${values.seed})`);
  const outDir = join(values.out, scenario.name);
  try {
    const links = await openLinks({
      choice: values.links,
      projectDirs: [projectDirectory(), process.cwd()],
      mayBuild: true,
      seed: values.seed,
      onNote: (line) => say(`             ${line}`),
    });
    const record = await runScenario({
      scenario,
      profile: values.profile,
      durationS,
      seed: values.seed,
      program: { command: process.execPath, args: [process.argv[1]!] },
      previous: values.previous === undefined ? null : programOf(values.previous),
      links,
      version: VERSION,
      outDir,
      say: (line) => say(`  ${line}`),
    });
    return await report(record, outDir, values.baseline ?? null);
  } catch (error) {
    say(`  ! ${error instanceof Error ? error.message : String(error)}`);
    const isUnknown = error instanceof RunUnknownError;
    say(`  ${isUnknown ? "UNKNOWN: the run says nothing" : "THE HARNESS FAILED"}`);
    return isUnknown ? EXIT_STATUS.unknown : EXIT_STATUS.failed;
  }
}

async function report(record: RunRecord, outDir: string, baseline: string | null): Promise<number> {
  const earlier = baseline === null ? null : await readReport(baseline);
  const built = buildReport(judge(record), earlier);
  await writeReports(outDir, built);
  for (const line of tellReport(built)) say(line);
  say(`  ${join(outDir, "report.html")}`);
  return built.exitStatus;
}

function programOf(text: string): Program {
  return /\.[cm]?js$/u.test(text) ? { command: process.execPath, args: [text] } : { command: text, args: [] };
}
