import type { Report } from "../report.ts";
import { coordinate, escape } from "./markup.ts";

/** All charts are this many units wide and stretched to the page: one moment stands at one place in all of them. */
export const WIDTH = 1000;

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
const TICKS_MAX = 8;

export class TimeAxis {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly widthMs: number;

  constructor({ series }: Report) {
    this.fromMs = series.fromMs;
    this.widthMs = series.widthMs;
    this.untilMs = series.fromMs + series.widthMs * series.count;
  }

  /** 0 to WIDTH. */
  x(atMs: number): number {
    const share = (atMs - this.fromMs) / (this.untilMs - this.fromMs);
    return Math.min(WIDTH, Math.max(0, share * WIDTH));
  }

  /** The middle of a bin. */
  binX(index: number): number {
    return this.x(this.fromMs + (index + 0.5) * this.widthMs);
  }

  percent(atMs: number): string {
    return `${coordinate((this.x(atMs) / WIDTH) * 100)}%`;
  }

  get ticks(): readonly number[] {
    const lengthS = (this.untilMs - this.fromMs) / 1000;
    const step = STEPS_S.find((each) => lengthS / each <= TICKS_MAX) ?? Math.ceil(lengthS / TICKS_MAX);
    const ticks: number[] = [];
    for (let at = Math.ceil(this.fromMs / 1000 / step) * step; at * 1000 <= this.untilMs; at += step)
      ticks.push(at * 1000);
    return ticks;
  }

  renderTicks(): string {
    const ticks = this.ticks
      .filter((atMs) => this.x(atMs) < WIDTH * 0.97)
      .map((atMs) => `<span style="left:${this.percent(atMs)}">${Math.round(atMs / 1000)} s</span>`);
    return `<div class="ticks">${ticks.join("")}</div>`;
  }

  /** Vertical lines for the ticks, and the bands of the faults, `height` units high. */
  renderBackground({ faults }: Report, height: number): string {
    const bands = faults.map(({ beginMs, healMs }) => {
      const from = this.x(beginMs);
      const width = Math.max(1.5, this.x(healMs ?? this.untilMs) - from);
      return `<rect class="band" x="${coordinate(from)}" y="0" width="${coordinate(width)}" height="${height}"/>`;
    });
    const lines = this.ticks.map((atMs) => {
      const x = coordinate(this.x(atMs));
      return `<line class="grid" x1="${x}" x2="${x}" y1="0" y2="${height}"/>`;
    });
    return lines.join("") + bands.join("");
  }
}

/** Labels of the faults above the charts, each where its band begins, and below each other where they would touch. */
export function renderFaultLabels(report: Report, axis: TimeAxis): string {
  const labels = report.faults.map(({ title, beginMs, healMs }) => {
    const from = axis.x(beginMs);
    const to = axis.x(healMs ?? axis.untilMs);
    const end = healMs === null ? "never healed" : `healed after ${((healMs - beginMs) / 1000).toFixed(1)} s`;
    // A band near the right edge is labelled to its left.
    const side =
      from > WIDTH * 0.55 ? `right:${coordinate(100 - to / 10)}%;text-align:right` : `left:${coordinate(from / 10)}%`;
    return `<div class="fault"><span class="bar" style="left:${coordinate(from / 10)}%;width:${coordinate(Math.max(0.4, (to - from) / 10))}%"></span><span class="label" style="${side}"><b>${escape(title)}</b> <i>${end}</i></span></div>`;
  });
  return `<div class="faults">${labels.join("")}</div>`;
}
