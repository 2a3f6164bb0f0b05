import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ShapeError } from "../record/shape.ts";
import { renderHtml } from "./html/render-html.ts";
import { renderJunit } from "./junit.ts";
import { REPORT, REPORT_VERSION, type Report } from "./report.ts";
import { renderSummary } from "./summary.ts";

/** A file is not a report this program can read. */
export class ReportError extends Error {
  override readonly name = "ReportError";
}

/** Writes `report.json`, `report.html`, `junit.xml` and `summary.md` into `directory`. */
export async function writeReports(directory: string, report: Report): Promise<void> {
  await mkdir(directory, { recursive: true });
  await Promise.all([
    writeFile(join(directory, "report.json"), `${JSON.stringify(report, null, 1)}\n`),
    writeFile(join(directory, "report.html"), renderHtml(report)),
    writeFile(join(directory, "junit.xml"), renderJunit(report)),
    writeFile(join(directory, "summary.md"), renderSummary(report)),
  ]);
}

/** Reads a `report.json`, checked. Throws ReportError with the file and what is wrong. */
export async function readReport(path: string): Promise<Report> {
  try {
    const value = JSON.parse(await readFile(path, "utf8")) as { readonly version?: unknown } | null;
    if (value?.version !== REPORT_VERSION) {
      const found = JSON.stringify(value?.version) ?? "none";
      throw new ReportError(`${path}: the report is of version ${found}, this program reads version ${REPORT_VERSION}`);
    }
    return REPORT.read(value, "report");
  } catch (error) {
    if (error instanceof ReportError) throw error;
    const what = error instanceof ShapeError || error instanceof SyntaxError ? "is no report: " : "";
    throw new ReportError(`${path}: ${what}${(error as Error).message}`, { cause: error });
  }
}
