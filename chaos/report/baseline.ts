import { FIGURE_NAMES, FIGURES, type FigureName, type Figures, type FigureUnit } from "../figures/figure-names.ts";

/** This run beside an earlier one of the same scenario. It informs; budgets alone decide. */
export interface Baseline {
  readonly scenario: string;
  readonly startedAt: string;
  readonly verdict: string;
  readonly rows: readonly {
    readonly figure: FigureName;
    readonly unit: FigureUnit;
    readonly before: number;
    readonly now: number;
    readonly change: "same" | "better" | "worse";
  }[];
}

/** Runs on shared machines differ by this much without any reason. */
const NOISE_RATIO = 1.25;
const NOISE_MS = 20;

interface Earlier {
  readonly run: { readonly scenario: string; readonly startedAt: string };
  readonly verdict: string;
  readonly figures: Figures;
}

export function compareWith(earlier: Earlier, now: Figures): Baseline {
  const rows = FIGURE_NAMES.flatMap((figure) => {
    const before = earlier.figures[figure];
    const current = now[figure];
    if (before === null || current === null) return [];
    const { unit } = FIGURES[figure];
    return [{ figure, unit, before, now: current, change: changeOf(figure, before, current) }];
  });
  return { scenario: earlier.run.scenario, startedAt: earlier.run.startedAt, verdict: earlier.verdict, rows };
}

/** What is better when there is more of it. */
function isMoreBetter(figure: FigureName): boolean {
  return figure.startsWith("availability.") || figure === "writes.acked";
}

function changeOf(figure: FigureName, before: number, now: number): "same" | "better" | "worse" {
  const { unit } = FIGURES[figure];
  const [low, high] = [Math.min(before, now), Math.max(before, now)];
  if (unit === "ms" && (high - low <= NOISE_MS || high <= low * NOISE_RATIO)) return "same";
  if (unit === "share" && high - low < 0.005) return "same";
  if (figure.startsWith("writes.") && high <= low * NOISE_RATIO) return "same";
  if (high === low) return "same";
  return now > before === isMoreBetter(figure) ? "better" : "worse";
}
