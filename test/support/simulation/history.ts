import { seededRandom, type Random } from "../../../src/base/random.ts";
import { COUNTERS, PAIRS, uniqueName } from "./observation.ts";
import type { Focus, Profile } from "./profile.ts";
import { pick, randomCommand } from "./random-command.ts";
import { randomFault } from "./random-fault.ts";
import { randomLimitStep, randomLockStep } from "./random-rights.ts";
import { PAIR_HOWS, UNIQUE_HOWS, type ClientStep, type Step } from "./steps.ts";

export const CLIENTS_PER_REGION = 4;
export const TRAVELLERS = 3;
/** How many of a hundred things that clients do are done with limits and locks. */
const RIGHTS_PERCENT: Readonly<Record<Focus, number>> = { all: 15, limits: 75, locks: 75 };

/** Draws a whole history of a kind: what clients do, what goes wrong and what the machines do meanwhile. */
export function drawHistory(profile: Profile): readonly Step[] {
  const random = seededRandom(profile.seed);
  const steps: Step[] = [];
  /** Unique strings and effects so far: later ones may follow from them. */
  const causes: string[] = [];
  const add = (step: Parameters<typeof withSeed>[0]): void => {
    steps.push(withSeed(step, random));
  };
  while (steps.length < profile.steps) {
    const region = pick(random, profile.names);
    const roll = random.below(100);
    if (roll < 52) add(clientStep(random, profile, region, steps.length, causes));
    else if (roll < 66)
      add({ do: "wait", ms: (1 + random.below(random.below(8) === 0 ? 1500 : 80)) * profile.taste.scale });
    else if (roll < 76) add({ do: "sync", region });
    else if (roll < 80) add({ do: "checkpoint", region });
    else for (const fault of randomFault(random, profile, region)) add(fault);
  }
  return steps;
}

function clientStep(random: Random, profile: Profile, region: string, index: number, causes: string[]): ClientStep {
  if (random.below(100) < RIGHTS_PERCENT[profile.focus]) {
    const isLimit = profile.focus === "all" ? random.below(2) === 0 : profile.focus === "limits";
    return isLimit ? randomLimitStep(random, profile, region) : randomLockStep(random, profile, region, index);
  }
  const client = random.below(CLIENTS_PER_REGION);
  const value = `${index}`;
  switch (random.below(16)) {
    case 0:
      return { do: "pair", region, client, how: pick(random, PAIR_HOWS), value: `${pick(random, PAIRS)} ${value}` };
    case 1:
    case 2: {
      const how = pick(random, UNIQUE_HOWS);
      if (how === "string") causes.push(uniqueName(how, value));
      return { do: "unique", region, client, how, value };
    }
    case 3:
      if (causes.length > 0) {
        const cause = pick(random, causes.slice(-4));
        causes.push(uniqueName("follow", value));
        return { do: "follow", region, client, cause, effect: value };
      }
      return { do: "unique", region, client, how: "set", value };
    case 4:
      return { do: "count", region, client, by: 1 + random.below(9), counter: pick(random, COUNTERS) };
    case 5:
    case 6:
      return {
        do: "travel",
        traveller: random.below(TRAVELLERS),
        to: random.below(2) === 0 ? null : region,
      };
    case 7: {
      const watched = random.below(3) === 0;
      const commands = Array.from({ length: 1 + random.below(4) }, () => randomCommand(random, profile.taste));
      return { do: "transaction", region, client, watch: watched ? ["num:1", "str:1"] : [], commands };
    }
    default:
      return { do: "command", region, client, argv: randomCommand(random, profile.taste) };
  }
}

type Unseeded = Step extends infer One ? (One extends Step ? Omit<One, "seed"> : never) : never;

function withSeed(step: Unseeded, random: Random): Step {
  return { ...step, seed: random.below(2 ** 32) };
}
