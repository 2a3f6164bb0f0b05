import { count, number, object } from "../record/shape.ts";
import { planEach, type Rate } from "./collections.ts";
import { defineWorkload, PEOPLE, PLAIN, ROUTER_SHARE, somewhere, ticks } from "./workload.ts";

/** What must not merge: locks on pinned keys, and limits whose rights belong to regions. */

interface Locking extends Rate {
  /** Milliseconds a lock is held for; nobody gives one back. */
  readonly ttlMs: number;
}

export const locks = defineWorkload<Locking>({
  words: object<Locking>({ perSecond: number, keys: count, ttlMs: count }),
  defaults: { perSecond: 20, keys: 4, ttlMs: 400 },
  summary: "a few locks that everybody wants, each at home in one region, with their fencing tokens",
  plan: ({ perSecond, keys, ttlMs }, shape) =>
    [...ticks(shape.durationMs, perSecond)].map(([index, atMs]) => {
      const lock = shape.random.below(keys);
      const home = shape.regions[lock % shape.regions.length]!;
      return {
        ...PLAIN,
        atMs,
        region: somewhere(shape, ROUTER_SHARE),
        person: shape.random.below(PEOPLE),
        op: {
          kind: "lock.acquire" as const,
          key: `{home:${home}}lock:${shape.prefix}-${lock}`,
          holder: `${shape.prefix}-${index}`,
          ttlMs,
        },
      };
    }),
});

interface Limiting extends Rate {
  /** How much may be taken of each key. */
  readonly limit: number;
}

export const limits = defineWorkload<Limiting>({
  words: object<Limiting>({ perSecond: number, keys: count, limit: count }),
  defaults: { perSecond: 20, keys: 3, limit: 60 },
  summary: "a few strict limits that everybody takes from until nothing is left",
  plan: (rate, shape) =>
    planEach(rate, shape, "limit", (key) => ({
      kind: "limit.spend",
      key,
      amount: 1 + shape.random.below(2),
      limit: rate.limit,
    })),
});
