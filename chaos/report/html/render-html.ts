import type { Report } from "../report.ts";
import { renderBackground, renderFigures, renderFindings, renderLosses, renderTimeline } from "./body-sections.ts";
import { renderBudgets, renderTiles, renderVerdict } from "./head-sections.ts";
import { escape } from "./markup.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";

/** `report.html`: one file, no network (its own policy forbids it), for light and dark, for a desk and a telephone. */
export function renderHtml(report: Report): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}"><link rel="icon" href="data:,">
<title>${escape(`${report.run.scenario}: ${report.verdict}`)}</title><style>${STYLE}</style></head>
<body><main>
${renderVerdict(report)}
${renderTiles(report)}
${renderBudgets(report)}
${renderTimeline(report)}
${renderLosses(report)}
${renderFindings(report)}
${renderFigures(report)}
${renderBackground(report)}
<footer>Made from the record of this run (history.ndjson.gz); the same figures are in report.json.</footer>
</main><div id="tip" role="status"></div><script>${SCRIPT}</script></body></html>
`;
}
