import { availableParallelism } from "node:os";
import { seededRandom } from "../../src/base/random.ts";
import { RECORD_VERSION, type FaultLine, type HeaderLine, type RecordLine } from "../record/lines.ts";
import { RecordGatherer } from "../record/record.ts";
import { judge, type Judgement } from "../report/judge.ts";
import { ClientSet } from "../run/client-set.ts";
import { awaitEqual } from "../run/convergence.ts";
import { readFinals, WrittenKeys } from "../run/finals.ts";
import { Probes } from "../run/probes.ts";
import { RunClock } from "../run/run-clock.ts";
import { startSampler } from "../run/sampler.ts";
import { Traffic } from "../run/traffic.ts";
import { WORKLOADS } from "../workloads/all-workloads.ts";
import type { PlannedOp } from "../workloads/workload.ts";
import type { World } from "../world/start-world.ts";

export interface DayOptions {
  readonly seed: number;
  readonly durationMs: number;
  readonly actionsPerSecond: number;
  readonly users: number;
  /** How long after the end regions may take to become equal. */
  readonly convergeWithinMs: number;
  readonly onProgress: (line: string) => void;
}

const KILL_AT = 0.4;
const RESTART_AT = 0.6;
/** Of a hundred actions so many are visits, which are counted. */
const VISITS_PER_ACTION = 0.12;
/** Everything watches a world at rest for so long before the first action. */
const LEAD_MS = 300;

/**
 * Runs a day against a running world: traffic by real clients, one region killed and restarted on the way, then the verdict. It is a scenario
 * like others, but of a world that somebody else has started, and keeps; its record stays in memory.
 */
export async function runDay(world: World, options: DayOptions): Promise<Judgement> {
  const { seed, durationMs } = options;
  const plan = planDay(world.regions, options);
  const clients = new ClientSet(world);
  await clients.ready();
  const clock = new RunClock();
  const gatherer = new RecordGatherer();
  const write = (line: RecordLine): void => gatherer.add(line);
  write(header(world, options, plan.length, clients.count));
  const keys = new WrittenKeys();
  const sampler = startSampler(world, clock, write);
  const probes = new Probes(world, clock, seededRandom(seed ^ 0x9806e), durationMs, write).start();
  try {
    await clock.until(LEAD_MS);
    const outage = killAndRestart(world, options, clock, write);
    const traffic = new Traffic(clients, clock, world.regions.length - 1, (line) => {
      keys.note(line.op);
      write(line);
    });
    await Promise.all([traffic.run(plan, clock.now()), outage]);
    await probes.stop();
    const { equalMs, digests } = await awaitEqual(world, clock, options.convergeWithinMs);
    await sampler.stop();
    await readFinals(world, world.regions, keys, null, clock, write);
    write({ line: "end", atMs: clock.now(), equalMs, digests });
  } finally {
    await Promise.all([sampler.stop(), probes.stop(), clients.close()]);
  }
  return judge(gatherer.finish());
}

function planDay(regions: readonly string[], options: DayOptions): readonly PlannedOp[] {
  const { seed, durationMs, actionsPerSecond, users } = options;
  const visits = actionsPerSecond * VISITS_PER_ACTION;
  const workloads = [
    WORKLOADS["sessions"]!.read({ perSecond: actionsPerSecond - visits, users }, "sessions"),
    WORKLOADS["counters"]!.read({ perSecond: visits }, "counters"),
  ];
  return workloads
    .flatMap((workload, index) => {
      // Unlike any other day's in a world that keeps its data.
      const prefix = `${Date.now().toString(36)}.${index}`;
      return workload.plan({ random: seededRandom(seed * 31 + index), regions, durationMs, prefix });
    })
    .toSorted((one, other) => one.atMs - other.atMs);
}

async function killAndRestart(
  world: World,
  options: DayOptions,
  clock: RunClock,
  write: (line: FaultLine) => void,
): Promise<void> {
  const region = world.regions[1 % world.regions.length]!;
  const startMs = clock.now();
  const title = `${region} is killed (kill -9)`;
  const line = (phase: FaultLine["phase"], askedMs: number): FaultLine => {
    const links: readonly string[] = [];
    const told = { id: "f1", kind: "kill", title, regions: [region], links, losesDisk: false };
    return { line: "fault", phase, ...told, askedMs, atMs: clock.now() };
  };
  await clock.until(startMs + options.durationMs * KILL_AT);
  const killMs = clock.now();
  await world.node(region).kill();
  write(line("begin", killMs));
  options.onProgress(`${region} killed (kill -9) at ${(killMs / 1000).toFixed(1)} s`);
  await clock.until(startMs + options.durationMs * RESTART_AT);
  const startedMs = clock.now();
  await world.startRegion(region);
  write(line("heal", startedMs));
  options.onProgress(`${region} is back after ${((clock.now() - killMs) / 1000).toFixed(1)} s`);
}

function header(world: World, options: DayOptions, operations: number, clients: number): HeaderLine {
  return {
    line: "header",
    version: RECORD_VERSION,
    scenario: "day",
    title: "a day of session traffic with one region killed on the way",
    seed: options.seed,
    profile: "world",
    regions: world.regions,
    proxy: world.delayed ? "between the regions" : "none",
    programs: { node: process.version },
    environment: { cpus: String(availableParallelism()), platform: `${process.platform} ${process.arch}` },
    startedAt: new Date().toISOString(),
    classes: [{ prefix: "sess:", class: "delete-wins" }],
    workload: { ratePerSecond: Math.round(operations / (options.durationMs / 1000)), openLoop: true, clients },
    convergeWithinMs: options.convergeWithinMs,
    budgets: [],
    expectsFault: true,
    links: {},
  };
}
