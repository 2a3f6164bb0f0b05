import { count, list, number, object, text } from "../record/shape.ts";
import { defineFault, keepGoing } from "./fault.ts";

const HOUR_MS = 3_600_000;

export const clock = defineFault<{ readonly region: string; readonly offsetMs: number; readonly driftPpm: number }>({
  words: object({ region: text, offsetMs: number, driftPpm: number }),
  defaults: { offsetMs: HOUR_MS, driftPpm: 0 },
  summary:
    "the region's wall clock is wrong by so much, and goes wrong further by so many microseconds a second; healed by setting it right",
  story: ({ region, offsetMs, driftPpm }) => ({
    title: `${region}'s clock is ${offsetMs} ms ahead${driftPpm === 0 ? "" : `, drifting ${driftPpm} ppm`}`,
    regions: [region],
    links: [],
    losesDisk: false,
  }),
  async inject({ world }, _id, { region, offsetMs, driftPpm }) {
    world.region(region).setClock(offsetMs, driftPpm);
    await Promise.resolve();
    return {
      async heal() {
        world.region(region).setClock(0, 0);
        await Promise.resolve();
      },
    };
  },
});

export const clockJumps = defineFault<{
  readonly region: string;
  readonly jumpsMs: readonly number[];
  readonly everyMs: number;
}>({
  words: object({ region: text, jumpsMs: list(number), everyMs: count }),
  defaults: { jumpsMs: [HOUR_MS, -60_000, 5_000, -HOUR_MS, 0], everyMs: 800 },
  summary: "the region's wall clock jumps from one wrong time to the next, back too",
  story: ({ region }) => ({ title: `${region}'s clock jumps`, regions: [region], links: [], losesDisk: false }),
  async inject({ world }, _id, { region, jumpsMs, everyMs }) {
    const jumping = keepGoing(async (stopped, wait) => {
      for (let turn = 0; !stopped(); turn++) {
        world.region(region).setClock(jumpsMs[turn % jumpsMs.length]!, 0);
        await wait(everyMs);
      }
      world.region(region).setClock(0, 0);
    });
    await Promise.resolve();
    return { heal: () => jumping.stop() };
  },
});
