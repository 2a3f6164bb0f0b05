import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { runBench } from "../../chaos/bench/run-bench.ts";
import { findToxiproxy } from "../../chaos/links/find-toxiproxy.ts";
import { BENCH_SETTINGS } from "./bench-settings.ts";
import { defineProgram } from "./program.ts";
import { projectDirectory } from "./project-directory.ts";
import { VERSION } from "./version.ts";

export const BENCH_PROGRAM = defineProgram(
  "bench",
  "measures this project and a real Redis in one run, and prints ratios.",
  BENCH_SETTINGS,
  async (values) => {
    const result = await runBench({
      program: { command: process.execPath, args: [process.argv[1]!] },
      works: values.works,
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
      say: (line) => process.stdout.write(`${line}\n`),
    });
    if (values.out !== undefined) {
      mkdirSync(dirname(values.out), { recursive: true });
      writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
    }
    return 0;
  },
);
