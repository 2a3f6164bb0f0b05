import type { Toxic } from "../links/link.ts";
import { list, object, text, word } from "../record/shape.ts";
import type { Roads } from "../world/roads.ts";
import { defineFault, linksBetween, linksOf, type FaultWorld } from "./fault.ts";

const BLACK_HOLE: Toxic = { kind: "black-hole" };

/** `black-hole`: nothing passes, connections stay. `refuse`: connections end and are refused. */
type Manner = "black-hole" | "refuse";
const MANNER = word<Manner>("black-hole", "refuse");

export function roadsOf(world: FaultWorld): Roads {
  if (world.roads === null) throw new Error("this world has no links to spoil");
  return world.roads;
}

async function cutPairs(
  world: FaultWorld,
  id: string,
  pairs: readonly (readonly [string, string])[],
  manner: Manner,
): Promise<{ heal(): Promise<void> }> {
  const roads = roadsOf(world);
  await Promise.all(
    pairs.map(async ([one, other], index) => {
      if (manner === "refuse") return roads.close(`${id}_${index}`, one, other);
      await roads.spoil(`${id}_${index}`, one, other, BLACK_HOLE);
      await roads.spoil(`${id}_${index}`, other, one, BLACK_HOLE);
    }),
  );
  return {
    async heal() {
      await Promise.all(pairs.map((_, index) => roads.mend(`${id}_${index}`)));
    },
  };
}

const pairsOf = (near: readonly string[], far: readonly string[]): readonly (readonly [string, string])[] =>
  near.flatMap((one) => far.map((other) => [one, other] as const));

export const outage = defineFault<{ readonly region: string; readonly by: Manner }>({
  words: object({ region: text, by: MANNER }),
  defaults: { by: "black-hole" },
  summary: "the region is cut from everybody: other regions, the router, clients. It runs on, alone",
  story: ({ region }, all) => ({
    title: `${region} is cut off from everybody`,
    regions: [region],
    links: linksOf(region, all),
    losesDisk: false,
    away: region,
  }),
  inject: ({ world }, id, { region, by }) =>
    cutPairs(world, id, pairsOf([region], roadsOf(world).neighbours(region)), by),
});

export const partition = defineFault<{ readonly groups: readonly (readonly string[])[]; readonly by: Manner }>({
  words: object({ groups: list(list(text)), by: MANNER }),
  defaults: { by: "black-hole" },
  summary: "regions of different groups do not reach each other; each goes on with its own clients",
  story: ({ groups }) => ({
    title: `partition: ${groups.map((group) => group.join(" and ")).join(" | ")}`,
    regions: groups.flat(),
    links: groups.flatMap((group, index) => linksBetween(group, groups.slice(index + 1).flat())),
    losesDisk: false,
  }),
  inject: ({ world }, id, { groups, by }) =>
    cutPairs(
      world,
      id,
      groups.flatMap((group, index) => pairsOf(group, groups.slice(index + 1).flat())),
      by,
    ),
});

export const oneWay = defineFault<{ readonly from: string; readonly to: string }>({
  words: object({ from: text, to: text }),
  defaults: {},
  summary: "what `from` sends does not arrive at `to`; the other way does",
  story: ({ from, to }) => ({
    title: `one-way cut: ${from} does not reach ${to}`,
    regions: [from, to],
    links: [`${from}→${to}`],
    losesDisk: false,
  }),
  async inject({ world }, id, { from, to }) {
    const roads = roadsOf(world);
    await roads.spoil(id, from, to, BLACK_HOLE);
    return { heal: () => roads.mend(id) };
  },
});

export const bridge = defineFault<{
  readonly left: readonly string[];
  readonly right: readonly string[];
  readonly over: string;
}>({
  words: object({ left: list(text), right: list(text), over: text }),
  defaults: {},
  summary: "two halves that meet in one region alone",
  story: ({ left, right, over }) => ({
    title: `bridge: ${left.join(" and ")} and ${right.join(" and ")} meet in ${over} alone`,
    regions: [...left, ...right],
    links: linksBetween(left, right),
    losesDisk: false,
  }),
  inject: ({ world }, id, { left, right }) => cutPairs(world, id, pairsOf(left, right), "black-hole"),
});

export const ring = defineFault<{ readonly order: readonly string[] }>({
  words: object({ order: list(text) }),
  defaults: {},
  summary: "each region reaches its two neighbours in the order given, and nobody else",
  story: ({ order }) => ({
    title: `ring: ${order.join(" – ")}`,
    regions: order,
    links: strangers(order).flatMap(([one, other]) => linksBetween([one], [other])),
    losesDisk: false,
  }),
  inject: ({ world }, id, { order }) => cutPairs(world, id, strangers(order), "black-hole"),
});

/** Pairs of a ring that are no neighbours. */
function strangers(order: readonly string[]): readonly (readonly [string, string])[] {
  return order.flatMap((one, index) =>
    order.slice(index + 2).flatMap((other, offset) =>
      // First and last are neighbours too.
      index === 0 && index + 2 + offset === order.length - 1 ? [] : [[one, other] as const],
    ),
  );
}
