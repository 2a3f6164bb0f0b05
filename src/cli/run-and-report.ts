import { openLinks, type LinkChoice } from "../../chaos/links/open-links.ts";
import type { RunRecord } from "../../chaos/record/record.ts";
import { buildReport } from "../../chaos/report/build-report.ts";
import { EXIT_STATUS, judge } from "../../chaos/report/judge.ts";
import { readReport, writeReports } from "../../chaos/report/write-reports.ts";
import { runScenario, RunUnknownError } from "../../chaos/run/run-scenario.ts";
import { tellReport } from "../../chaos/run/tell-report.ts";
import type { Scenario } from "../../chaos/scenario/scenario.ts";
import type { Program } from "../../chaos/world/child-program.ts";
import { projectDirectory } from "./project-directory.ts";
import { VERSION } from "./version.ts";

export const say = (line: string): void => void process.stdout.write(`${line}\n`);

export interface RunRequest {
  readonly scenario: Scenario;
  readonly profile: string;
  readonly durationS: number;
  readonly seed: number;
  readonly links: LinkChoice;
  readonly previous: Program | null;
  readonly outDir: string;
  /** The report.json to compare with. */
  readonly baseline: string | null;
}

/** Runs one scenario, writes its reports, tells the outcome, and answers the exit status. */
export async function runAndReport(request: RunRequest): Promise<number> {
  const { scenario, durationS, seed, outDir } = request;
  say(`\n  ${scenario.name}: ${scenario.title} (${durationS} s, seed ${seed})`);
  try {
    const links = await openLinks({
      choice: request.links,
      projectDirs: [projectDirectory(), process.cwd()],
      mayBuild: true,
      seed,
      onNote: (line) => say(`             ${line}`),
    });
    const record = await runScenario({
      ...request,
      program: { command: process.execPath, args: [process.argv[1]!] },
      links,
      version: VERSION,
      say: (line) => say(`  ${line}`),
    });
    return await reportOn(record, outDir, request.baseline);
  } catch (error) {
    say(`  ! ${error instanceof Error ? error.message : String(error)}`);
    const isUnknown = error instanceof RunUnknownError;
    say(`  ${isUnknown ? "UNKNOWN: the run says nothing" : "THE HARNESS FAILED"}`);
    return isUnknown ? EXIT_STATUS.unknown : EXIT_STATUS.failed;
  }
}

/** Judges a record, writes its reports into `outDir`, tells the outcome, and answers the exit status. */
export async function reportOn(record: RunRecord, outDir: string, baseline: string | null): Promise<number> {
  const earlier = baseline === null ? null : await readReport(baseline);
  const report = buildReport(judge(record), earlier);
  await writeReports(outDir, report);
  for (const line of tellReport(report)) say(line);
  say(`  ${outDir}/report.html`);
  return report.exitStatus;
}
