import { cpSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { object, text } from "../record/shape.ts";
import type { RegionProcess } from "../world/region-process.ts";
import { beginning, defineFault } from "./fault.ts";

const FILLER_BYTES = 1024 * 1024;
const STOP_TIMEOUT_MS = 20_000;

export const diskFull = defineFault<{ readonly region: string }>({
  words: object({ region: text }),
  defaults: {},
  summary:
    "on a small disk of its own: the disk is filled to the last byte; without one: writes of the log fail with ENOSPC",
  story: ({ region }) => ({ title: `${region}'s disk is full`, regions: [region], links: [], losesDisk: false }),
  async inject({ world, smallDisks }, _id, { region }) {
    const process = world.region(region);
    if (!smallDisks.has(region)) {
      process.setDiskFull(true);
      return {
        async heal() {
          process.setDiskFull(false);
          await Promise.resolve();
        },
      };
    }
    const filler = join(process.plan.dataDir, "..", "filler");
    await fill(filler);
    return {
      async heal() {
        rmSync(filler, { force: true });
        await Promise.resolve();
      },
    };
  },
});

/** Writes until there is no room, then to the last byte. */
async function fill(path: string): Promise<void> {
  const file = await open(path, "w");
  for (let size = FILLER_BYTES; size >= 1;) {
    try {
      await file.write(Buffer.alloc(size));
    } catch {
      size = Math.floor(size / 2);
    }
  }
  await file.close();
}

export const takeCopy = defineFault<{ readonly region: string }>({
  words: object({ region: text }),
  defaults: {},
  summary: "no fault yet: the region is stopped for a moment and its data directory copied, for `old-copy`",
  story: ({ region }) => ({
    title: `${region} is stopped for a copy of its directory`,
    regions: [region],
    links: [],
    losesDisk: false,
  }),
  async inject({ world, copies, scratchDir }, id, { region }) {
    const process = world.region(region);
    const copied = beginning(async () => {
      await process.stop(STOP_TIMEOUT_MS);
      const copy = join(scratchDir, `${id}-${region}`);
      cpSync(process.plan.dataDir, copy, { recursive: true });
      copies.set(region, copy);
      await world.startRegion(region);
    });
    await Promise.resolve();
    return { heal: () => copied };
  },
});

export const oldCopy = defineFault<{ readonly region: string }>({
  words: object({ region: text }),
  defaults: {},
  summary: "kill -9 and the data directory replaced by the copy that `take-copy` made; healed by a start from it",
  story: ({ region }) => ({
    title: `${region} is killed and an old copy of its directory put back`,
    regions: [region],
    links: [],
    losesDisk: true,
    away: region,
  }),
  async inject({ world, copies }, _id, { region }) {
    const copy = copies.get(region);
    if (copy === undefined) throw new Error(`old-copy of ${region} wants a take-copy of it before`);
    const process = world.region(region);
    await process.kill();
    rmSync(process.plan.dataDir, { recursive: true, force: true });
    cpSync(copy, process.plan.dataDir, { recursive: true });
    return { heal: () => world.startRegion(region) };
  },
});

export const twin = defineFault<{ readonly region: string }>({
  words: object({ region: text }),
  defaults: {},
  summary:
    "a second node runs on a copy of the region's directory under the same name: the later one counts, the other refuses clients; healed by ending the twin and a restart",
  story: ({ region }) => ({
    title: `a second ${region} runs on a copy of its directory`,
    regions: [region],
    links: [],
    losesDisk: false,
  }),
  async inject({ world, scratchDir }, id, { region }) {
    const process = world.region(region);
    let second: RegionProcess | null = null;
    const doubled = beginning(async () => {
      await process.stop(STOP_TIMEOUT_MS);
      const copy = join(scratchDir, `${id}-${region}`);
      cpSync(process.plan.dataDir, copy, { recursive: true });
      await process.start();
      second = await world.startTwin(region, copy);
    });
    await Promise.resolve();
    return {
      async heal() {
        await doubled;
        await second?.stop(STOP_TIMEOUT_MS);
        await process.stop(STOP_TIMEOUT_MS);
        await process.start();
      },
    };
  },
});
