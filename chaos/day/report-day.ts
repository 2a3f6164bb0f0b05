import { percentile } from "../figures/distribution.ts";
import type { FigureName } from "../figures/figure-names.ts";
import type { OpLine } from "../record/lines.ts";
import { formatFigure, type Judgement } from "../report/judge.ts";
import { showFigure } from "../report/summary.ts";

const FINDINGS_MAX = 20;

/** What a person reads at the end of `antipode world --check`. */
export function reportDay(judgement: Judgement): string {
  const { record, checked, measured, verdict, reasons } = judgement;
  const { healed } = checked.fates;
  const show = (name: FigureName): string => showFigure(measured, name);
  const line = (label: string, value: string): string => `  ${label.padEnd(34)}${value}`;
  const vias = countBy(
    record.ops,
    ({ library, via }) => `${library ?? via}${via.startsWith("router") ? " by router" : ""}`,
  );
  const sessions = new Set(record.ops.flatMap(({ op }) => (op.kind === "session.login" ? [op.key] : [])));
  const logouts = record.ops.filter(({ op, outcome }) => op.kind === "session.logout" && outcome === "acked");
  const digest = Object.values(record.end?.digests ?? {})[0]?.slice(0, 16) ?? "";
  const equalMs = measured.figures["convergence.afterLastWriteMs"];
  const fault = measured.phases.spans[0];
  const findings = checked.findings.filter(({ promised }) => promised === "yes");
  return [
    "",
    `  The day is over: ${record.ops.length} requests through ${vias.size} kinds of real clients`,
    ...[...vias].map(([via, requests]) => line(`    ${via}`, String(requests))),
    fault === undefined
      ? ""
      : line("outage", `${fault.title}, away ${formatFigure(fault.healMs - fault.beginMs, "ms")}`),
    "",
    line("acknowledged writes", show("writes.acked")),
    line("unknown (no answer, not counted)", show("writes.unknown")),
    line("sessions judged", `${sessions.size}, ${logouts.length} logouts`),
    line(
      "writes judged one by one",
      `${healed.kept} kept, ${healed.superseded} superseded, ${healed.merged} merged, ${healed.expired} expired`,
    ),
    "",
    line("lost acknowledged writes", show("lost.returns.writes")),
    line("logged-out or expired and back", show("ghosts.shown")),
    line("values nobody wrote", show("ghosts.invented")),
    line("counters outside their bounds", show("counters.wrong")),
    line(
      "regions equal",
      equalMs === null
        ? "NO: digests differ"
        : `yes, all ${record.header.regions.length} have digest ${digest}…, ${formatFigure(equalMs, "ms")} after the last request`,
    ),
    "",
    line(
      "lag, acknowledged to visible",
      `p50 ${show("lag.healthy.p50Ms")}, p99 ${show("lag.healthy.p99Ms")}, max ${show("lag.healthy.maxMs")} before the outage`,
    ),
    ...lagByLink(judgement).map(([link, lags]) =>
      line(
        `    ${link}`,
        `p50 ${formatFigure(percentile(lags, 50)!, "ms")}, p99 ${formatFigure(percentile(lags, 99)!, "ms")}`,
      ),
    ),
    "",
    ...findings.slice(0, FINDINGS_MAX).map(({ kind, title }) => `  ${kind}: ${title}`),
    ...reasons.map((reason) => `  ${reason}`),
    verdict === "green"
      ? "  Nothing acknowledged was lost, nothing diverged."
      : `  ${verdict === "red" ? `${findings.length} findings: this must not be.` : "This run says too little."}`,
    "",
  ].join("\n");
}

/** Of what was written while all was well. */
function lagByLink({ record, measured }: Judgement): readonly (readonly [string, readonly number[]])[] {
  const links = new Map<string, number[]>();
  for (const { kind, from, to, ackedMs, seenMs } of record.probes) {
    if (kind !== "write" || seenMs === null || measured.phases.phaseOf(ackedMs) !== "healthy") continue;
    const link = `${from} → ${to}`;
    const lags = links.get(link);
    if (lags === undefined) links.set(link, [seenMs - ackedMs]);
    else lags.push(seenMs - ackedMs);
  }
  return [...links].toSorted(([one], [other]) => (one < other ? -1 : 1));
}

function countBy(ops: readonly OpLine[], nameOf: (line: OpLine) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of ops) counts.set(nameOf(line), (counts.get(nameOf(line)) ?? 0) + 1);
  return counts;
}
