import { join } from "node:path";
import { openLinks } from "../../chaos/links/open-links.ts";
import { runScenario, RunUnknownError } from "../../chaos/run/run-scenario.ts";
import { findScenario, listScenarios } from "../../chaos/scenario/find-scenario.ts";
import type { Scenario } from "../../chaos/scenario/scenario.ts";
import type { Program } from "../../chaos/world/child-program.ts";
import { CHAOS_SETTINGS, scenarioWords } from "./chaos-settings.ts";
import { defineProgram, type CliProgram } from "./program.ts";
import { projectDirectory } from "./project-directory.ts";
import type { Resolved } from "./resolve-settings.ts";
import { VERSION } from "./version.ts";

type Values = Resolved<typeof CHAOS_SETTINGS>;

/** Exit statuses, the gravest first; the gravest of several runs is the program's. */
const HARNESS_FAILED = 3;
const BROKEN = 1;
const UNKNOWN = 2;
const WITHIN = 0;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

export const CHAOS_RUN_PROGRAM: CliProgram = {
  name: "chaos run",
  summary: "runs scenarios against regions of their own, and judges what became of every write.",
  settings: CHAOS_SETTINGS,
  main: (words) => {
    const { names, flags } = scenarioWords(words);
    return defineProgram("chaos run", "", CHAOS_SETTINGS, (values) => runAll(names, values)).main(flags);
  },
};

export const CHAOS_LIST_PROGRAM = defineProgram("chaos list", "lists the scenarios there are.", {}, async () => {
  for (const { name, title } of listScenarios()) say(`${name.padEnd(24)}${title}`);
  return Promise.resolve(WITHIN);
});

async function runAll(names: readonly string[], values: Values): Promise<number> {
  const scenarios = names.flatMap((name) => (name === "all" ? listScenarios() : [findScenario(name)]));
  const codes: number[] = [];
  for (const scenario of scenarios) codes.push(await runOne(scenario, values));
  return [HARNESS_FAILED, BROKEN, UNKNOWN].find((code) => codes.includes(code)) ?? WITHIN;
}

async function runOne(scenario: Scenario, values: Values): Promise<number> {
  const durationS = values.duration ?? (values.profile === "nightly" ? scenario.durationS : scenario.ciS);
  say(`\n  ${scenario.name}: ${scenario.title} (${durationS} s, seed ${values.seed})`);
  try {
    const links = await openLinks({
      choice: values.links,
      projectDirs: [projectDirectory(), process.cwd()],
      mayBuild: true,
      seed: values.seed,
      onNote: (line) => say(`          ${line}`),
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
      outDir: join(values.out, scenario.name),
      say: (line) => say(`  ${line}`),
    });
    const acked = record.ops.filter(({ outcome }) => outcome === "acked").length;
    const equalMs = record.end?.equalMs ?? null;
    say(`  ${acked} of ${record.ops.length} acknowledged; regions ${equalMs === null ? "are NOT equal" : "are equal"}`);
    if (acked === 0) return UNKNOWN;
    return equalMs === null ? BROKEN : WITHIN;
  } catch (error) {
    say(`  ${scenario.name}: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof RunUnknownError ? UNKNOWN : HARNESS_FAILED;
  }
}

function programOf(text: string): Program {
  return /\.[cm]?js$/u.test(text) ? { command: process.execPath, args: [text] } : { command: text, args: [] };
}
