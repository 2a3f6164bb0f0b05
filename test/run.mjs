// Everything that checks the project, in the order in which it tells most soonest. Plain JavaScript: it runs before anything is
// built. `node test/run.mjs --only types,unit` runs some of it; the names are below.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const bin = (name) => join("node_modules", ".bin", name);
const STATIC = [
  ["build", bin("tsc"), ["-p", "tsconfig.build.json"]],
  ["types", bin("tsc"), ["--noEmit", "-p", "tsconfig.json"]],
  ["lint", bin("oxlint"), ["--deny-warnings", "src", "chaos", "test"]],
  ["format", bin("oxfmt"), ["--check", "src", "chaos", "test"]],
  ["imports", bin("depcruise"), ["--config", ".dependency-cruiser.cjs", "src", "chaos"]],
  ["unused", bin("knip"), ["--no-progress"]],
];
const PROJECTS = ["unit", "contract", "costs", "simulation", "integration"];

const NAMES = [...STATIC.map(([name]) => name), ...PROJECTS];

/** The names after --only, null for all. A name that does not exist is refused: leaving it out would look like a success. */
function readArguments(args) {
  if (args.length === 0) return null;
  const names = args.length === 2 && args[0] === "--only" ? args[1].split(",") : [];
  const unknown = names.filter((name) => !NAMES.includes(name));
  if (names.length > 0 && unknown.length === 0) return names;
  const what = unknown.length > 0 ? `no check is called "${unknown.join('", "')}"` : "wrong arguments";
  process.stderr.write(`${what}\nusage: node test/run.mjs [--only NAME,NAME]\nnames: ${NAMES.join(", ")}\n`);
  return process.exit(2);
}

const only = readArguments(process.argv.slice(2));
const wanted = (name) => only === null || only.includes(name);
const totals = { passed: 0, failed: 0, skipped: 0 };

function run(command, args, { quiet, env }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        if (quiet) output += chunk;
        else process.stdout.write(chunk);
      });
    }
    child.on("error", (error) => resolve({ code: 127, output: `${output}${error.message}\n` }));
    child.on("close", (code) => resolve({ code, output }));
  });
}

async function check([name, command, args]) {
  const started = performance.now();
  const { code, output } = await run(command, args, { quiet: true });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${code === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)\n${code === 0 ? "" : output}`);
  if (code === 0) totals.passed++;
  else totals.failed++;
}

const checks = STATIC.filter(([name]) => wanted(name));
// The build first, alone: two compilers would only wait for each other. Then two at a time, for two cores.
const [build] = checks.filter(([name]) => name === "build");
if (build !== undefined) await check(build);
const queue = checks.filter(([name]) => name !== "build");
const worker = async () => {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) await check(next);
};
await Promise.all([worker(), worker()]);

const projects = PROJECTS.filter(wanted);
if (projects.length > 0) {
  const directory = mkdtempSync(join(tmpdir(), "antipode-totals-"));
  const file = join(directory, "totals.json");
  const args = ["run", ...projects.flatMap((project) => ["--project", project])];
  const { code } = await run(bin("vitest"), args, {
    quiet: false,
    env: { ANTIPODE_TEST_TOTALS: file, FORCE_COLOR: "0" },
  });
  try {
    const counted = JSON.parse(readFileSync(file, "utf8"));
    for (const key of Object.keys(totals)) totals[key] += counted[key];
    if (code !== 0 && counted.failed === 0) totals.failed++;
  } catch {
    totals.failed++;
    process.stdout.write("FAILED vitest ended without totals\n");
  }
  rmSync(directory, { recursive: true });
}

process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1);
