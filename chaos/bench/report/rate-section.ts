import type { BenchRow } from "../comparison.ts";
import { aimOf } from "./aims.ts";
import type { Bar, BarPlot } from "./bar-plot.ts";
import { perSecond, repeat, table, yesOrNo } from "./markdown.ts";
import { newestRows, type ResultsFile, type Sourced } from "./results-file.ts";
import type { Section } from "./section.ts";

const WORKS = ["W1", "W2", "W3", "W4", "W5", "W13", "W14"];
const SETTINGS = ["rounds", "requests", "restSeconds"];

/** W1 to W5, W13, W14: how many a second, beside a peer. */
export function rateSection(files: readonly ResultsFile[]): Section | null {
  const rows = newestRows(files, WORKS);
  if (rows.length === 0) return null;
  const lines = rows.map(({ value }) => rowOf(value));
  const sources = [...new Map(rows.map((row) => [row.file.name, row])).values()];
  const body = [
    "![Ratios to peers: bars that reach the dashed line are as fast as the peer](ratios.svg)",
    table(["#", "work", "Antipode", "peer", "its rate", "ratio", "rounds from – to", "aim", "met"], lines),
    sources.map(({ file }) => repeat(worksOf(rows, file), SETTINGS, file)).join("\n\n"),
  ];
  return { title: "Rates", body, plots: { "ratios.svg": plotOf(rows.map(({ value }) => value)) } };
}

function worksOf(rows: readonly Sourced<BenchRow>[], file: ResultsFile): string {
  return [...new Set(rows.filter((row) => row.file === file).map(({ value }) => value.work))].join(",");
}

function rowOf(row: BenchRow): readonly string[] {
  const { work, what, antipode, peer, peerName = "Redis", ratio } = row;
  const aim = aimOf(row);
  return [
    work,
    what,
    perSecond(antipode),
    peerName,
    peer === null ? "–" : perSecond(peer),
    ratio === null ? "–" : ratio.toFixed(2),
    spread(row),
    aim === undefined ? "–" : `≥ ${aim}`,
    aim === undefined || ratio === null ? "–" : yesOrNo(ratio >= aim),
  ];
}

/** Least and greatest ratio of what ran one after the other. */
function spread({ runs }: BenchRow): string {
  const ratios = runs.antipode.flatMap((ours, round) => {
    const theirs = runs.peer[round];
    return theirs === undefined ? [] : [ours / theirs];
  });
  return ratios.length < 2 ? "–" : `${Math.min(...ratios).toFixed(2)} – ${Math.max(...ratios).toFixed(2)}`;
}

function plotOf(rows: readonly BenchRow[]): BarPlot {
  const bars = rows.flatMap((row): readonly Bar[] => {
    const { work, what, peerName = "Redis", ratio } = row;
    if (ratio === null) return [];
    const aim = aimOf(row);
    const label = peerName === "Redis" ? `${work} ${what}` : `${work} ${what} (${peerName})`;
    return [
      {
        label: short(label),
        value: ratio,
        text: ratio.toFixed(2),
        whose: "ours",
        ...(aim === undefined ? {} : { aim }),
      },
    ];
  });
  return {
    title: "Antipode's rate divided by its peer's; orange: the aim",
    bars,
    axis: "logarithmic",
    reference: 1,
  };
}

function short(label: string): string {
  return label
    .replace(", commands", "")
    .replace("SET, synced, in two regions", "SET in two regions")
    .replace(" with a replica", "")
    .replace(" on Redis", "");
}
