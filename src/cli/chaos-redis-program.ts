import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { onPath } from "../../chaos/bench/redis-peer.ts";
import { runRedisFailover } from "../../chaos/compare/redis-failover.ts";
import { openLinks } from "../../chaos/links/open-links.ts";
import { buildReport } from "../../chaos/report/build-report.ts";
import { judge } from "../../chaos/report/judge.ts";
import { writeReports } from "../../chaos/report/write-reports.ts";
import { tellReport } from "../../chaos/run/tell-report.ts";
import { defineProgram } from "./program.ts";
import { projectDirectory } from "./project-directory.ts";
import { integerBetween, parseText, SettingError } from "./setting.ts";

const REDIS_SETTINGS = {
  duration: {
    flag: "duration-seconds",
    argument: "S",
    summary: "How long the traffic of each outage lasts; the outage is its middle third.",
    fallback: "30",
    parse: integerBetween(3, 3_600),
  },
  out: {
    flag: "out",
    argument: "DIR",
    summary: "Where records and reports go: a directory for each outage below it.",
    fallback: "chaos-report",
    parse: parseText,
  },
} as const;

/** `antipode chaos redis`: what a Redis primary with one replica loses, by the same record and the same judge. */
export const CHAOS_REDIS_PROGRAM = defineProgram(
  "chaos redis",
  "measures a Redis primary with one asynchronous replica in two outages, by the same judge; needs redis-server.",
  REDIS_SETTINGS,
  async ({ duration, out }) => {
    const binary = onPath("redis-server");
    if (binary === null) throw new SettingError("needs redis-server on PATH");
    const version = /v=(\S+)/u.exec(execFileSync(binary, ["--version"], { encoding: "utf8" }))?.[1] ?? "unknown";
    for (const outage of ["dies", "cut-off"] as const) {
      const outDir = join(out, `redis-${outage}`);
      const projectDirs = [projectDirectory(), process.cwd()];
      const links = await openLinks({ choice: "auto", projectDirs, mayBuild: false, seed: 1, onNote: () => {} });
      const record = await runRedisFailover({ outage, binary, version, links, durationS: duration, outDir });
      const report = buildReport(judge(record));
      await writeReports(outDir, report);
      process.stdout.write(`\n  ${report.run.title}\n${tellReport(report).join("\n")}\n`);
    }
    return 0;
  },
);
