import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { dirname } from "node:path";
import { runRouterBench } from "../../chaos/bench/router/run-router-bench.ts";
import { runBench } from "../../chaos/bench/run-bench.ts";
import { findToxiproxy } from "../../chaos/links/find-toxiproxy.ts";
import { openLinks } from "../../chaos/links/open-links.ts";
import { BENCH_SETTINGS } from "./bench-settings.ts";
import { defineProgram } from "./program.ts";
import { projectDirectory } from "./project-directory.ts";
import { VERSION } from "./version.ts";

export const BENCH_PROGRAM = defineProgram(
  "bench",
  "measures this project and a real Redis in one run, and prints ratios; its router beside other proxies.",
  BENCH_SETTINGS,
  async (values) => {
    const program = { command: process.execPath, args: [process.argv[1]!] };
    const say = (line: string): void => void process.stdout.write(`${line}\n`);
    const ofRegion = values.works.filter((work) => work.startsWith("W"));
    const ofRouter = values.works.filter((work) => work.startsWith("R"));
    const result: Record<string, unknown> = {
      version: VERSION,
      node: process.version,
      processor: cpus()[0]?.model ?? "",
      cores: cpus().length,
      loadBefore: loadavg(),
      rounds: values.rounds,
    };
    if (ofRegion.length > 0) {
      const measured = await runBench({
        program,
        works: ofRegion,
        rounds: values.rounds,
        requests: values.requests,
        lagSeconds: values.lagSeconds,
        partitionSeconds: values.partitionSeconds,
        partitionRate: values.partitionRate,
        hashFieldsMax: values.hashFieldsMax,
        regionsMax: values.regionsMax,
        keysMax: values.keysMax,
        toxiproxy: findToxiproxy(projectDirectory()) ?? findToxiproxy(process.cwd()),
        version: VERSION,
        say,
      });
      Object.assign(result, measured);
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
    if (values.out !== undefined) {
      mkdirSync(dirname(values.out), { recursive: true });
      writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
    }
    return 0;
  },
);
