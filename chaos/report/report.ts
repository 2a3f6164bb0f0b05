import { FINDING, type Finding } from "../checkers/finding.ts";
import type { Fates } from "../checkers/lost.ts";
import { FIGURE_NAMES, type FigureName, type Figures, type FigureUnit } from "../figures/figure-names.ts";
import type { Losses } from "../figures/losses.ts";
import { count, dictionary, flag, list, nullable, number, object, text, word, type Shape } from "../record/shape.ts";
import type { Baseline } from "./baseline.ts";
import type { BudgetRow, Verdict } from "./judge.ts";
import { SERIES, type Series } from "./series.ts";

/** Raised whenever a reader of the former version would misunderstand a report. */
export const REPORT_VERSION = 1;

/** `report.json`: all that the other reports show. Times are ms since the run began. */
export interface Report {
  readonly version: number;
  readonly verdict: Verdict;
  readonly exitStatus: number;
  readonly reasons: readonly string[];
  readonly run: RunLabel;
  readonly budgets: readonly BudgetRow[];
  readonly figures: Figures;
  readonly faults: readonly ReportedFault[];
  readonly events: readonly {
    readonly atMs: number;
    readonly kind: string;
    readonly region: string | null;
    readonly detail: string;
  }[];
  readonly fates: { readonly returns: Fates; readonly never: Fates };
  readonly losses: { readonly returns: Losses | null; readonly never: Losses | null };
  /** How many of each kind; `not promised` apart. */
  readonly findingCounts: Readonly<Record<string, number>>;
  /** The first of them; all are in the record. */
  readonly findings: readonly Finding[];
  readonly clients: readonly ReportedClient[];
  readonly series: Series;
  readonly baseline: Baseline | null;
}

export interface RunLabel {
  readonly scenario: string;
  readonly title: string;
  readonly seed: number;
  readonly profile: string;
  readonly regions: readonly string[];
  readonly proxy: string;
  readonly programs: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly links: Readonly<Record<string, string>>;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly ratePerSecond: number;
  readonly openLoop: boolean;
  readonly clients: number;
  readonly operations: number;
}

export interface ReportedFault {
  readonly kind: string;
  readonly title: string;
  readonly regions: readonly string[];
  readonly beginMs: number;
  readonly healMs: number | null;
}

/** The clients that were blind longest. */
export interface ReportedClient {
  readonly client: string;
  readonly vias: readonly string[];
  readonly gapMs: number;
  readonly fromMs: number;
}

const FATES: Shape<Fates> = object<Fates>({
  kept: count,
  superseded: count,
  merged: count,
  expired: count,
  lost: count,
});
const BY_CONCERN = object<Losses["byConcern"]["local"]>({ writes: count, windowMs: number });
const LOSSES: Shape<Losses> = object<Losses>({
  writes: count,
  share: nullable(number),
  windowMs: number,
  spanMs: number,
  byConcern: object<Losses["byConcern"]>({ local: BY_CONCERN, one: BY_CONCERN, all: BY_CONCERN }),
});
const UNIT = word<FigureUnit>("count", "share", "ms");

const GIVEN_FIGURES = dictionary(nullable(number));
/** A report that was written before a figure was thought of did not measure it. */
const FIGURES_SHAPE: Shape<Figures> = {
  schema: GIVEN_FIGURES.schema,
  read(value, path) {
    const given = GIVEN_FIGURES.read(value, path);
    return Object.fromEntries(FIGURE_NAMES.map((name) => [name, given[name] ?? null])) as Figures;
  },
};

export const REPORT: Shape<Report> = object<Report>({
  version: word(REPORT_VERSION),
  verdict: word<Verdict>("green", "red", "unknown", "failed"),
  exitStatus: count,
  reasons: list(text),
  run: object<RunLabel>({
    scenario: text,
    title: text,
    seed: number,
    profile: text,
    regions: list(text),
    proxy: text,
    programs: dictionary(text),
    environment: dictionary(text),
    links: dictionary(text),
    startedAt: text,
    durationMs: number,
    ratePerSecond: number,
    openLoop: flag,
    clients: count,
    operations: count,
  }),
  budgets: list(
    object<BudgetRow>({
      figure: word<FigureName>(...FIGURE_NAMES),
      what: text,
      unit: UNIT,
      min: nullable(number),
      max: nullable(number),
      measured: nullable(number),
      result: word("kept", "broken", "unknown"),
      standing: flag,
    }),
  ),
  figures: FIGURES_SHAPE,
  faults: list(
    object<ReportedFault>({ kind: text, title: text, regions: list(text), beginMs: number, healMs: nullable(number) }),
  ),
  events: list(object<Report["events"][number]>({ atMs: number, kind: text, region: nullable(text), detail: text })),
  fates: object<Report["fates"]>({ returns: FATES, never: FATES }),
  losses: object<Report["losses"]>({ returns: nullable(LOSSES), never: nullable(LOSSES) }),
  findingCounts: dictionary(count),
  findings: list(FINDING),
  clients: list(object<ReportedClient>({ client: text, vias: list(text), gapMs: number, fromMs: number })),
  series: SERIES,
  baseline: nullable(
    object<Baseline>({
      scenario: text,
      startedAt: text,
      verdict: text,
      rows: list(
        object<Baseline["rows"][number]>({
          figure: word<FigureName>(...FIGURE_NAMES),
          unit: UNIT,
          before: number,
          now: number,
          change: word("same", "better", "worse"),
        }),
      ),
    }),
  ),
});
