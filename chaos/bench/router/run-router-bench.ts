import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Links } from "../../links/link.ts";
import { ChildProgram, type Program } from "../../world/child-program.ts";
import { World, type NodeReady } from "../../world/start-world.ts";
import type { Work } from "../run-works.ts";
import { median } from "../throughput.ts";
import { drive, httpQuestion, openIdle, respQuestion, type DriveResult } from "./drive.ts";
import { FAULTS, measureGap, type Gap } from "./gaps.ts";
import type { RouterBenchResult, RouterRow } from "./router-result.ts";
import { direct, startAntipode, startHaproxy, startNginx, type Proxy, type Upstream } from "./proxies.ts";

export interface RouterBenchOptions {
  readonly program: Program;
  /** Of `R1` latency and throughput, `R2` memory, `R3` gaps. */
  readonly works: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly idleConnections: number;
  readonly openLinks: () => Promise<Links>;
  readonly say: (line: string) => void;
}

const TOKEN = "bench";
const CLIENTS = 50;
const START_TIMEOUT_MS = 20_000;

/** The router beside haproxy and nginx before one region, turn by turn; and what outages cost through it. */
export function routerWorks(options: RouterBenchOptions): readonly Work[] {
  const work = (name: string, measure: () => Promise<Partial<RouterBenchResult>>): Work => ({
    name,
    measure: async () => ({ router: await measure() }),
  });
  const inFront = <Value>(measure: (region: Upstream) => Promise<Value>) => withRegion(options.program, measure);
  const all: readonly Work[] = [
    work("R1", async () => ({ load: await inFront((region) => measureLoad(options, region)) })),
    work("R2", async () => ({ idle: await inFront((region) => measureIdle(options, region)) })),
    work("R3", async () => ({ gaps: await measureGaps(options) })),
  ];
  return all.filter(({ name }) => options.works.includes(name));
}

async function proxiesOf({ program }: RouterBenchOptions, region: Upstream): Promise<readonly Proxy[]> {
  const all = [
    direct(region),
    await startAntipode(program, region),
    await startHaproxy(region),
    await startNginx(region),
  ];
  return all.filter((proxy) => proxy !== null);
}

async function measureLoad(options: RouterBenchOptions, region: Upstream): Promise<readonly RouterRow[]> {
  const proxies = await proxiesOf(options, region);
  try {
    return await loadThrough(options, proxies);
  } finally {
    for (const proxy of proxies) await proxy.stop();
  }
}

async function loadThrough(options: RouterBenchOptions, proxies: readonly Proxy[]): Promise<readonly RouterRow[]> {
  const rows: RouterRow[] = [];
  for (const door of ["resp", "http"] as const) {
    const tried = proxies.filter((proxy) => proxy[door] !== null);
    const alone = new Map<string, DriveResult[]>(tried.map(({ name }) => [name, []]));
    const crowd = new Map<string, DriveResult[]>(tried.map(({ name }) => [name, []]));
    for (let round = 0; round < options.rounds; round++) {
      for (const proxy of tried) {
        const address = proxy[door]!;
        const question = door === "resp" ? respQuestion() : httpQuestion(address, TOKEN);
        alone.get(proxy.name)!.push(await drive(address, question, 1, options.seconds * 1000));
        crowd.get(proxy.name)!.push(await drive(address, question, CLIENTS, options.seconds * 1000));
      }
    }
    const of = (name: string, what: "p50Ms" | "p99Ms"): number => median(alone.get(name)!.map((one) => one[what]));
    for (const { name } of tried) {
      const row: RouterRow = {
        proxy: name,
        door,
        p50Ms: of(name, "p50Ms"),
        p99Ms: of(name, "p99Ms"),
        addedP50Ms: of(name, "p50Ms") - of("direct", "p50Ms"),
        addedP99Ms: of(name, "p99Ms") - of("direct", "p99Ms"),
        perSecond: median(crowd.get(name)!.map((one) => one.perSecond)),
      };
      rows.push(row);
      options.say(
        `  R1  ${door.padEnd(5)} ${name.padEnd(9)} p50 ${row.p50Ms.toFixed(3)} ms (+${row.addedP50Ms.toFixed(3)})  p99 ${row.p99Ms.toFixed(3)} ms (+${row.addedP99Ms.toFixed(3)})  ${Math.round(row.perSecond).toString().padStart(7)}/s with ${CLIENTS}`,
      );
    }
  }
  return rows;
}

async function measureIdle(options: RouterBenchOptions, region: Upstream): Promise<RouterBenchResult["idle"]> {
  const rows: { proxy: string; door: string; bytesPerConnection: number }[] = [];
  for (const door of ["resp", "http"] as const) {
    for (const proxy of await proxiesOf(options, region)) {
      const address = proxy[door];
      if (address !== null && proxy.name !== "direct") {
        const question = door === "resp" ? respQuestion() : httpQuestion(address, TOKEN);
        // Some first: what is made once is not any connection's.
        const first = await openIdle(address, question, 100);
        const before = proxy.residentBytes();
        const more = await openIdle(address, question, options.idleConnections);
        await new Promise((resolve) => setTimeout(resolve, 2000));
        const bytesPerConnection = (proxy.residentBytes() - before) / options.idleConnections;
        for (const socket of [...first, ...more]) socket.destroy();
        rows.push({ proxy: proxy.name, door, bytesPerConnection });
        options.say(
          `  R2  ${door.padEnd(5)} ${proxy.name.padEnd(9)} ${(bytesPerConnection / 1024).toFixed(1)} KiB for an idle connection`,
        );
      }
      await proxy.stop();
    }
  }
  return rows;
}

async function measureGaps(options: RouterBenchOptions): Promise<readonly Gap[]> {
  const dataDir = mkdtempSync(join(tmpdir(), "antipode-bench-"));
  const world = await World.start({
    program: options.program,
    regions: ["us-east", "eu-west", "ap-southeast"],
    dataDir,
    basePort: 0,
    links: await options.openLinks(),
    startTimeoutMs: START_TIMEOUT_MS,
    nodeArgs: ["--log-level", "warn"],
    faults: true,
  });
  const gaps: Gap[] = [];
  try {
    for (const fault of FAULTS) {
      for (const gap of await measureGap(world, fault)) {
        gaps.push(gap);
        options.say(
          `  R3  ${fault.padEnd(11)} ${gap.door.padEnd(5)} ${Math.round(gap.gapMs).toString().padStart(5)} ms without an answer, ${gap.errors} errors, ${gap.acknowledged} writes`,
        );
      }
    }
  } finally {
    await world.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
  return gaps;
}

async function withRegion<Value>(program: Program, body: (region: Upstream) => Promise<Value>): Promise<Value> {
  const data = mkdtempSync(join(tmpdir(), "antipode-bench-"));
  const free = "127.0.0.1:0";
  const doors = ["--resp", free, "--rest", free, "--admin", free, "--gossip", free];
  const args = ["node", "--region", "bench", "--data", data, ...doors, "--log-level", "warn"];
  const environment = { ANTIPODE_TOKEN: TOKEN };
  const node = await ChildProgram.start<NodeReady>("bench", program, args, environment, START_TIMEOUT_MS);
  try {
    const { resp, rest } = node.ready;
    await drive(resp, respQuestion(), 1, 100);
    return await body({ name: "bench", resp, rest });
  } finally {
    await node.stop(20_000);
    rmSync(data, { recursive: true, force: true });
  }
}
