import { checkRecord, type CheckResult } from "../checkers/check.ts";
import { isWrite } from "../checkers/effects.ts";
import { FIGURE_NAMES, FIGURES, STANDING_BUDGETS, type FigureName, type FigureUnit } from "../figures/figure-names.ts";
import { measure, type Measured } from "../figures/measure.ts";
import type { Budget } from "../record/lines.ts";
import type { RunRecord } from "../record/record.ts";

/** One line of the table of budgets. */
export interface BudgetRow {
  readonly figure: FigureName;
  readonly what: string;
  readonly unit: FigureUnit;
  readonly min: number | null;
  readonly max: number | null;
  /** Null: this run did not measure it. */
  readonly measured: number | null;
  readonly result: "kept" | "broken" | "unknown";
  /** Holds in every run, not only in this scenario. */
  readonly standing: boolean;
}

/** `green` 0, `red` 1, `unknown` 2, `failed` 3: the exit status of the program. */
export type Verdict = "green" | "red" | "unknown" | "failed";

export const EXIT_STATUS: Readonly<Record<Verdict, number>> = { green: 0, red: 1, unknown: 2, failed: 3 };

export interface Judgement {
  readonly record: RunRecord;
  readonly checked: CheckResult;
  readonly measured: Measured;
  readonly budgets: readonly BudgetRow[];
  readonly verdict: Verdict;
  /** Why, in sentences; for green none. */
  readonly reasons: readonly string[];
}

const HEALTHY_SHARE_MIN = 0.95;
const ANSWERED_WITHIN_MS = 3_500;

/**
 * The verdict over a record, old or new, real or simulated. The harness' own failure says nothing of the product and comes first. What a checker
 * found stays found, however little else is known. Then: an empty run, or one that was unwell before its fault, cannot be green, nor red for being
 * slow. `budgets` replaces those of the scenario.
 */
export function judge(record: RunRecord, budgets: readonly Budget[] = record.header.budgets): Judgement {
  const checked = checkRecord(record);
  const measured = measure(record, checked);
  const rows = budgetRows(budgets, measured);
  const failures = failuresOf(record, budgets);
  const unknowns = unknownsOf(record, measured, rows);
  const broken = rows.filter(({ result }) => result === "broken");
  const isCertain = broken.some(({ standing, unit }) => standing || unit === "count");
  const sentences = broken.map(tellBroken);
  const of = (verdict: Verdict, reasons: readonly string[]): Judgement => {
    return { record, checked, measured, budgets: rows, verdict, reasons };
  };
  if (failures.length > 0) return of("failed", failures);
  if (isCertain) return of("red", [...sentences, ...unknowns]);
  if (unknowns.length > 0) return of("unknown", [...unknowns, ...sentences]);
  return sentences.length > 0 ? of("red", sentences) : of("green", []);
}

function budgetRows(budgets: readonly Budget[], { figures }: Measured): readonly BudgetRow[] {
  const known = budgets.filter(({ figure }) => isFigure(figure));
  const named = new Set(known.map(({ figure }) => figure));
  const standing = STANDING_BUDGETS.filter((figure) => !named.has(figure));
  const row = (figure: FigureName, min: number | null, max: number | null, isStanding: boolean): BudgetRow => {
    const measured = figures[figure];
    const isKept = measured !== null && measured >= (min ?? -Infinity) && measured <= (max ?? Infinity);
    const result = measured === null ? "unknown" : isKept ? "kept" : "broken";
    return {
      figure,
      what: FIGURES[figure].what,
      unit: FIGURES[figure].unit,
      min,
      max,
      measured,
      result,
      standing: isStanding,
    };
  };
  return [
    ...standing.map((figure) => row(figure, null, 0, true)),
    ...known.map(({ figure, min, max }) =>
      row(figure as FigureName, min, max, STANDING_BUDGETS.includes(figure as FigureName)),
    ),
  ];
}

function isFigure(name: string): name is FigureName {
  return (FIGURE_NAMES as readonly string[]).includes(name);
}

function failuresOf({ events, end }: RunRecord, budgets: readonly Budget[]): readonly string[] {
  const failures = events.filter(({ kind }) => kind === "failure").map(({ detail }) => `the harness failed: ${detail}`);
  if (end === null) failures.push("the record has no end: the run was cut short");
  for (const { figure } of budgets)
    if (!isFigure(figure)) failures.push(`a budget names "${figure}", which is no figure`);
  return failures;
}

function unknownsOf(record: RunRecord, { figures }: Measured, rows: readonly BudgetRow[]): readonly string[] {
  const { header, finals, samples, probes, faults } = record;
  const reasons: string[] = [];
  if (figures["writes.acked"] === 0) reasons.push("no write was acknowledged");
  if (header.proxy !== "simulated") {
    if (samples.length === 0) reasons.push("no region was ever sampled");
    if (!probes.some(({ kind }) => kind === "write")) reasons.push("no probe of the replication lag ever ran");
  }
  const read = new Set(finals.filter(({ without }) => without === null).map(({ key }) => key));
  const written = record.ops.filter(({ op, outcome }) => isWrite(op) && outcome === "acked" && !isUnread(op.kind));
  const unread = new Set(written.map(({ op }) => ("keys" in op ? op.keys[0] : op.key)).filter((key) => !read.has(key)));
  if (unread.size > 0) reasons.push(`${unread.size} keys with acknowledged writes were not read at the end`);
  if (header.expectsFault) reasons.push(...unwellBefore(record));
  if (header.expectsFault && faults.length === 0) reasons.push("the fault was never injected");
  for (const { result, figure, what } of rows)
    if (result === "unknown") reasons.push(`${figure} was not measured (${what})`);
  return reasons;
}

/** Locks and limits are judged by what was granted, not by what is left of them. */
function isUnread(kind: string): boolean {
  return kind.startsWith("lock.") || kind.startsWith("limit.");
}

function unwellBefore({ header, samples, faults, ops }: RunRecord): readonly string[] {
  if (faults.length === 0) return [];
  // Not until tFault: while the injector's call lasts, the region is already hit.
  const askedMs = Math.min(...faults.map((fault) => fault.askedMs));
  // What was still waiting for its answer when the fault began says nothing, unless it had waited for long.
  const before = ops.filter(
    ({ endedMs, scheduledMs }) => endedMs <= askedMs || scheduledMs <= askedMs - ANSWERED_WITHIN_MS,
  );
  if (before.length === 0) return ["nothing ran before the fault"];
  const share =
    before.filter(({ outcome, endedMs }) => outcome === "acked" && endedMs <= askedMs).length / before.length;
  const reasons: string[] = [];
  if (share < HEALTHY_SHARE_MIN)
    reasons.push(`only ${formatFigure(share, "share")} of the operations succeeded before the fault`);
  for (const region of header.regions) {
    const last = samples.findLast((sample) => sample.region === region && sample.atMs <= askedMs);
    if (last !== undefined && last.state !== "serving") reasons.push(`${region} did not serve before the fault`);
  }
  return reasons;
}

function tellBroken({ figure, what, measured, min, max, unit }: BudgetRow): string {
  const bound =
    max !== null && measured! > max ? `at most ${formatFigure(max, unit)}` : `at least ${formatFigure(min!, unit)}`;
  return `${what}: ${formatFigure(measured!, unit)}; ${bound} is allowed (${figure})`;
}

/** A figure as a person reads it: `1.24 s`, `41.3 ms`, `99.2 %`, `12`. */
export function formatFigure(value: number, unit: FigureUnit): string {
  if (unit === "share") return `${Number((value * 100).toFixed(value > 0.999 && value < 1 ? 3 : 1))} %`;
  if (unit === "count") return value.toLocaleString("en-US");
  if (value >= 10_000) return `${Number((value / 1000).toFixed(1))} s`;
  if (value >= 1_000) return `${Number((value / 1000).toFixed(2))} s`;
  return `${Number(value.toFixed(value < 100 ? 1 : 0))} ms`;
}
