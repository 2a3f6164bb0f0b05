import type { CheckResult } from "../checkers/check.ts";
import { isWrite } from "../checkers/effects.ts";
import type { FindingKind } from "../checkers/finding.ts";
import type { OpLine } from "../record/lines.ts";
import type { RunRecord } from "../record/record.ts";
import { caughtUpMs } from "./convergence.ts";
import { greatest, percentile } from "./distribution.ts";
import { exposureOf, type ExposurePoint } from "./exposure.ts";
import type { Figures } from "./figure-names.ts";
import { clientGaps, type ClientGap } from "./gaps.ts";
import { latencyOf } from "./latency.ts";
import { lossesOf, type Losses } from "./losses.ts";
import { phasesOf, type Phases } from "./phases.ts";
import { stalenessOf } from "./staleness.ts";

export interface Measured {
  readonly figures: Figures;
  readonly phases: Phases;
  readonly exposure: readonly ExposurePoint[];
  readonly gaps: readonly ClientGap[];
  readonly returns: Losses | null;
  readonly never: Losses | null;
}

/** Every figure of a run, from its record and what the checkers found. */
export function measure(record: RunRecord, checked: CheckResult): Measured {
  const phases = phasesOf(record);
  const exposure = exposureOf(record, phases, checked.findings);
  const gaps = clientGaps(record, phases);
  const returns = lossesOf(record, phases, checked.findings, checked.fates.healed, "healed");
  const never = lossesOf(record, phases, checked.findings, checked.fates.survivors, "survivors");
  const writes = record.ops.filter(({ op }) => isWrite(op));
  const figures: Figures = {
    "writes.acked": count(writes, ({ outcome }) => outcome === "acked"),
    "writes.unknown": count(writes, ({ outcome }) => outcome === "unknown"),
    "writes.failed": count(writes, ({ outcome }) => outcome === "failed"),
    "lost.returns.writes": returns?.writes ?? null,
    "lost.returns.share": returns?.share ?? null,
    "lost.returns.windowMs": returns?.windowMs ?? null,
    "lost.returns.spanMs": returns?.spanMs ?? null,
    "lost.never.writes": never?.writes ?? null,
    "lost.never.share": never?.share ?? null,
    "lost.never.windowMs": never?.windowMs ?? null,
    "lost.never.spanMs": never?.spanMs ?? null,
    "lost.never.local.windowMs": never?.byConcern.local.windowMs ?? null,
    "lost.never.one.windowMs": never?.byConcern.one.windowMs ?? null,
    "lost.never.all.windowMs": never?.byConcern.all.windowMs ?? null,
    "exposure.local.p99Ms": percentile(
      exposure.map(({ local }) => local),
      99,
    ),
    "exposure.local.maxMs": greatest(exposure.map(({ local }) => local)),
    "exposure.one.maxMs": greatest(exposure.map(({ one }) => one)),
    "exposure.all.maxMs": greatest(exposure.map(({ all }) => all)),
    "exposure.everywhere.maxMs": greatest(exposure.map(({ everywhere }) => everywhere)),
    ...gapFigures(record, phases, gaps),
    ...lagFigures(record, phases),
    ...staleFigures(checked),
    ...violations(record, checked),
    ...convergenceFigures(record, phases),
    ...serviceFigures(record, phases),
  };
  return { figures, phases, exposure, gaps, returns, never };
}

function count<T>(items: readonly T[], counts: (item: T) => boolean): number {
  return items.filter(counts).length;
}

type Part<Prefix extends string> = Pick<Figures, Extract<keyof Figures, `${Prefix}.${string}`>>;

function gapFigures({ events, ops }: RunRecord, phases: Phases, all: readonly ClientGap[]): Part<"gap" | "failback"> {
  const pinned = all.filter(({ isPinned }) => isPinned);
  // Where nobody may ask elsewhere, all are alike.
  const gaps = pinned.length === all.length ? all : all.filter(({ isPinned }) => !isPinned);
  const lengths = gaps.map(({ gapMs }) => gapMs);
  const { faultMs, healMs } = phases;
  const first = (kind: "detected" | "decided"): number | null => {
    const event = events.find((each) => each.kind === kind && faultMs !== null && each.atMs >= faultMs);
    return event === undefined ? null : event.atMs - faultMs!;
  };
  const returned = events.find(({ kind, atMs }) => kind === "returned" && healMs !== null && atMs >= healMs);
  const after = gaps.flatMap(({ failbackMs }) => (failbackMs === null ? [] : [failbackMs]));
  const firstSuccess = greatest(gaps.map(({ firstSuccessMs }) => firstSuccessMs));
  return {
    "gap.p50Ms": percentile(lengths, 50),
    "gap.p99Ms": percentile(lengths, 99),
    "gap.maxMs": greatest(lengths),
    "gap.pinned.maxMs": greatest(pinned.map(({ gapMs }) => gapMs)),
    "gap.detectedMs": first("detected"),
    "gap.decidedMs": first("decided"),
    "gap.firstSuccessMs": firstSuccess === Infinity ? null : firstSuccess,
    "failback.gapMs": greatest(after),
    "failback.errors":
      healMs === null ? null : count(ops, ({ outcome, scheduledMs }) => outcome !== "acked" && scheduledMs >= healMs),
    "failback.flaps":
      healMs === null
        ? null
        : count(events, (event) => {
            return event.kind === "decided" && returned !== undefined && event.atMs > returned.atMs;
          }),
  };
}

function lagFigures({ probes }: RunRecord, phases: Phases): Part<"lag" | "revocation"> {
  // What was never seen counts with all the time it was waited for.
  const took = probes.map((probe) => ({
    ...probe,
    tookMs: (probe.seenMs ?? probe.gaveUpMs ?? phases.endMs) - probe.ackedMs,
  }));
  // What was on its way when a fault began was hit by it.
  const phaseOf = ({ ackedMs, tookMs }: { ackedMs: number; tookMs: number }): string => {
    const [from, to] = [phases.phaseOf(ackedMs), phases.phaseOf(ackedMs + tookMs)];
    return from === "healthy" && to !== "healthy" ? "fault" : from;
  };
  const of = (phase: "healthy" | "fault"): readonly number[] =>
    took.filter((probe) => probe.kind === "write" && phaseOf(probe) === phase).map(({ tookMs }) => tookMs);
  const [healthy, fault] = [of("healthy"), of("fault")];
  const logouts = took.filter(({ kind }) => kind === "logout").map(({ tookMs }) => tookMs);
  return {
    "lag.healthy.p50Ms": percentile(healthy, 50),
    "lag.healthy.p99Ms": percentile(healthy, 99),
    "lag.healthy.maxMs": greatest(healthy),
    "lag.fault.p50Ms": percentile(fault, 50),
    "lag.fault.p99Ms": percentile(fault, 99),
    "lag.fault.maxMs": greatest(fault),
    "revocation.p50Ms": percentile(logouts, 50),
    "revocation.p99Ms": percentile(logouts, 99),
    "revocation.maxMs": greatest(logouts),
  };
}

function staleFigures({ history }: CheckResult): Part<"staleness"> {
  const ages = stalenessOf(history);
  return {
    "staleness.staleReads": ages.length,
    "staleness.p50Ms": percentile(ages, 50),
    "staleness.p99Ms": percentile(ages, 99),
    "staleness.maxMs": greatest(ages),
  };
}

function violations(
  { finals }: RunRecord,
  { findings }: CheckResult,
): Part<"sessions" | "divergence" | "ghosts" | "counters" | "transactions" | "causality" | "locks" | "limits"> {
  const of = (kind: FindingKind, promised: "yes" | "no" = "yes"): number =>
    count(findings, (finding) => finding.kind === kind && finding.promised === promised);
  // What can only be told at the end is not known of a run whose end was not read.
  const atEnd = (value: number): number | null => (finals.length === 0 && value === 0 ? null : value);
  // What survivors show is shown once more after the heal.
  const shown = (wanted: FindingKind): number =>
    count(findings, ({ kind, when }) => kind === wanted && when !== "survivors");
  const twice = count(findings, ({ kind, when, ackedMs }) => {
    return kind === "wrong-count" && when !== "survivors" && ackedMs === null;
  });
  return {
    "sessions.readYourWrites": of("read-your-writes"),
    "sessions.monotonicReads": of("monotonic-reads"),
    "sessions.readYourWritesWithoutToken": of("read-your-writes", "no"),
    "sessions.monotonicReadsWithoutToken": of("monotonic-reads", "no"),
    "divergence.keys": atEnd(of("diverged")),
    "ghosts.shown": atEnd(shown("ghost") + twice),
    "ghosts.invented": atEnd(shown("invented")),
    "counters.wrong": atEnd(shown("wrong-count")),
    "transactions.half": of("half-transaction"),
    "causality.broken": of("causality"),
    "locks.twoHolders": of("two-holders"),
    "locks.fencing": of("fencing"),
    "limits.exceeded": of("limit-exceeded"),
  };
}

function convergenceFigures(record: RunRecord, phases: Phases): Part<"convergence"> {
  const { end, ops } = record;
  const equalMs = end?.equalMs ?? null;
  const { healMs } = phases;
  const lastWriteMs = ops.reduce((last, { op, endedMs }) => (isWrite(op) ? Math.max(last, endedMs) : last), 0);
  return {
    "convergence.afterHealMs": equalMs === null || healMs === null ? null : Math.max(0, equalMs - healMs),
    "convergence.afterLastWriteMs": equalMs === null ? null : Math.max(0, equalMs - Math.max(healMs ?? 0, lastWriteMs)),
    "convergence.caughtUpMs": caughtUpMs(record, phases),
  };
}

function serviceFigures(record: RunRecord, phases: Phases): Part<"availability" | "latency"> {
  const latency = latencyOf(record, phases);
  const share = (ops: readonly OpLine[]): number | null =>
    ops.length === 0 ? null : count(ops, ({ outcome }) => outcome === "acked") / ops.length;
  const within = (phase: "healthy" | "fault"): readonly OpLine[] =>
    record.ops.filter(({ scheduledMs }) => phases.phaseOf(scheduledMs) === phase);
  return {
    "availability.share": share(record.ops),
    "availability.healthy.share": share(within("healthy")),
    "availability.fault.share": share(within("fault")),
    "latency.healthy.p50Ms": latency.healthy.percentileMs(50),
    "latency.healthy.p99Ms": latency.healthy.percentileMs(99),
    "latency.fault.p50Ms": latency.fault.percentileMs(50),
    "latency.fault.p99Ms": latency.fault.percentileMs(99),
    "latency.maxMs": latency.all.maxMs,
  };
}
