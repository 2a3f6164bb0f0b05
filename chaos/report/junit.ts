import type { FindingKind } from "../checkers/finding.ts";
import type { FigureName } from "../figures/figure-names.ts";
import { formatFigure, type BudgetRow } from "./judge.ts";
import type { Report } from "./report.ts";

/** Which figure counts a kind of finding. */
const KINDS: Readonly<Record<FindingKind, FigureName>> = {
  lost: "lost.returns.writes",
  ghost: "ghosts.shown",
  invented: "ghosts.invented",
  "wrong-count": "counters.wrong",
  diverged: "divergence.keys",
  "half-transaction": "transactions.half",
  causality: "causality.broken",
  "read-your-writes": "sessions.readYourWrites",
  "monotonic-reads": "sessions.monotonicReads",
  "two-holders": "locks.twoHolders",
  fencing: "locks.fencing",
  "limit-exceeded": "limits.exceeded",
};
const TITLES_MAX = 20;

/** `junit.xml`: one suite a run, one case a budget, and one for the run itself, so that an empty run is an error and no success. */
export function renderJunit(report: Report): string {
  const { run, verdict, reasons, budgets } = report;
  const suite = `chaos.${run.scenario}`;
  const broken = budgets.filter(({ result }) => result === "broken").length;
  const unknown = budgets.filter(({ result }) => result === "unknown").length;
  const hasError = verdict === "failed" || verdict === "unknown";
  const seconds = (run.durationMs / 1000).toFixed(3);
  const totals = `tests="${budgets.length + 1}" failures="${broken}" errors="${hasError ? 1 : 0}" skipped="${unknown}"`;
  const whole = hasError
    ? `><error message="${escape(`${verdict}: ${reasons[0] ?? ""}`)}">${escape(reasons.join("\n"))}</error></testcase>`
    : "/>";
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<testsuites name="antipode chaos" ${totals} time="${seconds}">`,
    `  <testsuite name="${escape(suite)}" ${totals} time="${seconds}" timestamp="${escape(run.startedAt)}">`,
    `    <properties>`,
    `      <property name="seed" value="${run.seed}"/>`,
    `      <property name="profile" value="${escape(run.profile)}"/>`,
    `      <property name="proxy" value="${escape(run.proxy)}"/>`,
    `    </properties>`,
    `    <testcase classname="${escape(suite)}" name="the run says something" time="${seconds}"${whole}`,
    ...budgets.map((row) => `    ${caseOf(suite, row, report)}`),
    `  </testsuite>`,
    `</testsuites>`,
    "",
  ].join("\n");
}

function caseOf(suite: string, row: BudgetRow, { findings }: Report): string {
  const start = `<testcase classname="${escape(suite)}" name="${escape(`${row.figure} ${boundOf(row)}: ${row.what}`)}" time="0"`;
  if (row.result === "kept") return `${start}/>`;
  if (row.result === "unknown") return `${start}><skipped message="not measured"/></testcase>`;
  const measured = formatFigure(row.measured!, row.unit);
  const titles = findings.filter(({ kind }) => KINDS[kind] === row.figure).map(({ title }) => title);
  return `${start}><failure message="${escape(`measured ${measured}`)}">${escape(titles.slice(0, TITLES_MAX).join("\n"))}</failure></testcase>`;
}

/** `≤ 5 s`, `≥ 99 %`, `= 0`. */
export function boundOf({ min, max, unit }: BudgetRow): string {
  if (max === 0 && min === null) return "= 0";
  const bounds = [
    min === null ? "" : `≥ ${formatFigure(min, unit)}`,
    max === null ? "" : `≤ ${formatFigure(max, unit)}`,
  ];
  return bounds.filter((bound) => bound !== "").join(" and ");
}

function escape(text: string): string {
  // XML 1.0 has no place for control characters, not even escaped.
  const plain = text.replaceAll(/[^\n\P{Cc}]/gu, "");
  return plain.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
