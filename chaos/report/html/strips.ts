import type { Report } from "../report.ts";
import type { ServiceSeries } from "../series.ts";
import { coordinate, escape } from "./markup.ts";
import { type TimeAxis, WIDTH } from "./time-axis.ts";

const HEIGHT = 30;
const PARTS = ["acked", "failed", "unknown"] as const;

/** What became of the operations that were due, region by region and bin by bin; and when each region did not serve. */
export function renderStrips(report: Report, axis: TimeAxis): string {
  const { service } = report.series;
  if (service.length === 0) return "";
  const data = service.map((each) => ({
    name: each.name,
    values: each.acked.map((acked, bin) => `${acked} · ${each.failed[bin]} · ${each.unknown[bin]}`),
  }));
  return `<figure class="chart strips" data-lines="${escape(JSON.stringify(data))}">
<figcaption><b>Service</b> <span class="about">operations by the region they were sent to, every ${axis.widthMs} ms</span><span class="legend"><span class="key acked">acked</span><span class="key failed">failed</span><span class="key unknown">no answer</span><span class="key away">region away</span></span></figcaption>
${service.map((each) => renderStrip(report, axis, each)).join("\n")}
${axis.renderTicks()}</figure>`;
}

function renderStrip(report: Report, axis: TimeAxis, strip: ServiceSeries): string {
  const totals = strip.acked.map((acked, bin) => acked + strip.failed[bin]! + strip.unknown[bin]!);
  const most = Math.max(1, ...totals);
  const away = report.series.away
    .filter(({ region }) => region === strip.name)
    .map(({ fromMs, toMs }) => {
      const x = axis.x(fromMs);
      return `<rect class="away" x="${coordinate(x)}" y="0" width="${coordinate(axis.x(toMs) - x)}" height="${HEIGHT}"/>`;
    });
  const cells = totals.map((_, bin) => renderCell(axis, strip, bin, most));
  const lost = totals.reduce((sum, total) => sum + total, 0) - strip.acked.reduce((sum, acked) => sum + acked, 0);
  const share = totals.length === 0 ? "" : lost === 0 ? "all acked" : `${lost.toLocaleString("en-US")} not acked`;
  return `<div class="strip"><div class="name"><b>${escape(strip.name)}</b><i>${share}</i></div><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="operations of ${escape(strip.name)}">${axis.renderBackground(report, HEIGHT)}${away.join("")}${cells.join("")}</svg></div>`;
}

function renderCell(axis: TimeAxis, strip: ServiceSeries, bin: number, most: number): string {
  const fromMs = axis.fromMs + bin * axis.widthMs;
  const x = axis.x(fromMs);
  const width = Math.max(0.5, axis.x(fromMs + axis.widthMs) - x - 0.6);
  let top = HEIGHT;
  return PARTS.map((part) => {
    const count = strip[part][bin]!;
    if (count === 0) return "";
    // A single failure among hundreds must be seen.
    const height = Math.max(part === "acked" ? 0 : 3, (count / most) * HEIGHT);
    top = Math.max(0, top - height);
    return `<rect class="${part}" x="${coordinate(x)}" y="${coordinate(top)}" width="${coordinate(width)}" height="${coordinate(height)}"/>`;
  }).join("");
}
