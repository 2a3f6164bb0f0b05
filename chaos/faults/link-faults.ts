import { count, list, object, text } from "../record/shape.ts";
import type { Toxic } from "../links/link.ts";
import { roadsOf } from "./cut-faults.ts";
import { defineFault, keepGoing, linksBetween, linksOf, type FaultStage, type Injected } from "./fault.ts";

interface Between {
  readonly between: readonly string[];
}

const between = list(text);

function storyBetween(title: string, regions: readonly string[]) {
  const links = regions.flatMap((one, index) => linksBetween([one], regions.slice(index + 1)));
  return { title, regions, links, losesDisk: false };
}

/** Puts a toxic on everything these say to each other. */
async function spoilBetween(
  { world }: FaultStage,
  id: string,
  regions: readonly string[],
  toxic: Toxic,
): Promise<Injected> {
  const roads = roadsOf(world);
  for (const one of regions) for (const other of regions) if (one !== other) await roads.spoil(id, one, other, toxic);
  return { heal: () => roads.mend(id) };
}

export const slow = defineFault<Between & { readonly latencyMs: number; readonly jitterMs: number }>({
  words: object({ between, latencyMs: count, jitterMs: count }),
  defaults: { jitterMs: 0 },
  summary: "so much more delay each way, give or take the jitter",
  story: (words) =>
    storyBetween(
      `slow links: ${words.latencyMs} ± ${words.jitterMs} ms more between ${words.between.join(", ")}`,
      words.between,
    ),
  inject: (stage, id, { between: regions, latencyMs, jitterMs }) =>
    spoilBetween(stage, id, regions, { kind: "latency", latencyMs, jitterMs }),
});

export const thin = defineFault<Between & { readonly kilobytesPerSecond: number }>({
  words: object({ between, kilobytesPerSecond: count }),
  defaults: {},
  summary: "links carry no more than this",
  story: (words) =>
    storyBetween(`thin links: ${words.kilobytesPerSecond} KB/s between ${words.between.join(", ")}`, words.between),
  inject: (stage, id, { between: regions, kilobytesPerSecond }) =>
    spoilBetween(stage, id, regions, { kind: "bandwidth", kilobytesPerSecond }),
});

export const cutFrames = defineFault<Between & { readonly bytes: number }>({
  words: object({ between, bytes: count }),
  defaults: { bytes: 4_096 },
  summary: "every connection is cut once it has carried so many bytes: in the middle of a frame, again and again",
  story: (words) =>
    storyBetween(`connections between ${words.between.join(", ")} are cut after ${words.bytes} bytes`, words.between),
  inject: (stage, id, { between: regions, bytes }) => spoilBetween(stage, id, regions, { kind: "cut-after", bytes }),
});

export const flap = defineFault<Between & { readonly downMs: number; readonly upMs: number }>({
  words: object({ between, downMs: count, upMs: count }),
  defaults: { downMs: 700, upMs: 900 },
  summary: "links go down and come up again, all the time",
  story: (words) =>
    storyBetween(
      `flapping links between ${words.between.join(", ")}: ${words.downMs} ms down, ${words.upMs} ms up`,
      words.between,
    ),
  async inject(stage, id, { between: regions, downMs, upMs }) {
    const roads = roadsOf(stage.world);
    const flapping = keepGoing(async (stopped, wait) => {
      while (!stopped()) {
        for (const [index, one] of regions.entries())
          for (const other of regions.slice(index + 1)) await roads.close(id, one, other);
        await wait(downMs);
        await roads.mend(id);
        if (!stopped()) await wait(upMs);
      }
    });
    await Promise.resolve();
    return { heal: () => flapping.stop() };
  },
});

export const resetStorm = defineFault<{ readonly region: string; readonly everyMs: number }>({
  words: object({ region: text, everyMs: count }),
  defaults: { everyMs: 500 },
  summary:
    "connections to and from the region, clients' too, are ended again and again and new ones reset at their first word",
  story: ({ region, everyMs }, all) => ({
    title: `reset storm around ${region}, every ${everyMs} ms`,
    regions: [region],
    links: linksOf(region, all),
    losesDisk: false,
  }),
  async inject({ world }, id, { region, everyMs }) {
    const roads = roadsOf(world);
    const storm = keepGoing(async (stopped, wait) => {
      while (!stopped()) {
        for (const party of roads.neighbours(region)) {
          await roads.spoil(id, party, region, { kind: "reset-peer", afterMs: 0 });
          await roads.spoil(id, region, party, { kind: "reset-peer", afterMs: 0 });
        }
        await wait(everyMs / 2);
        await roads.mend(id);
        await wait(everyMs / 2);
      }
    });
    await Promise.resolve();
    return { heal: () => storm.stop() };
  },
});

export const swizzle = defineFault<{ readonly region: string; readonly everyMs: number }>({
  words: object({ region: text, everyMs: count }),
  defaults: { everyMs: 400 },
  summary: "the region's links are clogged one by one, and unclogged one by one in another order",
  story: ({ region }, all) => ({
    title: `swizzle around ${region}`,
    regions: [region],
    links: linksOf(region, all),
    losesDisk: false,
  }),
  async inject({ world, random }, id, { region, everyMs }) {
    const roads = roadsOf(world);
    const flows = roads
      .neighbours(region)
      .filter((party) => world.regions.includes(party))
      .flatMap((party) => [
        [party, region],
        [region, party],
      ]);
    const names = flows.map((_, index) => `${id}_${index}`);
    const clogging = keepGoing(async (_stopped, wait) => {
      for (const [index, [from, to]] of shuffled([...flows.entries()], random)) {
        await roads.spoil(names[index]!, from!, to!, { kind: "black-hole" });
        await wait(everyMs);
      }
    });
    await Promise.resolve();
    return {
      async heal() {
        await clogging.stop();
        for (const name of shuffled(names, random)) {
          await roads.mend(name);
          await new Promise((resolve) => setTimeout(resolve, everyMs));
        }
      },
    };
  },
});

function shuffled<T>(items: readonly T[], random: { below(bound: number): number }): readonly T[] {
  const left = [...items];
  return items.map(() => left.splice(random.below(left.length), 1)[0]!);
}
