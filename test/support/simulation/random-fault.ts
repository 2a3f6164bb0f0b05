import type { Random } from "../../../src/base/random.ts";
import type { Leaving } from "../fake-links.ts";
import type { Profile } from "./profile.ts";
import { pick } from "./random-command.ts";
import { CRASH_POINTS } from "./node-parts.ts";
import type { ChoreStep, Direction, FaultStep } from "./steps.ts";

const LEAVINGS: readonly Leaving[] = ["closing", "reset", "silent"];

/** One thing that goes wrong, or ends: as a step, or as several that belong together. */
export function randomFault(random: Random, profile: Profile, region: string): readonly (FaultStep | ChoreStep)[] {
  const { names, taste, disasters, members } = profile;
  const roll = random.below(100);
  if (roll < 22) {
    const crash = { at: pick(random, CRASH_POINTS), keep: random.below(4), how: pick(random, LEAVINGS) };
    return [{ do: "crash", region, crash }];
  }
  if (roll < 26) return [{ do: "pause", region }];
  if (roll < 46) return [{ do: "start", region }];
  if (roll < 58) return [randomPartition(random, names)];
  if (roll < 68) return [{ do: "heal" }];
  if (roll < 72) return swizzle(random, names, taste.scale);
  if (roll < 77) return [{ do: "half-open", link: randomLink(random, names) }];
  if (roll < 80) return [{ do: "corrupt", share: random.below(3) === 0 ? 0.02 : 0 }];
  if (roll < 84)
    return [{ do: "jump", region, offsetMs: Math.floor((random.next() - 0.5) * 2 * JUMP_MS * taste.scale) }];
  if (roll < 88) return [{ do: "fail-disk", region, keep: random.below(3) }];
  if (disasters && roll < 91) return [{ do: "back-up", region }];
  if (disasters && roll < 94) return [{ do: "restore", region }];
  if (disasters && roll < 95) return [{ do: "destroy", region }];
  if (members && roll < 98) {
    const order = pick(random, ["add", "remove", "evict"] as const);
    return [{ do: "order", region, order, member: order === "add" ? `x${random.below(3)}` : pick(random, names) }];
  }
  return [{ do: "sync", region }];
}

/** Clocks are put wrong by at most so much each way; twice that is within the skew that the limits allow. */
export const JUMP_MS = 200;

function randomLink(random: Random, names: readonly string[]): Direction {
  const from = pick(random, names);
  return [
    from,
    pick(
      random,
      names.filter((name) => name !== from),
    ),
  ];
}

/** Links are clogged one by one, and unclogged in another order. */
function swizzle(random: Random, names: readonly string[], scale: number): readonly (FaultStep | ChoreStep)[] {
  const links = shuffled(random, allLinks(names)).slice(0, 1 + random.below(4));
  const wait = (): ChoreStep => ({ do: "wait", ms: (1 + random.below(60)) * scale });
  return [
    ...links.flatMap((link) => [{ do: "clog", link } as const, wait()]),
    ...shuffled(random, links).flatMap((link) => [{ do: "unclog", link } as const, wait()]),
  ];
}

function randomPartition(random: Random, names: readonly string[]): FaultStep {
  const order = shuffled(random, names);
  const both = (left: string, right: string): Direction[] => [
    [left, right],
    [right, left],
  ];
  const [first] = order as [string];
  const half = Math.ceil(order.length / 2);
  switch (random.below(5)) {
    case 0: {
      // Two sides that hear nothing of each other.
      const cuts = order.slice(0, half).flatMap((left) => order.slice(half).flatMap((right) => both(left, right)));
      return { do: "partition", shape: "full", cuts };
    }
    case 1:
      return { do: "partition", shape: "one-way", cuts: order.slice(1).map((name): Direction => [first, name]) };
    case 2: {
      // Two sides with one region in both.
      const [bridge, ...rest] = order as [string, ...string[]];
      const left = rest.slice(0, Math.ceil(rest.length / 2));
      const right = rest.filter((name) => !left.includes(name) && name !== bridge);
      return {
        do: "partition",
        shape: "bridge",
        cuts: left.flatMap((one) => right.flatMap((other) => both(one, other))),
      };
    }
    case 3: {
      const near = (one: number, other: number): boolean => {
        const distance = Math.abs(one - other);
        return distance === 1 || distance === order.length - 1;
      };
      const cuts = allLinks(order).filter(([from, to]) => !near(order.indexOf(from), order.indexOf(to)));
      return { do: "partition", shape: "ring", cuts };
    }
    default:
      return { do: "partition", shape: "one alone", cuts: order.slice(1).flatMap((name) => both(first, name)) };
  }
}

function allLinks(names: readonly string[]): readonly Direction[] {
  return names.flatMap((from) => names.filter((to) => to !== from).map((to): Direction => [from, to]));
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const out = [...items];
  for (let at = out.length - 1; at > 0; at--) {
    const other = random.below(at + 1);
    [out[at], out[other]] = [out[other]!, out[at]!];
  }
  return out;
}
