import { FIGURES, type FigureName, type Figures } from "../figures/figure-names.ts";
import { formatFigure } from "./judge.ts";
import { boundOf } from "./junit.ts";
import type { Report } from "./report.ts";

const FINDINGS_MAX = 20;
const VERDICTS = {
  green: "✅ within budgets",
  red: "❌ a budget is broken",
  unknown: "❓ unknown",
  failed: "💥 the harness failed",
};
const RESULTS = { kept: "✅", broken: "❌", unknown: "❓" };

/** `summary.md`: what a person reads in a pull request. */
export function renderSummary(report: Report): string {
  const { run, verdict, reasons, budgets, faults, findings, losses, baseline } = report;
  const show = (name: FigureName): string => showFigure(report, name);
  const lines = [
    `## ${VERDICTS[verdict]}: ${cell(run.scenario)}`,
    "",
    `${cell(run.title)} Seed ${run.seed}, profile ${run.profile}, ${run.regions.length} regions, ${run.proxy}, ${run.operations.toLocaleString("en-US")} operations in ${formatFigure(run.durationMs, "ms")}.`,
    "",
    ...reasons.map((reason) => `- ${cell(reason)}`),
    ...(reasons.length > 0 ? [""] : []),
    "| what was lost | writes | loss window |",
    "| --- | ---: | ---: |",
    `| every region comes back | ${show("lost.returns.writes")} | ${show("lost.returns.windowMs")} |`,
    `| it never comes back, its disk gone | ${show("lost.never.writes")} | ${show("lost.never.windowMs")} |`,
    ...(losses.never === null
      ? []
      : (["local", "one", "all"] as const).map((concern) => {
          const { writes, windowMs } = losses.never!.byConcern[concern];
          return `| – of writes confirmed ${CONCERNS[concern]} | ${writes} | ${formatFigure(windowMs, "ms")} |`;
        })),
    "",
    `Clients were blind ${show("gap.p50Ms")} (median), ${show("gap.maxMs")} (worst): detected after ${show("gap.detectedMs")}, decided after ${show("gap.decidedMs")}. ` +
      `Equal again ${show("convergence.afterHealMs")} after the heal; caught up after ${show("convergence.caughtUpMs")}.`,
    "",
    "| budget | allowed | measured | |",
    "| --- | ---: | ---: | --- |",
    ...budgets.map(
      (row) =>
        `| ${cell(row.what)} (\`${row.figure}\`) | ${boundOf(row)} | ${row.measured === null ? "–" : formatFigure(row.measured, row.unit)} | ${RESULTS[row.result]} |`,
    ),
    "",
    ...faults.map(
      ({ title, beginMs, healMs }) =>
        `- ${seconds(beginMs)}–${healMs === null ? "the end" : seconds(healMs)}: ${cell(title)}`,
    ),
    "",
  ];
  if (findings.length > 0) {
    lines.push(`<details><summary>${findings.length} findings</summary>`, "");
    lines.push(...findings.slice(0, FINDINGS_MAX).map(({ kind, title }) => `- **${kind}**: ${cell(title)}`));
    if (findings.length > FINDINGS_MAX) lines.push(`- and ${findings.length - FINDINGS_MAX} more`);
    lines.push("", "</details>", "");
  }
  if (baseline !== null) {
    const changed = baseline.rows.filter(({ change }) => change !== "same");
    lines.push(
      `Compared with the run of ${baseline.startedAt}: ${changed.length === 0 ? "no change beyond noise." : ""}`,
      "",
    );
    if (changed.length > 0) {
      lines.push("| figure | before | now | |", "| --- | ---: | ---: | --- |");
      for (const { figure, unit, before, now, change } of changed)
        lines.push(
          `| ${FIGURES[figure].what} | ${formatFigure(before, unit)} | ${formatFigure(now, unit)} | ${change} |`,
        );
      lines.push("");
    }
  }
  return lines.join("\n");
}

export const CONCERNS = { local: "by no other region", one: "by one other region", all: "by all regions" };

/** A figure with its unit, a dash where it was not measured. */
export function showFigure({ figures }: { readonly figures: Figures }, name: FigureName): string {
  const value = figures[name];
  return value === null ? "–" : formatFigure(value, FIGURES[name].unit);
}

function seconds(atMs: number): string {
  return `${(atMs / 1000).toFixed(1)} s`;
}

/** Text from the record in a cell of a table: no bars, no lines, no markup. */
function cell(text: string): string {
  return text.replaceAll(/[|\n\r]/gu, " ").replaceAll("<", "&lt;");
}
