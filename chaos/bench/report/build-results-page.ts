import { renderBarPlot } from "./bar-plot.ts";
import {
  documentsSection,
  growthSection,
  lagSection,
  memorySection,
  partitionSection,
  recoverySection,
  wireSection,
} from "./cost-sections.ts";
import { table } from "./markdown.ts";
import { rateSection } from "./rate-section.ts";
import type { ResultsFile } from "./results-file.ts";
import { routerSection } from "./router-section.ts";

const INTRODUCTION = `# Results

Made from the JSON files beside this page by \`npm run bench -- --report docs/results\`; do not edit. Of each work the newest file that has it is shown.
What is measured, and why so, is in [measures](../measures.md). Antipode and its peers run on the same machine, one at a time, turn by turn, and both sync before they reply;
figures are medians. Absolute ones are the machine's; ratios of one run mean something. Take all of it again, the affordable part in one go:

\`\`\`sh
npm run bench -- --out docs/results/$(date +%F)-bench.json
npm run bench -- --works W7,W9,W10,W11,W12,W14 --out docs/results/$(date +%F)-further.json
npm run bench -- --works R1,R2,R3 --out docs/results/$(date +%F)-router.json
npm run bench -- --report docs/results
\`\`\``;

const SECTIONS = [
  rateSection,
  lagSection,
  memorySection,
  recoverySection,
  partitionSection,
  wireSection,
  growthSection,
  documentsSection,
  routerSection,
];

/** Text by the name of its file: README.md, and a picture for each plot. The same files make the same bytes. */
export function buildResultsPage(files: readonly ResultsFile[]): ReadonlyMap<string, string> {
  const sections = SECTIONS.map((section) => section(files)).filter((section) => section !== null);
  const parts = sections.map(({ title, body }) => [`## ${title}`, ...body].join("\n\n"));
  const page = [INTRODUCTION, ...parts, `## The runs\n\n${runsTable(files)}`].join("\n\n");
  const made = new Map([["README.md", `${page}\n`]]);
  for (const { plots } of sections) {
    for (const [name, plot] of Object.entries(plots)) made.set(name, renderBarPlot(plot));
  }
  return made;
}

function runsTable(files: readonly ResultsFile[]): string {
  return table(
    ["file", "commit", "rounds", "cores", "processor", "node, kernel", "peers", "load before (1, 5, 15 min)", "failed"],
    files.map(({ name, commit, rounds, cores, processor, node, kernel, peers, loadBefore, failed }) => [
      `[${name}](${name})`,
      commit ?? "–",
      rounds ?? "–",
      cores ?? "–",
      processor ?? "–",
      [node, kernel].filter((one) => one !== undefined).join(", "),
      Object.values(peers ?? {}).join("; ") || "–",
      (loadBefore ?? []).map((load) => load.toFixed(1)).join(", "),
      (failed ?? []).map(({ work, error }) => `${work}: ${error}`).join("; ") || "–",
    ]),
  );
}
