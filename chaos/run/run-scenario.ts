import { mkdtempSync, mkdirSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "../../src/base/random.ts";
import { FaultImpossibleError, type FaultStage } from "../faults/fault.ts";
import { oneWayMs } from "../links/distance.ts";
import type { Links } from "../links/link.ts";
import { RECORD_VERSION, type HeaderLine, type RecordLine } from "../record/lines.ts";
import type { RunRecord } from "../record/record.ts";
import { RecordWriter } from "../record/write-record.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { PlannedOp } from "../workloads/workload.ts";
import type { Program } from "../world/child-program.ts";
import { World } from "../world/start-world.ts";
import { ClientSet } from "./client-set.ts";
import { readFinals, WrittenKeys } from "./finals.ts";
import { takeLastLook } from "./last-look.ts";
import { awaitHealthy, awaitServing } from "./healthy.ts";
import { Probes } from "./probes.ts";
import { startRouterWatch } from "./router-watch.ts";
import { RunClock } from "./run-clock.ts";
import { startSampler } from "./sampler.ts";
import { SmallDisks } from "./small-disks.ts";
import { runTimeline } from "./timeline.ts";
import { Traffic } from "./traffic.ts";

export interface RunOptions {
  readonly scenario: Scenario;
  /** A label: which squeeze of time `durationS` is. */
  readonly profile: string;
  /** How long the traffic lasts; the timeline is squeezed to fit. */
  readonly durationS: number;
  readonly seed: number;
  readonly program: Program;
  readonly previous: Program | null;
  /** Closed with the run. */
  readonly links: Links;
  readonly version: string;
  /** Where `history.ndjson.gz` goes. */
  readonly outDir: string;
  readonly say: (line: string) => void;
}

/** The run says nothing: the world was not healthy before the first fault, or a fault cannot be had here. */
export class RunUnknownError extends Error {
  override readonly name = "RunUnknownError";
}

const START_TIMEOUT_MS = 30_000;
/** How long before the first operation everything watches a world at rest. */
const LEAD_MS = 300;

/** Runs a scenario in a world of its own and answers its record, which also stands in the file. Judging is somebody else's. */
export async function runScenario(options: RunOptions): Promise<RunRecord> {
  const scratchDir = mkdtempSync(join(tmpdir(), "antipode-chaos-"));
  const disks = new SmallDisks();
  try {
    return await runIn(scratchDir, disks, options);
  } finally {
    disks.unmount();
    rmSync(scratchDir, { recursive: true, force: true });
  }
}

async function runIn(scratchDir: string, disks: SmallDisks, options: RunOptions): Promise<RunRecord> {
  const { scenario, links, say } = options;
  const notes: string[] = [];
  for (const [region, megabytes] of Object.entries(scenario.smallDisksMb)) {
    const why = disks.mount(region, megabytes, scratchDir);
    if (why !== null)
      notes.push(`${region} has no small disk of its own (${why}): failing writes stand in for a full one`);
  }
  const world = await World.start({
    program: options.program,
    regions: scenario.regions,
    dataDir: join(scratchDir, "world"),
    basePort: 0,
    links,
    startTimeoutMs: START_TIMEOUT_MS,
    nodeArgs: ["--log-level", "warn", ...scenario.nodeArgs],
    regionArgs: scenario.regionArgs,
    regionDirs: disks.directories,
    faults: true,
  });
  try {
    try {
      await awaitHealthy(world);
    } catch (error) {
      throw new RunUnknownError(`the world was not healthy before the first fault: ${(error as Error).message}`, {
        cause: error,
      });
    }
    const stage: FaultStage = {
      world,
      random: seededRandom(options.seed ^ 0xfa17),
      previous: options.previous,
      smallDisks: new Set(Object.keys(disks.directories)),
      copies: new Map(),
      scratchDir,
      onNote: (line) => notes.push(line),
    };
    return await measure(world, stage, notes, options);
  } finally {
    say("          stopping the world …");
    await world.stop();
  }
}

async function measure(
  world: World,
  stage: FaultStage,
  notes: readonly string[],
  options: RunOptions,
): Promise<RunRecord> {
  const { scenario, seed, outDir, say } = options;
  const durationMs = options.durationS * 1000;
  const scale = options.durationS / scenario.durationS;
  const plan = planAll(scenario, seed, durationMs);
  const clients = new ClientSet(world);
  await clients.ready();
  const clock = new RunClock();
  mkdirSync(outDir, { recursive: true });
  const writer = new RecordWriter(join(outDir, "history.ndjson.gz"), header(options, plan.length, clients.count));
  let isOver = false;
  // What comes in after the end (an answer nobody waited for) is no part of the record.
  const write = (line: RecordLine): void => {
    if (!isOver) writer.write(line);
    if (line.line === "end") isOver = true;
  };
  const event = (kind: "workload" | "note" | "failure", detail: string): void =>
    write({ line: "event", atMs: clock.now(), kind, region: null, detail });
  const keys = new WrittenKeys();
  const sampler = startSampler(world, clock, write);
  const watch = startRouterWatch(world.router.ready.admin!, clock, write);
  const probes = new Probes(world, clock, seededRandom(seed ^ 0x9806e), durationMs, write).start();
  try {
    await clock.until(LEAD_MS);
    const startMs = clock.now();
    event("workload", "begins");
    const timeline = runTimeline(scenario.faults, scale, startMs, clock, stage, {
      write,
      say,
      async beforeReturn(away) {
        const stay = world.regions.filter((region) => region !== away);
        await readFinals(world, stay, keys, away, clock, write);
      },
    });
    // Told below; the traffic goes on whatever becomes of a fault.
    timeline.catch(() => {});
    const traffic = new Traffic(clients, clock, world.regions.length - 1, (line) => {
      keys.note(line.op);
      write(line);
    });
    await traffic.run(plan, startMs);
    await clients.close();
    event("workload", "ends");
    await timeline;
    await probes.stop();
    await awaitServing(world, scenario.convergeWithinS * 1000);
    const { equalMs, digests, finals } = await takeLastLook(world, keys, clock, scenario.convergeWithinS * 1000);
    await sampler.stop();
    await watch.stop();
    for (const line of finals) write(line);
    for (const note of notes) event("note", note);
    write({ line: "end", atMs: clock.now(), equalMs, digests });
  } catch (error) {
    event("failure", error instanceof Error ? error.message : String(error));
    if (error instanceof FaultImpossibleError) throw new RunUnknownError(error.message, { cause: error });
    throw error;
  } finally {
    await Promise.all([sampler.stop(), watch.stop(), probes.stop()]);
    await clients.close();
    isOver = true;
    await writer.close();
  }
  return writer.record;
}

function planAll(scenario: Scenario, seed: number, durationMs: number): readonly PlannedOp[] {
  const plans = scenario.workloads.map((workload, index) =>
    workload.plan({
      random: seededRandom(seed * 31 + index),
      regions: scenario.regions,
      durationMs,
      prefix: `${seed}.${index}`,
    }),
  );
  return plans.flat().toSorted((one, other) => one.atMs - other.atMs);
}

function header(
  { scenario, profile, durationS, seed, links, version }: RunOptions,
  ops: number,
  clients: number,
): HeaderLine {
  const { regions } = scenario;
  const distances: Record<string, string> = {};
  for (const [from, one] of regions.entries()) {
    for (const [to, other] of regions.entries())
      if (from !== to) distances[`${one}→${other}`] = `${oneWayMs(from, to)} ms one way`;
  }
  return {
    line: "header",
    version: RECORD_VERSION,
    scenario: scenario.name,
    title: scenario.title,
    seed,
    profile,
    regions,
    proxy: `${links.kind} ${links.version}`,
    programs: { antipode: version, node: process.version },
    environment: { cpus: String(availableParallelism()), platform: `${process.platform} ${process.arch}` },
    startedAt: new Date().toISOString(),
    classes: [{ prefix: "sess:", class: "delete-wins" }],
    workload: { ratePerSecond: Math.round(ops / durationS), openLoop: true, clients },
    convergeWithinMs: scenario.convergeWithinS * 1000,
    budgets: scenario.budgets,
    expectsFault: scenario.faults.length > 0,
    links: distances,
  };
}
