import { formatFigure } from "./judge.ts";
import type { Report } from "./report.ts";
import { showFigure as show } from "./summary.ts";

/** What a reader asks about first; they come first in the long table, and the short one has no others. */
const HEADLINES = [
  "outage",
  "region-killed",
  "region-lost",
  "partition",
  "region-paused",
  "black-hole",
  "rolling-restart",
];

const VERDICTS = {
  green: "within budgets",
  red: "**a budget is broken**",
  unknown: "unknown",
  failed: "the harness failed",
};

/** A document lacks the markers between which a table goes. */
export class MarkerError extends Error {
  override readonly name = "MarkerError";
}

/** The table of outages of docs/outages.md; `short`: that of the README. Reports of one scenario: the last given counts. */
export function renderOutageTable(reports: readonly Report[], length: "short" | "long"): string {
  const byScenario = new Map(reports.map((report) => [report.run.scenario, report]));
  const rank = (name: string): number => (HEADLINES.includes(name) ? HEADLINES.indexOf(name) : HEADLINES.length);
  const shown = [...byScenario.values()]
    .filter(({ run }) => (length === "long" ? !isComparison(run.scenario) : HEADLINES.includes(run.scenario)))
    .toSorted(
      (one, other) => rank(one.run.scenario) - rank(other.run.scenario) || (one.run.title < other.run.title ? -1 : 1),
    );
  const head =
    length === "short"
      ? [
          "outage",
          "for",
          "acknowledged writes lost",
          "lost if it never came back",
          "clients blind, median / worst",
          "caught up after",
        ]
      : [
          "outage",
          "for",
          "acknowledged writes",
          "lost",
          "lost if it never came back (window)",
          "clients blind, median / worst",
          "caught up after",
          "equal after the last write",
          "verdict",
        ];
  const rows = shown.map((report) => (length === "short" ? shortRow(report) : longRow(report)));
  const lines = [head, head.map((_, index) => (index === 0 ? "---" : "---:")), ...rows].map(
    (cells) => `| ${cells.join(" | ")} |`,
  );
  return `${lines.join("\n")}\n\n${caption(shown)}`;
}

/** What other systems lost, by the same judge: rows for the table beside. Empty where nothing was compared. */
export function renderComparison(reports: readonly Report[]): string {
  const shown = reports.filter(({ run }) => isComparison(run.scenario));
  if (shown.length === 0) return "";
  const head = [
    "measured by the same judge",
    "acknowledged writes",
    "lost",
    "span of the lost",
    "clients blind, median / worst",
  ];
  const rows = shown.map((report) => [
    report.run.title,
    show(report, "writes.acked"),
    `${show(report, "lost.returns.writes")} (${show(report, "lost.returns.share")})`,
    show(report, "lost.returns.spanMs"),
    blind(report),
  ]);
  const lines = [head, head.map((_, index) => (index === 0 ? "---" : "---:")), ...rows].map(
    (cells) => `| ${cells.join(" | ")} |`,
  );
  return `${lines.join("\n")}\n\n${caption(shown)}`;
}

function isComparison(scenario: string): boolean {
  return scenario.startsWith("redis-");
}

function shortRow(report: Report): readonly string[] {
  return [
    report.run.title,
    lengthOf(report),
    show(report, "lost.returns.writes"),
    never(report),
    blind(report),
    show(report, "convergence.caughtUpMs"),
  ];
}

function longRow(report: Report): readonly string[] {
  const { run, verdict } = report;
  return [
    `${run.title} (\`${run.scenario}\`)`,
    lengthOf(report),
    show(report, "writes.acked"),
    show(report, "lost.returns.writes"),
    never(report),
    blind(report),
    show(report, "convergence.caughtUpMs"),
    show(report, "convergence.afterLastWriteMs"),
    VERDICTS[verdict],
  ];
}

/** How long its longest fault lasted: a profile may squeeze what the title says. */
function lengthOf({ faults }: Report): string {
  if (faults.length === 0) return "–";
  const lengthMs = faults.reduce((longest, { beginMs, healMs }) => Math.max(longest, (healMs ?? beginMs) - beginMs), 0);
  return formatFigure(lengthMs, "ms");
}

function never(report: Report): string {
  if (report.losses.never === null) return "–";
  const { writes, windowMs } = report.losses.never;
  return writes === 0 ? "0" : `${writes.toLocaleString("en-US")} (${formatFigure(windowMs, "ms")})`;
}

function blind(report: Report): string {
  return report.figures["gap.maxMs"] === null ? "–" : `${show(report, "gap.p50Ms")} / ${show(report, "gap.maxMs")}`;
}

/** What was run, so that the figures can be argued about. */
function caption(reports: readonly Report[]): string {
  const unique = (values: readonly string[]): string => [...new Set(values)].toSorted().join(", ");
  const versions = unique(
    reports.map(({ run }) =>
      run.programs["redis-server"] === undefined
        ? `Antipode ${run.programs["antipode"] ?? "?"}`
        : `Redis ${run.programs["redis-server"]}`,
    ),
  );
  const proxies = unique(reports.map(({ run }) => run.proxy));
  const profiles = unique(reports.map(({ run }) => run.profile));
  const machines = unique(reports.map(({ run }) => `${run.environment["cpus"] ?? "?"} shared cores`));
  const dates = unique(reports.map(({ run }) => run.startedAt.slice(0, 10)));
  return `${versions}, ${dates}; profile ${profiles}, one run each, ${machines} for everything, links through ${proxies}.`;
}

/** Replaces what stands between `<!-- NAME -->` and `<!-- /NAME -->`. */
export function putBetween(document: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = document.indexOf(open);
  const to = document.indexOf(close);
  if (from < 0 || to < from) throw new MarkerError(`lacks the lines ${open} and ${close}`);
  return `${document.slice(0, from + open.length)}\n\n${content}\n\n${document.slice(to)}`;
}
