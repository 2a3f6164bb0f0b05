import { existsSync, readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MarkerError, putBetween, renderComparison, renderOutageTable } from "../../chaos/report/outage-table.ts";
import { readReport, ReportError } from "../../chaos/report/write-reports.ts";
import { defineProgram } from "./program.ts";
import { parseText, SettingError } from "./setting.ts";

const TABLE_SETTINGS = {
  reports: {
    flag: "reports",
    argument: "DIR",
    summary: "Where chaos run has put its reports: a directory for each scenario below it.",
    fallback: "chaos-report",
    parse: parseText,
  },
  long: {
    flag: "long",
    argument: "FILE",
    summary:
      "A document whose long table, between `<!-- outages -->` and `<!-- /outages -->`, is made anew; and what was compared, between `<!-- comparison -->` and its end.",
    parse: parseText,
  },
  short: {
    flag: "short",
    argument: "FILE",
    summary: "A document whose short table, between the same lines, is made anew.",
    parse: parseText,
  },
} as const;

const MARKER = "outages";
const COMPARISON_MARKER = "comparison";

/** `antipode chaos table`: the table of docs/outages.md and of the README, from the reports of runs. */
export const CHAOS_TABLE_PROGRAM = defineProgram(
  "chaos table",
  "prints what each outage cost, from the reports of runs, or puts it into a document.",
  TABLE_SETTINGS,
  async ({ reports: directory, long, short }) => {
    if (!existsSync(directory)) throw new SettingError(`--reports: there is no directory ${directory}`);
    const paths = readdirSync(directory)
      .map((name) => join(directory, name, "report.json"))
      .filter((path) => existsSync(path));
    if (paths.length === 0) throw new SettingError(`--reports: ${directory} has no reports`);
    try {
      const reports = await Promise.all(paths.map((path) => readReport(path)));
      if (long === undefined && short === undefined) process.stdout.write(`${renderOutageTable(reports, "long")}\n`);
      for (const [path, length] of [
        [long, "long"],
        [short, "short"],
      ] as const) {
        if (path !== undefined) await putInto(path, MARKER, renderOutageTable(reports, length));
      }
      const comparison = renderComparison(reports);
      if (long !== undefined && comparison !== "") await putInto(long, COMPARISON_MARKER, comparison);
    } catch (error) {
      throw error instanceof ReportError ? new SettingError(error.message) : error;
    }
    return 0;
  },
);

async function putInto(path: string, marker: string, table: string): Promise<void> {
  try {
    await writeFile(path, putBetween(await readFile(path, "utf8"), marker, table));
  } catch (error) {
    throw error instanceof MarkerError ? new SettingError(`${path} ${error.message}`) : error;
  }
}
