import { FIGURE_NAMES, FIGURES } from "../../figures/figure-names.ts";
import type { Finding } from "../../checkers/finding.ts";
import type { Fates } from "../../checkers/lost.ts";
import { DEFINITIONS } from "../definitions.ts";
import { formatFigure } from "../judge.ts";
import type { Report } from "../report.ts";
import { CONCERNS, showFigure } from "../summary.ts";
import { renderChart, type Line } from "./chart.ts";
import { escape, seconds } from "./markup.ts";
import { renderStrips } from "./strips.ts";
import { renderFaultLabels, TimeAxis } from "./time-axis.ts";

const EXPOSURE_LINES: readonly (readonly [string, string, number])[] = [
  ["local", "acked here alone", 2],
  ["one", "waited for one other region", 1],
  ["all", "waited for all", 3],
  ["everywhere", "not yet in every region", 4],
];

export function renderTimeline(report: Report): string {
  const axis = new TimeAxis(report);
  const { series } = report;
  const exposure: Line[] = EXPOSURE_LINES.flatMap(([key, name, colour]) => {
    const values = series.exposureMs[key];
    return values === undefined ? [] : [{ name, colour, values, filled: key === "local" }];
  });
  const charts = [
    renderStrips(report, axis),
    renderChart(report, axis, "Latency", "due to answered, by when it was due", [
      { name: "p99", colour: 2, values: series.latencyP99Ms },
      { name: "p50", colour: 1, values: series.latencyP50Ms },
    ]),
    renderChart(report, axis, "Replication lag", "acked in one region to visible in another, by when it was acked", [
      { name: "worst", colour: 2, values: series.lagMaxMs },
      { name: "p50", colour: 1, values: series.lagP50Ms },
    ]),
    renderChart(report, axis, "Exposure", "age of the oldest acked write that no other region has", exposure),
  ];
  const label = JSON.stringify({ fromMs: series.fromMs, widthMs: series.widthMs, count: series.count });
  return `<h2>Timeline <small>seconds since the run began; bands are faults</small></h2>
<section class="card time" data-axis="${escape(label)}">${renderFaultLabels(report, axis)}${charts.join("\n")}<div id="cursor"></div></section>`;
}

export function renderLosses(report: Report): string {
  const { losses, fates } = report;
  const share = (value: number | null): string => (value === null ? "–" : formatFigure(value, "share"));
  const rows: string[] = [];
  for (const [title, loss] of [
    ["every region comes back", losses.returns],
    ["the region never comes back, its disk gone", losses.never],
  ] as const) {
    if (loss === null) {
      rows.push(`<tr><td>${title}</td><td class="n" colspan="3">not read in this scenario</td></tr>`);
      continue;
    }
    rows.push(
      `<tr><td>${title}</td><td class="n"><b>${loss.writes.toLocaleString("en-US")}</b></td><td class="n">${share(loss.share)}</td><td class="n"><b>${formatFigure(loss.windowMs, "ms")}</b></td></tr>`,
    );
    if (loss !== losses.never) continue;
    for (const concern of ["local", "one", "all"] as const) {
      const { writes, windowMs } = loss.byConcern[concern];
      rows.push(
        `<tr><td class="soft">&emsp;of writes confirmed ${CONCERNS[concern]}</td><td class="n">${writes.toLocaleString("en-US")}</td><td class="n"></td><td class="n">${formatFigure(windowMs, "ms")}</td></tr>`,
      );
    }
  }
  return `<h2>What was lost</h2><section class="card"><div class="scroll"><table><thead><tr><th>if</th><th class="n">acked writes lost</th><th class="n">share</th><th class="n">loss window</th></tr></thead><tbody>${rows.join("")}</tbody></table></div></section>
<div class="two" style="margin-top:12px"><section class="card"><h3>What became of acked writes, all back</h3>${renderFates(fates.returns)}</section>
${losses.never === null ? "" : `<section class="card"><h3>…if it never came back</h3>${renderFates(fates.never)}</section>`}</div>`;
}

const FATE_COLOURS: Readonly<Record<keyof Fates, string>> = {
  kept: "var(--acked)",
  superseded: "var(--c1)",
  merged: "var(--c3)",
  expired: "var(--away)",
  lost: "var(--failed)",
};

function renderFates(fates: Fates): string {
  const shown = (Object.keys(FATE_COLOURS) as (keyof Fates)[]).filter((fate) => fates[fate] > 0 || fate === "lost");
  const bars = shown
    .filter((fate) => fates[fate] > 0)
    .map((fate) => `<span class="f-${fate}" style="flex:${fates[fate]}"></span>`);
  const keys = shown.map(
    (fate) => `<span style="--k:${FATE_COLOURS[fate]}"><b>${fates[fate].toLocaleString("en-US")}</b> ${fate}</span>`,
  );
  return `<div class="fates">${bars.join("")}</div><div class="fate-key">${keys.join("")}</div>`;
}

const FINDINGS_OPEN = 3;

/** What is held against the run, and apart from it what would be gone with a region that never came back: that is not a fault but a price. */
export function renderFindings({ findings, findingCounts }: Report): string {
  const total = (isPrice: boolean): number =>
    Object.entries(findingCounts)
      .filter(([name]) => !name.endsWith("not promised") && name.endsWith("never came back") === isPrice)
      .reduce((sum, [, count]) => sum + count, 0);
  const held = findings.filter(({ when }) => when !== "survivors");
  const price = findings.filter(({ when }) => when === "survivors");
  return (
    renderStories("Findings", held, total(false), FINDINGS_OPEN, "") +
    renderStories("What would be gone if it never came back", price, total(true), 0, " soft")
  );
}

function renderStories(
  heading: string,
  findings: readonly Finding[],
  total: number,
  open: number,
  mood: string,
): string {
  if (total === 0) return "";
  const stories = findings.map(({ kind, title, story }, index) => {
    const steps = story.map(
      ({ atMs, text }) =>
        `<li><time>${seconds(atMs)}</time><span${/^(?:fault|healed):/u.test(text) ? ' class="f"' : ""}>${escape(text)}</span></li>`,
    );
    const body = steps.length === 0 ? "" : `<ol class="story">${steps.join("")}</ol>`;
    return `<details${index < open ? " open" : ""}><summary><span class="kind${mood}">${kind}</span>${escape(title)}</summary>${body}</details>`;
  });
  const more =
    total > findings.length
      ? `<p class="soft">${(total - findings.length).toLocaleString("en-US")} more are told by the record.</p>`
      : "";
  return `<h2>${heading} <small>${total.toLocaleString("en-US")}</small></h2><section class="card">${stories.join("")}${more}</section>`;
}

export function renderFigures(report: Report): string {
  const compared = new Map(report.baseline?.rows.map((row) => [row.figure, row]));
  const rows = FIGURE_NAMES.filter((name) => report.figures[name] !== null).map((name) => {
    const row = compared.get(name);
    const before = row === undefined ? "" : formatFigure(row.before, row.unit);
    const change =
      row === undefined || row.change === "same"
        ? ""
        : `<span class="mark ${row.change === "better" ? "kept" : "broken"}">${row.change}</span>`;
    const beside = report.baseline === null ? "" : `<td class="n">${before}</td><td class="n">${change}</td>`;
    return `<tr><td>${escape(FIGURES[name].what)} <code class="hide">${name}</code></td><td class="n"><b>${escape(showFigure(report, name))}</b></td>${beside}</tr>`;
  });
  const head = report.baseline === null ? "" : `<th class="n">before</th><th></th>`;
  const since =
    report.baseline === null ? "" : ` <small>beside the run of ${escape(report.baseline.startedAt)}</small>`;
  const clients = report.clients
    .slice(0, 8)
    .map(
      ({ client, vias, gapMs, fromMs }) =>
        `<tr><td>${escape(client)} <span class="soft">${escape(vias.join(", "))}</span></td><td class="n">${formatFigure(gapMs, "ms")}</td><td class="n">${seconds(fromMs)}</td></tr>`,
    );
  const blind =
    clients.length === 0
      ? ""
      : `<h2>Clients that were blind longest</h2><section class="card scroll"><table><thead><tr><th>client</th><th class="n">without a success for</th><th class="n">from</th></tr></thead><tbody>${clients.join("")}</tbody></table></section>`;
  const table = `<table><thead><tr><th>figure</th><th class="n">measured</th>${head}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
  return `${blind}<h2>All figures${since}</h2><section class="card scroll"><details><summary>${rows.length} figures</summary>${table}</details></section>`;
}

export function renderBackground({ run, events }: Report): string {
  const facts: (readonly [string, string])[] = [
    ["scenario", run.scenario],
    ["regions", run.regions.join(", ")],
    ...Object.entries(run.links),
    ["proxy between them", run.proxy],
    ...Object.entries(run.programs),
    ...Object.entries(run.environment),
  ];
  const list = (pairs: readonly (readonly [string, string])[]): string =>
    `<dl>${pairs.map(([term, meaning]) => `<dt>${escape(term)}</dt><dd>${escape(meaning)}</dd>`).join("")}</dl>`;
  const steps = events.map(
    ({ atMs, kind, region, detail }) =>
      `<li><time>${seconds(atMs)}</time><span>${escape([kind, region, detail].filter(Boolean).join(" · "))}</span></li>`,
  );
  const happened =
    steps.length === 0
      ? ""
      : `<h2>What happened</h2><section class="card"><details><summary>${steps.length} events</summary><ol class="story">${steps.join("")}</ol></details></section>`;
  return `${happened}<h2>Definitions</h2><section class="card">${list(DEFINITIONS.map(({ term, meaning }) => [term, meaning]))}</section>
<h2>Environment</h2><section class="card">${list(facts)}</section>`;
}
