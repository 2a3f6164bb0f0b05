// Where a region's main thread spends its time: `npm run profile -- set 16`. Needs redis-benchmark. Starts a region with V8's profiler, drives it with
// redis-benchmark (50 connections, 1 KB, 100,000 keys), and prints the shares by room and by what is not ours. See docs/measures.md.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const built = (name) => import(new URL(`../dist/chaos/bench/${name}.js`, import.meta.url).href);
const { startBenchNode, withScratch } = await built("bench-node");
const { runRedisBenchmark } = await built("throughput");

const USAGE = `usage: npm run profile -- [set|get] [PIPELINE] [REQUESTS]
  set or get   the command (set)
  PIPELINE     commands a client sends at once (1)
  REQUESTS     after 200,000 SETs that warm up (400000)`;
const [command = "set", pipeline = "1", requests = "400000"] = process.argv.slice(2);
if (!["set", "get"].includes(command) || !(Number(pipeline) >= 1) || !(Number(requests) >= 1)) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}

const main = fileURLToPath(new URL("../dist/src/cli/main.js", import.meta.url));
const sources = fileURLToPath(new URL("../dist/src/", import.meta.url));
// V8's profiles have the clock of hrtime.
let fromMicros = 0;
const profile = await withScratch(async (scratch) => {
  const program = {
    command: process.execPath,
    args: ["--cpu-prof", "--cpu-prof-dir", scratch, "--cpu-prof-interval", "500", main],
  };
  const node = await startBenchNode(program, { region: "profiled", data: join(scratch, "data") });
  const drive = (name, depth, count) =>
    runRedisBenchmark("redis-benchmark", {
      port: node.port,
      words: ["-t", name],
      requests: count,
      pipeline: depth,
      clients: 50,
      valueBytes: 1024,
    });
  try {
    await drive("set", 16, 200_000);
    fromMicros = Number(process.hrtime.bigint() / 1000n);
    const perSecond = await drive(command, Number(pipeline), Number(requests));
    process.stdout.write(`${command} in pipelines of ${pipeline}: ${Math.round(perSecond)}/s\n`);
  } finally {
    await node.program.stop(30_000);
  }
  // Threads have profiles of their own; the main one's is the largest.
  const profiles = readdirSync(scratch).filter((name) => name.endsWith(".cpuprofile"));
  const texts = profiles.map((name) => readFileSync(join(scratch, name)));
  return JSON.parse(texts.reduce((largest, one) => (one.length > largest.length ? one : largest)));
});

const micros = new Map();
let atMicros = profile.startTime;
for (const [index, id] of profile.samples.entries()) {
  atMicros += profile.timeDeltas[index];
  if (atMicros >= fromMicros) add(micros, id, profile.timeDeltas[index]);
}
const rooms = new Map();
const functions = new Map();
const parents = new Map();
for (const one of profile.nodes) for (const child of one.children ?? []) parents.set(child, one);
let busy = 0;
for (const one of profile.nodes) {
  const spent = micros.get(one.id) ?? 0;
  const { functionName, url } = one.callFrame;
  if (spent === 0 || functionName === "(idle)") continue;
  busy += spent;
  add(rooms, roomOf(one), spent);
  add(functions, `${functionName || "(anonymous)"} ${url.replace(/^file:\/\//u, "").replace(sources, "")}`, spent);
}
print("room", rooms, 20);
print("function", functions, 15);

function roomOf({ id, callFrame: { functionName, url } }) {
  if (functionName === "(garbage collector)") return "V8's collector, its part on this thread";
  if (functionName === "(program)") return "the event loop and system calls outside JavaScript";
  const path = url.replace(/^file:\/\//u, "");
  if (path.startsWith(sources)) return `src/${path.slice(sources.length).split("/").slice(0, -1).slice(0, 2).join("/")}`;
  if (url.startsWith("node:")) return "Node's own JavaScript";
  if (path.includes("node_modules")) return "libraries";
  // Native: it belongs to whoever called it, but for what goes to sockets and files.
  const parent = parents.get(id);
  return /^(write|writev|readStart|shutdown)/u.test(functionName)
    ? "writes to sockets and files (native)"
    : `native, called by ${parent === undefined ? "nobody" : roomOf(parent).replace(/^native, called by /u, "")}`;
}

function add(sums, name, spent) {
  sums.set(name, (sums.get(name) ?? 0) + spent);
}

function print(title, sums, most) {
  process.stdout.write(`\n${title}: share of ${(busy / 1e6).toFixed(1)} s that the main thread was busy\n`);
  for (const [name, spent] of [...sums].sort((left, right) => right[1] - left[1]).slice(0, most)) {
    process.stdout.write(`${((100 * spent) / busy).toFixed(1).padStart(6)} %  ${name}\n`);
  }
}
