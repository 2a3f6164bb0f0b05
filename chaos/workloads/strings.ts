import { count, flag, number, object, word } from "../record/shape.ts";
import type { WriteConcern } from "../record/lines.ts";
import { defineWorkload, PEOPLE, PLAIN, ROUTER_SHARE, somewhere, ticks, type PlannedOp } from "./workload.ts";

interface Strings {
  readonly perSecond: number;
  readonly keys: number;
  /** Size of a value, filled up behind its id. */
  readonly valueBytes: number;
  /** How many other regions must have a write durably before the client goes on. */
  readonly concern: WriteConcern;
}

export const strings = defineWorkload<Strings>({
  words: object({ perSecond: number, keys: count, valueBytes: count, concern: word("local", "one", "all") }),
  defaults: { perSecond: 20, keys: 50, valueBytes: 0, concern: "local" },
  summary: "values set, read and deleted; with a write concern the client waits until other regions have them durably",
  plan: ({ perSecond, keys, valueBytes, concern }, shape) =>
    [...ticks(shape.durationMs, perSecond)].map(([index, atMs]): PlannedOp => {
      const { random, prefix } = shape;
      const key = `string:${prefix}-${random.below(keys)}`;
      const roll = random.next();
      const id = `${prefix}-${index}`;
      const value = id.padEnd(valueBytes, ".");
      return {
        ...PLAIN,
        atMs,
        // A write concern is asked for on the connection that wrote: not through a router.
        region: somewhere(shape, concern === "local" ? ROUTER_SHARE : 0),
        person: random.below(PEOPLE),
        concern: roll < 0.75 ? concern : "local",
        op:
          roll < 0.7
            ? { kind: "string.set", key, value, ttlMs: null }
            : roll < 0.75
              ? { kind: "string.delete", key }
              : { kind: "string.read", key },
      };
    }),
});

interface Roaming {
  readonly perSecond: number;
  readonly people: number;
  readonly withToken: boolean;
}

/** Reads come this long after the write before them, elsewhere: less than a link's delay. */
const STEP_MS = 20;

export const roaming = defineWorkload<Roaming>({
  words: object({ perSecond: number, people: count, withToken: flag }),
  defaults: { perSecond: 10, people: 20, withToken: true },
  summary:
    "people who write in one region and read at once in the next, with a sync token or without: read-your-writes",
  plan({ perSecond, people, withToken }, { random, regions, durationMs, prefix }) {
    const plan: PlannedOp[] = [];
    for (const [index, atMs] of ticks(durationMs, perSecond / 2)) {
      const person = random.below(people);
      const key = `roam:${prefix}-${person}`;
      const first = random.below(regions.length);
      const second = (first + 1 + random.below(Math.max(1, regions.length - 1))) % regions.length;
      const rest = { ...PLAIN, person, session: key, usesToken: withToken };
      const op = { kind: "hash.set", key, field: `f${prefix}-${index}`, value: `v${prefix}-${index}` } as const;
      plan.push({ ...rest, atMs, region: regions[first]!, op });
      plan.push({ ...rest, atMs: atMs + STEP_MS, region: regions[second]!, op: { kind: "hash.read", key } });
    }
    return plan;
  },
});
