#!/usr/bin/env node
import { REPAIR_PROGRAM } from "./admin-program.ts";
import { BENCH_PROGRAM } from "./bench-program.ts";
import { CHAOS_JUDGE_PROGRAM, CHAOS_LIST_PROGRAM, CHAOS_RUN_PROGRAM } from "./chaos-program.ts";
import { CHAOS_REDIS_PROGRAM } from "./chaos-redis-program.ts";
import { CHAOS_TABLE_PROGRAM } from "./chaos-table-program.ts";
import { EXPORT_PROGRAM } from "./export-program.ts";
import { ADD_PROGRAM, EVICT_PROGRAM, MEMBERS_PROGRAM, REMOVE_PROGRAM } from "./members-program.ts";
import { bashCompletion, zshCompletion } from "./completions.ts";
import { describeFailure } from "./failure.ts";
import { NODE_PROGRAM } from "./node-program.ts";
import { renderHelp, type CliProgram } from "./program.ts";
import { ROUTER_PROGRAM } from "./router-program.ts";
import { VERSION } from "./version.ts";
import { WORLD_PROGRAM } from "./world-program.ts";

/** `antipode admin NAME`. */
const ADMIN_PROGRAMS: readonly CliProgram[] = [
  MEMBERS_PROGRAM,
  ADD_PROGRAM,
  REMOVE_PROGRAM,
  EVICT_PROGRAM,
  EXPORT_PROGRAM,
  REPAIR_PROGRAM,
];
/** `antipode chaos NAME`. */
const CHAOS_PROGRAMS: readonly CliProgram[] = [
  CHAOS_RUN_PROGRAM,
  CHAOS_LIST_PROGRAM,
  CHAOS_JUDGE_PROGRAM,
  CHAOS_TABLE_PROGRAM,
  CHAOS_REDIS_PROGRAM,
];
/** Programs of two words, by their first. */
const GROUPS: Readonly<Record<string, readonly CliProgram[]>> = { admin: ADMIN_PROGRAMS, chaos: CHAOS_PROGRAMS };
const PROGRAMS: readonly CliProgram[] = [NODE_PROGRAM, ROUTER_PROGRAM, WORLD_PROGRAM, BENCH_PROGRAM];

const USAGE = `antipode ${VERSION}: a multi-region active-active replicated cache and session store

usage: antipode <program> [flags]

${[...PROGRAMS, ...ADMIN_PROGRAMS, ...CHAOS_PROGRAMS].map((program) => `  ${program.name.padEnd(26)}${program.summary}`).join("\n")}
  completions               prints a completion script: bash or zsh

"antipode <program> --help" lists a program's flags; "antipode --version" prints the version.
`;

async function main(words: readonly string[]): Promise<number> {
  const [first, second] = words;
  if (first === undefined || first === "--help" || first === "-h" || first === "help") {
    process.stdout.write(USAGE);
    return first === undefined ? 2 : 0;
  }
  if (first === "--version" || first === "-v") {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  if (first === "completions" && (second === "bash" || second === "zsh")) {
    process.stdout.write(second === "bash" ? bashCompletion(PROGRAMS) : zshCompletion(PROGRAMS));
    return 0;
  }
  const grouped = GROUPS[first]?.find((one) => one.name === `${first} ${second}`);
  const program = grouped ?? PROGRAMS.find((one) => one.name === first);
  if (program === undefined) {
    process.stderr.write(`antipode: "${words.slice(0, 2).join(" ")}" is no program; --help lists them\n`);
    return 2;
  }
  const rest = words.slice(grouped === undefined ? 1 : 2);
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(renderHelp(program));
    return 0;
  }
  if (rest.includes("--version")) {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  return program.main(rest);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`antipode: ${describeFailure(error)}\n`);
  process.exitCode = 1;
}
// What is left (timers of libraries, sockets being closed) must not keep a program that is done.
setTimeout(() => process.exit(), 2_000).unref();
