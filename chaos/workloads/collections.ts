import type { Random } from "../../src/base/random.ts";
import type { Operation } from "../record/operations.ts";
import { count, number, object } from "../record/shape.ts";
import { defineWorkload, PEOPLE, PLAIN, ROUTER_SHARE, somewhere, ticks, type PlanShape } from "./workload.ts";

export interface Rate {
  readonly perSecond: number;
  readonly keys: number;
}
const words = object<Rate>({ perSecond: number, keys: count });
const defaults = { perSecond: 20, keys: 7 };

/** A plan of operations that are alike: `next` says what the one with this number is. */
export function planEach(
  { perSecond, keys }: Rate,
  shape: PlanShape,
  name: string,
  next: (key: string, id: string) => Operation,
) {
  return [...ticks(shape.durationMs, perSecond)].map(([index, atMs]) => ({
    ...PLAIN,
    atMs,
    region: somewhere(shape, ROUTER_SHARE),
    person: shape.random.below(PEOPLE),
    op: next(`${name}:${shape.prefix}-${shape.random.below(keys)}`, `${shape.prefix}-${index}`),
  }));
}

export const counters = defineWorkload<Rate>({
  words,
  defaults,
  summary: "increments and reads of a few counters, from everywhere",
  plan: (rate, shape) =>
    planEach(rate, shape, "counter", (key) =>
      shape.random.next() < 0.15
        ? { kind: "counter.read", key }
        : { kind: "counter.add", key, amount: 1 + shape.random.below(3) },
    ),
});

/** How many of the latest elements a remove chooses from. */
const RECENT = 30;

/** Remembers what was added to each key, so that removes hit something, and adds each thing once. */
class Added {
  readonly #byKey = new Map<string, string[]>();

  add(key: string, id: string): string {
    const known = this.#byKey.get(key) ?? [];
    this.#byKey.set(key, known);
    known.push(id);
    return id;
  }

  draw(key: string, random: Random): string | undefined {
    const recent = (this.#byKey.get(key) ?? []).slice(-RECENT);
    return recent[random.below(Math.max(1, recent.length))];
  }
}

export const sets = defineWorkload<Rate>({
  words,
  defaults,
  summary: "members added to, removed from and read in a few sets",
  plan(rate, shape) {
    const added = new Added();
    return planEach(rate, shape, "set", (key, id) => {
      const roll = shape.random.next();
      if (roll < 0.1) return { kind: "set.read", key };
      const member = roll < 0.3 ? added.draw(key, shape.random) : undefined;
      if (member !== undefined) return { kind: "set.remove", key, member };
      return { kind: "set.add", key, member: added.add(key, id) };
    });
  },
});

export const hashes = defineWorkload<Rate>({
  words,
  defaults,
  summary: "fields set, overwritten, removed and read in a few hashes",
  plan(rate, shape) {
    const added = new Added();
    return planEach(rate, shape, "hash", (key, id) => {
      const roll = shape.random.next();
      if (roll < 0.1) return { kind: "hash.read", key };
      const field = roll < 0.45 ? added.draw(key, shape.random) : undefined;
      if (field !== undefined && roll < 0.2) return { kind: "hash.remove", key, field };
      return { kind: "hash.set", key, field: field ?? added.add(key, `f${id}`), value: `v${id}` };
    });
  },
});

export const transactions = defineWorkload<Rate>({
  words,
  defaults,
  summary: "one value written to two keys in a transaction, and both read at once: no reader may see half",
  plan: (rate, shape) =>
    planEach(rate, shape, "pair", (key, id) => {
      const keys = [`${key}-left`, `${key}-right`] as const;
      return shape.random.next() < 0.5 ? { kind: "pair.set", keys, value: id } : { kind: "pair.read", keys };
    }),
});
