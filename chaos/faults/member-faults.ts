import { object, text } from "../record/shape.ts";
import { orderMember, waitUntilAnswering, waitUntilGone, waitUntilRefusing } from "../world/members.ts";
import { defineFault, type FaultWorld } from "./fault.ts";

const STOP_TIMEOUT_MS = 20_000;
/** Long enough to be told by the others that it is out. */
const RETURN_WITHIN_MS = 8_000;

/** Starts a region that is no member yet and has it added; answers when it will serve. */
async function join(world: FaultWorld, region: string, at: string): Promise<{ readonly serving: Promise<void> }> {
  const url = await world.prepareRegion(region);
  const serving = world.startRegion(region);
  // Told to who waits for it.
  serving.catch(() => {});
  await waitUntilAnswering(world, region);
  await orderMember(world, at, "add", region, url);
  return { serving };
}

export const addRegion = defineFault<{ readonly region: string }>({
  words: object({ region: text }),
  defaults: {},
  summary: "a region that was not there is started empty and added; over once it serves clients",
  story: ({ region }) => ({ title: `${region} is added`, regions: [], links: [], losesDisk: false }),
  async inject({ world }, _id, { region }) {
    const { serving } = await join(world, region, world.regions[0]!);
    return { heal: () => serving };
  },
});

export const removeRegion = defineFault<{ readonly region: string }>({
  words: object({ region: text }),
  defaults: {},
  summary: "a region that runs is removed: it hands over what it has and is gone; over once it is, its process stopped",
  story: ({ region }) => ({ title: `${region} is removed`, regions: [region], links: [], losesDisk: false }),
  async inject({ world }, _id, { region }) {
    const stays = world.regions.find((other) => other !== region)!;
    await orderMember(world, stays, "remove", region);
    return {
      async heal() {
        await waitUntilGone(world, stays, region);
        await world.region(region).stop(STOP_TIMEOUT_MS);
        world.forget(region);
      },
    };
  },
});

export const evictRegion = defineFault<{ readonly region: string; readonly returnsAs: string }>({
  words: object({ region: text, returnsAs: text }),
  defaults: {},
  summary: "a region is killed and forced out; it comes back, is refused, and joins under another name (`returnsAs`)",
  story: ({ region }) => ({
    title: `${region} is killed and evicted`,
    regions: [region],
    links: [],
    losesDisk: true,
    away: region,
  }),
  async inject({ world, onNote }, _id, { region, returnsAs }) {
    const stays = world.regions.find((other) => other !== region)!;
    const process = world.region(region);
    await process.kill();
    await orderMember(world, stays, "evict", region);
    return {
      async heal() {
        await waitUntilGone(world, stays, region);
        // It does not know, and comes back: it never serves, and is ended for that.
        const outcome = process.start(RETURN_WITHIN_MS).then(
          () => "serves",
          () => "was refused",
        );
        await waitUntilRefusing(world, region);
        if ((await outcome) === "serves") throw new Error(`${region} serves clients though it was evicted`);
        onNote(`${region} came back after its eviction and was refused`);
        world.forget(region);
        await (
          await join(world, returnsAs, stays)
        ).serving;
      },
    };
  },
});
