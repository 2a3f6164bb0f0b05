import { dirname, join } from "node:path";
import { readRecord } from "../../chaos/record/read-record.ts";
import { EXIT_STATUS } from "../../chaos/report/judge.ts";
import { findScenario, listScenarios, ScenarioError } from "../../chaos/scenario/find-scenario.ts";
import type { Scenario } from "../../chaos/scenario/scenario.ts";
import type { Program } from "../../chaos/world/child-program.ts";
import { CHAOS_SETTINGS, JUDGE_SETTINGS, splitOperands } from "./chaos-settings.ts";
import { defineProgram, type CliProgram } from "./program.ts";
import type { Resolved } from "./resolve-settings.ts";
import { reportOn, runAndReport, say } from "./run-and-report.ts";
import { SettingError } from "./setting.ts";

type Values = Resolved<typeof CHAOS_SETTINGS>;

/** Of several runs the gravest counts: the harness failed, a budget is broken, nothing is known. */
const GRAVEST_FIRST = [EXIT_STATUS.failed, EXIT_STATUS.red, EXIT_STATUS.unknown];

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
        codes.push(await reportOn(await readRecord(path), out ?? dirname(path), baseline ?? null));
      return gravest(codes);
    }).main(flags);
  },
};

async function runAll(names: readonly string[], values: Values): Promise<number> {
  const scenarios = names.flatMap((name) => (name === "all" ? runnable(values) : [found(name)]));
  const codes: number[] = [];
  for (const scenario of scenarios) codes.push(await runOne(scenario, values));
  return gravest(codes);
}

/** All that can be run with what was given; the others are told. */
function runnable({ previous }: Values): readonly Scenario[] {
  const needsOlder = ({ faults }: Scenario): boolean => faults.some(({ kind }) => kind === "older-version");
  const all = listScenarios();
  if (previous !== undefined) return all;
  for (const { name } of all.filter(needsOlder))
    say(`  ${name}: left out, it needs an older build (--previous PROGRAM)`);
  return all.filter((scenario) => !needsOlder(scenario));
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

function runOne(scenario: Scenario, values: Values): Promise<number> {
  return runAndReport({
    scenario,
    profile: values.profile,
    durationS: values.duration ?? (values.profile === "nightly" ? scenario.durationS : scenario.ciS),
    seed: values.seed,
    links: values.links,
    previous: values.previous === undefined ? null : programOf(values.previous),
    outDir: join(values.out, scenario.name),
    baseline: values.baseline ?? null,
  });
}

function programOf(text: string): Program {
  return /\.[cm]?js$/u.test(text) ? { command: process.execPath, args: [text] } : { command: text, args: [] };
}
