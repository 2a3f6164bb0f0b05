import type { Random } from "../../../src/base/random.ts";
import { COUNTED_LIMITS, TAKEN_KEYS } from "./limit-book.ts";
import type { Profile } from "./profile.ts";
import { pick } from "./random-command.ts";
import { JUMP_MS } from "./random-fault.ts";
import { LIMIT_DEEDS, LOCK_DEEDS, type LimitStep, type LockStep } from "./steps.ts";

/** One thing that somebody does with a limit, or with a lock on a pinned key. */

/** Spending is what limits are for. */
const DEEDS = [...LIMIT_DEEDS, "spend", "spend", "spend", "spend", "mint", "return"] as const;
const LOCK_WORK = [...LOCK_DEEDS, "lock", "lock-fenced", "unlock"] as const;
/** Homes that are locked in: few, so that locks meet. */
const HOMES_MAX = 2;
const LOCKS = ["l0", "l1"];

export function randomLimitStep(random: Random, profile: Profile, region: string): LimitStep {
  const { names, taste } = profile;
  const roll = random.below(20);
  // What was used is kept for a minute after its window, by the clock of who used it: there clocks are further apart.
  const isSlow = 2 * JUMP_MS * taste.scale > 60_000;
  if (roll === 0) return { do: "policy", region };
  if (roll <= 5 && !isSlow) return { do: "take", region, key: pick(random, TAKEN_KEYS), amount: 1 + random.below(2) };
  const deed = pick(random, DEEDS);
  const amount = 1 + random.below(deed === "mint" ? 12 : 4);
  return { do: "limit", region, deed, limit: pick(random, COUNTED_LIMITS), amount, other: pick(random, names) };
}

export function randomLockStep(random: Random, { names, taste }: Profile, region: string, index: number): LockStep {
  const home = pick(random, names.slice(0, HOMES_MAX));
  if (random.below(10) === 0) {
    return { do: "move-home", home, to: pick(random, names), asks: random.below(3) === 0 ? "first" : "home" };
  }
  // Longer than clocks can be apart: else nobody could be sure to hold one.
  const ttlMs = (2 * JUMP_MS + 100 + random.below(random.below(3) === 0 ? 5000 : 600)) * taste.scale;
  const deed = pick(random, LOCK_WORK);
  return { do: "lock", region, deed, home, lock: pick(random, LOCKS), id: `op-${index}`, ttlMs };
}
