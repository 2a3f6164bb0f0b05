import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { BenchResult } from "../../chaos/bench/bench-result.ts";
import { buildResultsPage } from "../../chaos/bench/report/build-results-page.ts";
import { readResults } from "../../chaos/bench/report/results-file.ts";
import { routerWorks } from "../../chaos/bench/router/run-router-bench.ts";
import { benchWorks } from "../../chaos/bench/run-bench.ts";
import { runWorks } from "../../chaos/bench/run-works.ts";
import { surroundings } from "../../chaos/bench/surroundings.ts";
import { findToxiproxy } from "../../chaos/links/find-toxiproxy.ts";
import { openLinks } from "../../chaos/links/open-links.ts";
import { BENCH_SETTINGS } from "./bench-settings.ts";
import { defineProgram } from "./program.ts";
import { projectDirectory } from "./project-directory.ts";
import { VERSION } from "./version.ts";

function writeReport(directory: string): number {
  for (const [name, text] of buildResultsPage(readResults(directory))) writeFileSync(join(directory, name), text);
  return 0;
}

/** Ten million keys take half of it. */
const WORK_LIMIT_MS = 60 * 60_000;

export const BENCH_PROGRAM = defineProgram(
  "bench",
  "measures this project and a real Redis in one run, and prints ratios; its router beside other proxies.",
  BENCH_SETTINGS,
  async (values) => {
    if (values.report !== undefined) return writeReport(values.report);
    const program = { command: process.execPath, args: [process.argv[1]!] };
    const say = (line: string): void => void process.stdout.write(`${line}\n`);
    const about = {
      version: VERSION,
      ...surroundings(Date.now(), projectDirectory(), values.keydb ?? null),
      // Not where files are on this machine, and no secrets.
      flags: {
        ...values,
        out: undefined,
        keydb: undefined,
        srh: undefined,
        srhToken: undefined,
        report: undefined,
        config: undefined,
      },
      rounds: values.rounds,
    };
    const projectDirs = [projectDirectory(), process.cwd()];
    const regions = benchWorks({
      ...values,
      program,
      works: values.works.filter((work) => work.startsWith("W")),
      keydb: values.keydb ?? null,
      srh: values.srh === undefined ? null : { url: values.srh, token: values.srhToken ?? "" },
      toxiproxy: findToxiproxy(projectDirectory()) ?? findToxiproxy(process.cwd()),
      say,
    });
    const router = routerWorks({
      ...values,
      program,
      seconds: values.routerSeconds,
      openLinks: () => openLinks({ choice: "auto", projectDirs, mayBuild: false, seed: 1, onNote: say }),
      say,
    });
    const keep = (result: BenchResult): void => {
      if (values.out !== undefined) writeWhole(values.out, `${JSON.stringify({ ...about, ...result }, null, 2)}\n`);
    };
    const { failed = [] } = await runWorks([...regions, ...router], { limitMs: WORK_LIMIT_MS, keep, say });
    if (failed.length > 0) say(`  failed: ${failed.map(({ work }) => work).join(", ")}`);
    return failed.length === 0 ? 0 : 1;
  },
);

/** Whoever reads it meanwhile, or after a crash, has the old file or the new one. */
function writeWhole(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.part`, text);
  renameSync(`${path}.part`, path);
}
