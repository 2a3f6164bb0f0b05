import { rmSync } from "node:fs";
import { list, number, object, text } from "../record/shape.ts";
import { beginning, defineFault, FaultImpossibleError, keepGoing } from "./fault.ts";

const STOP_TIMEOUT_MS = 20_000;

export const kill = defineFault<{ readonly region: string }>({
  words: object({ region: text }),
  defaults: {},
  summary:
    "kill -9; healed by a start on the same data. What the kernel has is not lost: this tests recovery, not fsync",
  story: ({ region }) => ({
    title: `${region} is killed (kill -9)`,
    regions: [region],
    links: [],
    losesDisk: false,
    away: region,
  }),
  async inject({ world }, _id, { region }) {
    await world.region(region).kill();
    return { heal: () => world.startRegion(region) };
  },
});

export const loseDisk = defineFault<{ readonly region: string }>({
  words: object({ region: text }),
  defaults: {},
  summary: "kill -9 and the data directory destroyed; healed by a start as new under the same name",
  story: ({ region }) => ({
    title: `${region} is killed and its disk destroyed`,
    regions: [region],
    links: [],
    losesDisk: true,
    away: region,
  }),
  async inject({ world }, _id, { region }) {
    const process = world.region(region);
    await process.kill();
    rmSync(process.plan.dataDir, { recursive: true, force: true });
    return { heal: () => world.startRegion(region) };
  },
});

export const pause = defineFault<{ readonly region: string }>({
  words: object({ region: text }),
  defaults: {},
  summary: "SIGSTOP: the process stands still with its sockets open; healed by SIGCONT",
  story: ({ region }) => ({
    title: `${region} is paused (SIGSTOP)`,
    regions: [region],
    links: [],
    losesDisk: false,
    away: region,
  }),
  async inject({ world }, _id, { region }) {
    await world.region(region).freeze();
    return { heal: () => world.region(region).thaw() };
  },
});

export const rollingRestart = defineFault<{ readonly regions: readonly string[]; readonly betweenMs: number }>({
  words: object({ regions: list(text), betweenMs: number }),
  defaults: { regions: [], betweenMs: 1_000 },
  summary: "each region in turn is stopped in order (SIGTERM) and started again, `betweenMs` apart",
  story: ({ regions }, all) => ({
    title: "rolling restart: one region after the other",
    regions: regions.length === 0 ? all : regions,
    links: [],
    losesDisk: false,
  }),
  async inject({ world }, _id, { regions, betweenMs }) {
    const turns = keepGoing(async (_stopped, wait) => {
      for (const region of regions.length === 0 ? world.regions : regions) {
        await world.region(region).stop(STOP_TIMEOUT_MS);
        await world.startRegion(region);
        await wait(betweenMs);
      }
    });
    await Promise.resolve();
    return { heal: () => turns.stop() };
  },
});

export const olderVersion = defineFault<{ readonly region: string }>({
  words: object({ region: text }),
  defaults: {},
  summary: "the region runs the older build of `--previous` on the same data; healed by a start of this one",
  story: ({ region }) => ({
    title: `${region} runs the previous version`,
    regions: [region],
    links: [],
    losesDisk: false,
  }),
  async inject({ world, previous }, _id, { region }) {
    if (previous === null) throw new FaultImpossibleError("mixed versions need an older build: --previous PROGRAM");
    const process = world.region(region);
    const { program } = process.plan;
    const older = beginning(async () => {
      await process.stop(STOP_TIMEOUT_MS);
      process.replan({ program: previous });
      await process.start();
    });
    await Promise.resolve();
    return {
      async heal() {
        await older;
        await process.stop(STOP_TIMEOUT_MS);
        process.replan({ program });
        await process.start();
      },
    };
  },
});
