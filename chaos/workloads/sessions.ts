import type { Random } from "../../src/base/random.ts";
import type { Operation } from "../record/operations.ts";
import { count, number, object } from "../record/shape.ts";
import { defineWorkload, ticks, type PlannedOp } from "./workload.ts";

const SESSION_TTL_MS = 3_600_000;
/** Sessions nobody comes back to: they must be gone at the end. */
const FORGOTTEN_TTL_MS = 2_000;
const FORGOTTEN_SHARE = 0.1;
const ROAMING_SHARE = 0.15;
const FINAL_SHARE = 0.3;
const ZIPF_EXPONENT = 1.1;

interface Person {
  readonly key: string;
  readonly home: string;
  readonly roams: boolean;
}

/**
 * A realistic day of session traffic, squeezed into seconds: people log in, come back, change their cart, log out, or are forgotten. Who
 * comes is Zipf-distributed; each person has a home region, and some use two at once. Ids are unique, so that the record can be judged
 * exactly. Keys begin with `sess:`: a logout also removes what another region saves at the same moment.
 */
export const sessions = defineWorkload<{ readonly perSecond: number; readonly users: number }>({
  words: object({ perSecond: number, users: count }),
  defaults: { perSecond: 60, users: 100 },
  summary: "a day of logins, touches, carts, reads and logouts of `users` people",
  plan({ perSecond, users }, { random, regions, durationMs, prefix }) {
    const drawUser = zipf(users, random);
    const open = new Map<number, Person>();
    const plan: PlannedOp[] = [];
    for (const [index, atMs] of ticks(durationMs, perSecond)) {
      const user = drawUser();
      const person = open.get(user);
      const rest = { atMs, person: user, concern: "local", usesToken: false, asksRouterNext: true } as const;
      if (person === undefined) {
        const opened = {
          key: `sess:${prefix}-${index}`,
          home: regions[random.below(regions.length)]!,
          roams: random.next() < ROAMING_SHARE,
        };
        const forgotten = random.next() < FORGOTTEN_SHARE;
        if (!forgotten) open.set(user, opened);
        const ttlMs = forgotten ? FORGOTTEN_TTL_MS : SESSION_TTL_MS;
        const { key, home } = opened;
        const op: Operation = {
          kind: "session.login",
          key,
          field: "user",
          value: `${prefix}-u${user}-${index}`,
          ttlMs,
        };
        plan.push({ ...rest, region: home, session: key, op });
        continue;
      }
      const op = nextAction(person.key, prefix, index, random);
      if (op.kind === "session.logout") open.delete(user);
      const roams = person.roams && op.kind !== "session.logout";
      const region = roams ? regions[random.below(regions.length)]! : person.home;
      // Whoever roams is no single reader of his own writes.
      plan.push({ ...rest, region, session: person.roams ? null : person.key, op });
    }
    return plan;
  },
});

function nextAction(key: string, prefix: string, index: number, random: Random): Operation {
  const roll = random.next();
  if (roll < 0.38) return { kind: "session.read", key };
  if (roll < 0.64) return { kind: "session.touch", key, ttlMs: SESSION_TTL_MS };
  if (roll < 0.96) return { kind: "session.save", key, field: `item:${index}`, value: `${prefix}-v${index}` };
  return { kind: "session.logout", key, final: random.next() < FINAL_SHARE };
}

/** Draws from 0 … n-1 with probability proportional to 1 / rank^ZIPF_EXPONENT. */
function zipf(n: number, random: Random): () => number {
  const cumulative: number[] = [];
  let total = 0;
  for (let rank = 1; rank <= n; rank++) cumulative.push((total += 1 / rank ** ZIPF_EXPONENT));
  return () => {
    const target = random.next() * total;
    let low = 0;
    let high = n - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle]! < target) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
