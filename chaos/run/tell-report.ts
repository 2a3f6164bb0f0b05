import type { FigureName } from "../figures/figure-names.ts";
import type { Report } from "../report/report.ts";
import { showFigure } from "../report/summary.ts";

const VERDICTS = {
  green: "within budgets",
  red: "A BUDGET IS BROKEN",
  unknown: "UNKNOWN: the run says nothing",
  failed: "THE HARNESS FAILED",
} as const;
const REASONS_MAX = 5;
const FINDINGS_MAX = 5;

/** What a person reads in a terminal once a run is judged; the rest stands in the reports. */
export function tellReport(report: Report): readonly string[] {
  const show = (name: FigureName): string => showFigure(report, name);
  const line = (label: string, value: string): string => `  ${label.padEnd(36)}${value}`;
  const lines = [
    line(
      "acknowledged writes",
      `${show("writes.acked")} (${show("writes.unknown")} unknown, ${show("writes.failed")} failed)`,
    ),
    line("lost, every region back", `${show("lost.returns.writes")}, window ${show("lost.returns.windowMs")}`),
  ];
  if (report.losses.never !== null) {
    lines.push(
      line("lost, had it never come back", `${show("lost.never.writes")}, window ${show("lost.never.windowMs")}`),
    );
  }
  lines.push(
    line("exposure of unreplicated writes", `p99 ${show("exposure.local.p99Ms")}, max ${show("exposure.local.maxMs")}`),
    line(
      "client gap (RTO)",
      `p50 ${show("gap.p50Ms")}, max ${show("gap.maxMs")}; detected after ${show("gap.detectedMs")}`,
    ),
    line("replication lag, healthy", `p50 ${show("lag.healthy.p50Ms")}, p99 ${show("lag.healthy.p99Ms")}`),
    line("replication lag, under the fault", `p50 ${show("lag.fault.p50Ms")}, p99 ${show("lag.fault.p99Ms")}`),
    line("logout to refused elsewhere", `p50 ${show("revocation.p50Ms")}, max ${show("revocation.maxMs")}`),
    line("equal after the heal", show("convergence.afterHealMs")),
    ...report.reasons.slice(0, REASONS_MAX).map((reason) => `  ! ${reason}`),
    ...report.findings.slice(0, FINDINGS_MAX).map(({ kind, title }) => `  ! ${kind}: ${title}`),
    `  ${VERDICTS[report.verdict]}`,
  );
  return lines;
}
