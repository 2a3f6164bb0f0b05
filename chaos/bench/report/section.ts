import type { BarPlot } from "./bar-plot.ts";

/** A part of the page: paragraphs, tables and pictures, and the pictures by their files' names. */
export interface Section {
  readonly title: string;
  readonly body: readonly string[];
  readonly plots: Readonly<Record<string, BarPlot>>;
}
