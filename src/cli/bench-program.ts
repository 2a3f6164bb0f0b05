import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildResultsPage } from "../../chaos/bench/report/build-results-page.ts";
import { readResults } from "../../chaos/bench/report/results-file.ts";
import { runRouterBench } from "../../chaos/bench/router/run-router-bench.ts";
import { runBench } from "../../chaos/bench/run-bench.ts";
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

export const BENCH_PROGRAM = defineProgram(
  "bench",
  "measures this project and a real Redis in one run, and prints ratios; its router beside other proxies.",
  BENCH_SETTINGS,
  async (values) => {
    if (values.report !== undefined) return writeReport(values.report);
    const program = { command: process.execPath, args: [process.argv[1]!] };
    const say = (line: string): void => void process.stdout.write(`${line}\n`);
    const ofRegion = values.works.filter((work) => work.startsWith("W"));
    const ofRouter = values.works.filter((work) => work.startsWith("R"));
    const result: Record<string, unknown> = {
      version: VERSION,
      ...surroundings(Date.now(), projectDirectory()),
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
    const save = (): void => {
      if (values.out === undefined) return;
      mkdirSync(dirname(values.out), { recursive: true });
      writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
    };
    if (ofRegion.length > 0) {
      const measured = await runBench({
        ...values,
        program,
        works: ofRegion,
        keydb: values.keydb ?? null,
        srh: values.srh === undefined ? null : { url: values.srh, token: values.srhToken ?? "" },
        toxiproxy: findToxiproxy(projectDirectory()) ?? findToxiproxy(process.cwd()),
        say,
      });
      Object.assign(result, measured);
      // The router's gaps take minutes more: what is there is not lost with them.
      save();
    }
    if (ofRouter.length > 0) {
      const projectDirs = [projectDirectory(), process.cwd()];
      result["router"] = await runRouterBench({
        program,
        works: ofRouter,
        rounds: values.rounds,
        seconds: values.routerSeconds,
        idleConnections: values.idleConnections,
        openLinks: () => openLinks({ choice: "auto", projectDirs, mayBuild: false, seed: 1, onNote: say }),
        say,
      });
    }
    save();
    return 0;
  },
);
