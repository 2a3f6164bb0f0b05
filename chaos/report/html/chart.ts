import { formatFigure } from "../judge.ts";
import type { Report } from "../report.ts";
import { coordinate, escape } from "./markup.ts";
import { type TimeAxis, WIDTH } from "./time-axis.ts";

const HEIGHT = 100;
const DECADES_MS = [0.1, 1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

export interface Line {
  readonly name: string;
  /** 1 to 4: which of the page's colours. */
  readonly colour: number;
  readonly values: readonly (number | null)[];
  readonly filled?: boolean;
}

/**
 * Times over time, on a scale of powers of ten: a lag of 40 ms and an outage of a minute are both to be read off. The drawing is stretched to the
 * page; its words are not in it, so that they are as large on a telephone.
 */
export function renderChart(
  report: Report,
  axis: TimeAxis,
  title: string,
  about: string,
  lines: readonly Line[],
): string {
  const values = lines.flatMap((line) => line.values.filter((value): value is number => value !== null && value > 0));
  if (values.length === 0) return "";
  const low = DECADES_MS.findLast((decade) => decade <= Math.max(0.1, Math.min(...values))) ?? 0.1;
  const high = DECADES_MS.find((decade) => decade >= Math.max(...values) && decade > low) ?? 1_000_000;
  const y = (value: number): number => {
    const share = Math.log10(Math.max(value, low) / low) / Math.log10(high / low);
    return HEIGHT * (1 - share);
  };
  const decades = DECADES_MS.filter((decade) => decade >= low && decade <= high);
  const grid = decades.map(
    (decade) => `<line class="grid" x1="0" x2="${WIDTH}" y1="${coordinate(y(decade))}" y2="${coordinate(y(decade))}"/>`,
  );
  const labels = decades.map(
    (decade) => `<span style="top:${coordinate(y(decade))}%">${formatFigure(decade, "ms")}</span>`,
  );
  const legend = lines.map(({ name, colour }) => `<span class="key c${colour}">${escape(name)}</span>`);
  const data = lines.map(({ name, values: line }) => ({
    name,
    values: line.map((value) => (value === null ? null : Math.round(value * 10) / 10)),
  }));
  return `<figure class="chart" data-lines="${escape(JSON.stringify(data))}">
<figcaption><b>${escape(title)}</b> <span class="about">${escape(about)}</span><span class="legend">${legend.join("")}</span></figcaption>
<div class="plot"><div class="scale">${labels.join("")}</div>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${escape(title)}">${axis.renderBackground(report, HEIGHT)}${grid.join("")}${lines.map((line) => renderLine(axis, line, y)).join("")}</svg></div>
${axis.renderTicks()}</figure>`;
}

function renderLine(axis: TimeAxis, { values, colour, filled }: Line, y: (value: number) => number): string {
  const runs: string[] = [];
  const areas: string[] = [];
  let run: string[] = [];
  let fromX = 0;
  const finish = (lastX: number): void => {
    // A bin alone is a dot: a line of no length with round ends.
    if (run.length === 1) run.push(`${coordinate(lastX + 0.01)} ${run[0]!.split(" ")[1]}`);
    if (run.length > 0) {
      runs.push(`M${run.join("L")}`);
      areas.push(`M${coordinate(fromX)} ${HEIGHT}L${run.join("L")}L${coordinate(lastX)} ${HEIGHT}Z`);
    }
    run = [];
  };
  for (const [index, value] of values.entries()) {
    if (value === null) {
      finish(axis.binX(index - 1));
      continue;
    }
    if (run.length === 0) fromX = axis.binX(index);
    run.push(`${coordinate(axis.binX(index))} ${coordinate(y(value))}`);
  }
  finish(axis.binX(values.length - 1));
  const area = filled === true ? `<path class="area c${colour}" d="${areas.join("")}"/>` : "";
  return `${area}<path class="line c${colour}" d="${runs.join("")}"/>`;
}
