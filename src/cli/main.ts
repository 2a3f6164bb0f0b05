#!/usr/bin/env node
import { bashCompletion, zshCompletion } from "./completions.ts";
import { renderHelp } from "./program.ts";
import { allPrograms, findProgram } from "./programs.ts";
import { VERSION } from "./version.ts";

async function usage(): Promise<string> {
  const programs = await allPrograms();
  return `antipode ${VERSION}: a multi-region active-active replicated cache and session store

usage: antipode <program> [flags]

${programs.map((program) => `  ${program.name.padEnd(26)}${program.summary}`).join("\n")}
  completions               prints a completion script: bash or zsh

"antipode <program> --help" lists a program's flags; "antipode --version" prints the version.
`;
}

async function main(words: readonly string[]): Promise<number> {
  const [first, second] = words;
  if (first === undefined || first === "--help" || first === "-h" || first === "help") {
    process.stdout.write(await usage());
    return first === undefined ? 2 : 0;
  }
  if (first === "--version" || first === "-v") {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  if (first === "completions" && (second === "bash" || second === "zsh")) {
    const programs = (await allPrograms()).filter(({ name }) => !name.includes(" "));
    process.stdout.write(second === "bash" ? bashCompletion(programs) : zshCompletion(programs));
    return 0;
  }
  const found = await findProgram(words);
  if (found === null) {
    process.stderr.write(`antipode: "${words.slice(0, 2).join(" ")}" is no program; --help lists them\n`);
    return 2;
  }
  const { program, rest } = found;
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
  const { describeFailure } = await import("./failure.ts");
  process.stderr.write(`antipode: ${describeFailure(error)}\n`);
  process.exitCode = 1;
}
// What is left (timers of libraries, sockets being closed) must not keep a program that is done.
setTimeout(() => process.exit(), 2_000).unref();
