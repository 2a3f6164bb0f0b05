import { object, text } from "../record/shape.ts";
import { orderMember, waitUntilGone, waitUntilRefusing, waitUntilServing } from "../world/members.ts";
import { defineFault } from "./fault.ts";

const STOP_TIMEOUT_MS = 20_000;

export const addRegion = defineFault<{ readonly region: string }>({
  words: object({ region: text }),
  defaults: {},
  summary: "a region that was not there is started empty and added; over once it serves clients",
  story: ({ region }) => ({ title: `${region} is added`, regions: [], links: [], losesDisk: false }),
  async inject({ world }, _id, { region }) {
    const [first] = world.regions;
    const url = await world.prepareRegion(region);
    await world.startRegion(region);
    await orderMember(world, first!, "add", region, url);
    return { heal: () => waitUntilServing(world, region) };
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
  summary: "a region is killed and forced out; healed by a start of a new one under another name (`returnsAs`)",
  story: ({ region }) => ({
    title: `${region} is killed and evicted`,
    regions: [region],
    links: [],
    losesDisk: true,
    away: region,
  }),
  async inject({ world, onNote }, _id, { region, returnsAs }) {
    const stays = world.regions.find((other) => other !== region)!;
    await world.region(region).kill();
    await orderMember(world, stays, "evict", region);
    return {
      async heal() {
        await waitUntilGone(world, stays, region);
        // It comes back, is told that it is out, and must refuse clients.
        await world.startRegion(region);
        await waitUntilRefusing(world, region);
        onNote(`${region} came back after its eviction and refuses clients`, region);
        await world.region(region).stop(STOP_TIMEOUT_MS);
        world.forget(region);
        const url = await world.prepareRegion(returnsAs);
        await world.startRegion(returnsAs);
        await orderMember(world, stays, "add", returnsAs, url);
        await waitUntilServing(world, returnsAs);
      },
    };
  },
});
