/** One bar. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Said at its end. */
  readonly text: string;
  /** Where it should end: a tick. */
  readonly aim?: number;
  /** `ours` stands out. */
  readonly whose: "ours" | "peer";
}

export interface BarPlot {
  readonly title: string;
  readonly bars: readonly Bar[];
  /** Ratios and spans of several orders of magnitude are told apart on a logarithmic axis. */
  readonly axis: "linear" | "logarithmic";
  /** A line through all of the bars: what the peer has, where bars are ratios. */
  readonly reference?: number;
}

const WIDTH = 860;
const LABEL_WIDTH = 340;
const TEXT_WIDTH = 90;
const BAR_ROOM = WIDTH - LABEL_WIDTH - TEXT_WIDTH;
const ROW_HEIGHT = 24;
const BAR_HEIGHT = 14;
const HEAD_HEIGHT = 40;

// Colours that carry on white and on near black; the words change theirs, for pages that are dark.
const STYLE = `text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; font-size: 15px; }
.ours { fill: #3b82c4; }
.peer { fill: #9a9a9a; }
.aim { stroke: #d9822b; stroke-width: 3; }
.reference { stroke: #7d8590; stroke-width: 1; stroke-dasharray: 4 3; }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } }`;

/** A plot as SVG text without a background: horizontal bars, one below the other, the same bytes for the same figures. */
export function renderBarPlot(plot: BarPlot): string {
  const { title, bars, reference } = plot;
  const height = HEAD_HEIGHT + bars.length * ROW_HEIGHT + 8;
  const place = scaleOf(plot);
  const parts = bars.map((bar, index) => renderBar(bar, HEAD_HEIGHT + index * ROW_HEIGHT, place));
  if (reference !== undefined) {
    const x = place(reference);
    parts.push(`<line class="reference" x1="${x}" x2="${x}" y1="${HEAD_HEIGHT - 6}" y2="${height - 6}"/>`);
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
<text class="title" x="8" y="22">${escaped(title)}</text>
${parts.join("\n")}
</svg>
`;
}

function renderBar({ label, value, text, aim, whose }: Bar, y: number, place: (value: number) => number): string {
  const end = place(value);
  const middle = y + ROW_HEIGHT / 2;
  const top = middle - BAR_HEIGHT / 2;
  const aimAt = aim === undefined ? 0 : place(aim);
  // Beside a tick, not on it.
  const textAt = aimAt >= end && aimAt < end + TEXT_WIDTH / 2 ? aimAt : end;
  const tick =
    aim === undefined
      ? ""
      : `<line class="aim" x1="${aimAt}" x2="${aimAt}" y1="${top - 3}" y2="${top + BAR_HEIGHT + 3}"/>`;
  return `<text x="${LABEL_WIDTH - 8}" y="${middle + 4}" text-anchor="end">${escaped(label)}</text>
<rect class="${whose}" x="${LABEL_WIDTH}" y="${top}" width="${rounded(end - LABEL_WIDTH)}" height="${BAR_HEIGHT}"/>${tick}
<text x="${rounded(textAt + 8)}" y="${middle + 4}">${escaped(text)}</text>`;
}

/** From a value to its place across, pixels; the largest value or aim ends the room there is. */
function scaleOf({ bars, axis, reference }: BarPlot): (value: number) => number {
  const values = [...bars.flatMap(({ value, aim }) => [value, aim ?? value]), reference ?? 0].filter((one) => one > 0);
  const most = Math.max(...values, Number.MIN_VALUE);
  if (axis === "linear") return (value) => rounded(LABEL_WIDTH + (Math.max(0, value) / most) * BAR_ROOM);
  // Half of the least: so that its bar is one.
  const least = Math.min(...values, most) / 2;
  const span = Math.log(most / least);
  return (value) => rounded(LABEL_WIDTH + (Math.log(Math.max(value, least) / least) / span) * BAR_ROOM);
}

const rounded = (pixels: number): number => Math.round(pixels * 10) / 10;

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
