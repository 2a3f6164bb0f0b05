import type { Finding } from "../checkers/finding.ts";
import { compareWith } from "./baseline.ts";
import { EXIT_STATUS, type Judgement } from "./judge.ts";
import { REPORT_VERSION, type Report } from "./report.ts";
import { seriesOf } from "./series.ts";

const FINDINGS_MAX = 200;
const CLIENTS_MAX = 20;
const EVENTS_MAX = 200;

/** Everything the reports show, of one judged run. `earlier`: the report to compare with. */
export function buildReport(judgement: Judgement, earlier: Report | null = null): Report {
  const { record, checked, measured, budgets, verdict, reasons } = judgement;
  const { header, ops, end, events } = record;
  const { phases, gaps, returns, never, figures } = measured;
  return {
    version: REPORT_VERSION,
    verdict,
    exitStatus: EXIT_STATUS[verdict],
    reasons,
    run: {
      scenario: header.scenario,
      title: header.title,
      seed: header.seed,
      profile: header.profile,
      regions: header.regions,
      proxy: header.proxy,
      programs: header.programs,
      environment: header.environment,
      links: header.links,
      startedAt: header.startedAt,
      durationMs: Math.max(phases.endMs, end?.equalMs ?? 0) - Math.min(phases.beginMs, phases.endMs),
      ...header.workload,
      operations: ops.length,
    },
    budgets,
    figures,
    faults: phases.spans.map(({ kind, title, regions, beginMs, healMs }) => {
      return { kind, title, regions, beginMs, healMs: healMs === Infinity ? null : healMs };
    }),
    events: events.slice(0, EVENTS_MAX).map(({ atMs, kind, region, detail }) => ({ atMs, kind, region, detail })),
    fates: { returns: checked.fates.healed, never: checked.fates.survivors },
    losses: { returns, never },
    findingCounts: countFindings(checked.findings),
    findings: checked.findings.filter(({ promised }) => promised === "yes").slice(0, FINDINGS_MAX),
    clients: gaps
      .toSorted((left, right) => right.gapMs - left.gapMs)
      .slice(0, CLIENTS_MAX)
      .map(({ client, vias, gapMs, fromMs }) => ({ client, vias, gapMs, fromMs })),
    series: seriesOf(record, measured),
    baseline: earlier === null ? null : compareWith(earlier, figures),
  };
}

function countFindings(findings: readonly Finding[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind, when, promised } of findings) {
    const name =
      promised === "no" ? `${kind}, not promised` : when === "survivors" ? `${kind}, if it never came back` : kind;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
