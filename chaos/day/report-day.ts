import type { DayResult } from "./run-day.ts";

/** What a person reads at the end of `antipode world --check`. */
export function reportDay(result: DayResult): string {
  const { verdict, lag, final } = result;
  const { checked } = verdict;
  const line = (label: string, value: string): string => `  ${label.padEnd(34)}${value}`;
  const kinds = new Map<string, number>();
  for (const { kind } of verdict.findings) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const count = (kind: string): string => String(kinds.get(kind) ?? 0);
  const digest = Object.values(final.digests)[0]?.slice(0, 16) ?? "";
  const lines = [
    "",
    `  The day is over: ${result.attempts.length} requests through ${Object.keys(result.vias).length} kinds of real clients`,
    ...Object.entries(result.vias).map(([via, requests]) => line(`    ${via}`, String(requests))),
    line("outage", `${result.killedRegion} killed with kill -9 and away ${(result.killedForMs / 1000).toFixed(1)} s`),
    "",
    line("acknowledged writes", String(checked.ackedWrites)),
    line("unknown (no answer, not counted)", String(checked.unknownWrites)),
    line("sessions judged", `${checked.sessions}, of them ${checked.logouts} logged out, ${checked.expired} expired`),
    line("cart entries judged one by one", String(checked.cartFields)),
    line("counters judged", String(checked.counters)),
    "",
    line("lost acknowledged writes", count("lost")),
    line("logged-out or expired and back", count("ghost")),
    line("values nobody wrote", count("invented")),
    line("counters outside their bounds", count("wrong-count")),
    line(
      "regions equal",
      final.convergedAfterMs === null
        ? "NO: digests differ"
        : `yes, all ${Object.keys(final.digests).length} have digest ${digest}…, ${final.convergedAfterMs.toFixed(0)} ms after the last request`,
    ),
    "",
    line(
      "lag, acknowledged to visible",
      `p50 ${lag.p50Ms.toFixed(1)} ms, p99 ${lag.p99Ms.toFixed(1)} ms, max ${lag.maxMs.toFixed(1)} ms (${lag.samples} probes)`,
    ),
    ...lag.byLink.map((link) =>
      line(`    ${link.link}`, `p50 ${link.p50Ms.toFixed(1)} ms, p99 ${link.p99Ms.toFixed(1)} ms`),
    ),
    "",
    ...verdict.findings.slice(0, 20).map(({ kind, what }) => `  ${kind}: ${what}`),
    verdict.findings.length === 0
      ? "  Nothing acknowledged was lost, nothing diverged."
      : `  ${verdict.findings.length} findings: this must not be.`,
    "",
  ];
  return lines.join("\n");
}
