import type { FigureName } from "../../figures/figure-names.ts";
import { formatFigure, type BudgetRow } from "../judge.ts";
import { boundOf } from "../junit.ts";
import type { Report } from "../report.ts";
import { showFigure } from "../summary.ts";
import { escape } from "./markup.ts";

const VERDICTS = {
  green: ["✓", "Within budgets"],
  red: ["✕", "A budget is broken"],
  unknown: ["?", "Unknown: this run says too little"],
  failed: ["!", "The harness failed: this run says nothing"],
} as const;

export function renderVerdict(report: Report): string {
  const { verdict, reasons, run } = report;
  const [sign, words] = VERDICTS[verdict];
  const list = reasons.map((reason) => `<li>${escape(reason)}</li>`).join("");
  const rate = run.ratePerSecond > 0 ? ` at ${run.ratePerSecond}/s` : "";
  const meta = [
    run.regions.join(", "),
    `${run.operations.toLocaleString("en-US")} operations${rate} in ${formatFigure(run.durationMs, "ms")}`,
    `seed ${run.seed}`,
    run.profile,
    run.proxy,
    run.startedAt.replace("T", " ").replace(/:\d\d(?:[.]\d+)?Z$/u, " UTC"),
  ];
  return `<header class="verdict ${verdict}"><div class="badge" id="verdict"><span aria-hidden="true">${sign}</span>${words}</div>
<h1>${escape(run.title)}</h1>
<p class="lead">${escape(lead(report))}</p>
<p class="meta">${meta.map(escape).join(" · ")}</p>${list === "" ? "" : `<ul class="reasons">${list}</ul>`}</header>`;
}

/** The run in a sentence or two. */
function lead(report: Report): string {
  const { figures } = report;
  const none = (name: FigureName): boolean => figures[name] === 0;
  const sentences: string[] = [];
  if (none("lost.returns.writes") && none("divergence.keys")) {
    sentences.push(`Nothing of ${showFigure(report, "writes.acked")} acknowledged writes was lost, nothing diverged.`);
  } else if (figures["lost.returns.writes"] !== null) {
    sentences.push(
      `${showFigure(report, "lost.returns.writes")} of ${showFigure(report, "writes.acked")} acknowledged writes were lost, ${showFigure(report, "divergence.keys")} keys diverged.`,
    );
  }
  if (figures["gap.maxMs"] !== null)
    sentences.push(`No client that may ask elsewhere was blind for longer than ${showFigure(report, "gap.maxMs")}.`);
  return sentences.join(" ");
}

/** The answers to the question a user asks: what have I lost, for how long was I blind, does it all come back? */
export function renderTiles(report: Report): string {
  const { figures } = report;
  const show = (name: FigureName): string => escape(showFigure(report, name));
  const tile = (key: string, value: string, about: string, mood = ""): string =>
    `<div class="tile ${mood}"><div class="k">${key}</div><div class="v">${value}</div><div class="d">${about}</div></div>`;
  const lost = figures["lost.returns.writes"];
  const moodOf = (count: number | null): string => (count === null ? "" : count > 0 ? "bad" : "good");
  return `<section class="tiles">${[
    tile(
      "Lost, every region comes back",
      show("lost.returns.writes"),
      lost === null || lost === 0
        ? "acknowledged writes"
        : `writes; window ${show("lost.returns.windowMs")}, span ${show("lost.returns.spanMs")}`,
      moodOf(lost),
    ),
    tile(
      "Lost, it never comes back",
      show("lost.never.writes"),
      figures["lost.never.writes"] === null
        ? "not part of this scenario"
        : `writes; window ${show("lost.never.windowMs")}`,
    ),
    tile(
      "Clients blind, worst",
      show("gap.maxMs"),
      `median ${show("gap.p50Ms")} · detected ${show("gap.detectedMs")} · decided ${show("gap.decidedMs")}`,
    ),
    tile(
      "Equal again after the heal",
      show("convergence.afterHealMs"),
      `caught up after ${show("convergence.caughtUpMs")}`,
    ),
    tile(
      "Replication lag",
      show("lag.healthy.p50Ms"),
      `p99 ${show("lag.healthy.p99Ms")} · under the fault p99 ${show("lag.fault.p99Ms")}`,
    ),
    tile("Exposure, worst", show("exposure.local.maxMs"), "age of what one region alone had"),
    tile("Logout refused elsewhere", show("revocation.p50Ms"), `worst ${show("revocation.maxMs")}`),
    tile(
      "Available",
      show("availability.share"),
      `under the fault ${show("availability.fault.share")} · p99 ${show("latency.fault.p99Ms")}`,
    ),
  ].join("")}</section>`;
}

const ORDER = { broken: 0, unknown: 1, kept: 2 };
const MARKS = { broken: "✕ <b>broken</b>", unknown: "? <b>not measured</b>", kept: "✓ <b>kept</b>" };

export function renderBudgets({ budgets }: Report): string {
  // What must be nothing and is, is one line for all.
  const isPlain = ({ result, max, measured }: BudgetRow): boolean => result === "kept" && max === 0 && measured === 0;
  const rows = budgets
    .filter((row) => !isPlain(row))
    .toSorted((left, right) => ORDER[left.result] - ORDER[right.result])
    .map(
      (row) =>
        `<tr class="${row.result}"><td>${escape(row.what)} <code class="hide">${row.figure}</code></td><td class="n">${escape(boundOf(row))}</td><td class="n"><b>${row.measured === null ? "–" : escape(formatFigure(row.measured, row.unit))}</b></td><td class="n"><span class="mark ${row.result}">${MARKS[row.result]}</span></td></tr>`,
    );
  const plain = budgets.filter(isPlain).map(({ what }) => `<span>✓ no ${escape(what)}</span>`);
  const table =
    rows.length === 0
      ? ""
      : `<div class="scroll"><table><thead><tr><th>budget</th><th class="n">allowed</th><th class="n">measured</th><th></th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
  const chips =
    plain.length === 0
      ? ""
      : `<div class="chips"><p>Rules without exception that were kept:</p>${plain.join("")}</div>`;
  return `<h2>Budgets</h2><section class="card">${table}${chips}</section>`;
}
