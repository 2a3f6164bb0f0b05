import { seededRandom, type Random } from "../../src/base/random.ts";

/**
 * A realistic day of session traffic, squeezed into seconds: people log in, come back, change their cart, log out, or are
 * forgotten. Who comes is Zipf-distributed; each person has a home region, and some use two at once. The plan is a pure
 * function of its seed; ids are unique, so that the record of what happened can be judged exactly.
 */
export type DayAction =
  | { readonly kind: "login"; readonly session: string; readonly user: string; readonly ttlMs: number }
  | { readonly kind: "touch"; readonly session: string; readonly ttlMs: number }
  | { readonly kind: "cart"; readonly session: string; readonly field: string; readonly value: string }
  | { readonly kind: "visit"; readonly session: string; readonly counter: string }
  | { readonly kind: "read"; readonly session: string }
  | { readonly kind: "logout"; readonly session: string };

export interface PlannedAction {
  /** Milliseconds after the day's start. */
  readonly atMs: number;
  /** Position in the list of regions. */
  readonly region: number;
  readonly action: DayAction;
}

export interface DayShape {
  readonly seed: number;
  readonly regions: number;
  readonly durationMs: number;
  readonly actionsPerSecond: number;
  readonly users: number;
}

const SESSION_TTL_MS = 3_600_000;
/** Sessions nobody comes back to: they must be gone at the end. */
const FORGOTTEN_TTL_MS = 2_000;
const ZIPF_EXPONENT = 1.1;

export function planDay(shape: DayShape): readonly PlannedAction[] {
  const random = seededRandom(shape.seed);
  const drawUser = zipf(shape.users, random);
  const sessions = new Map<number, { id: string; home: number; roams: boolean }>();
  const plan: PlannedAction[] = [];
  const count = Math.round((shape.durationMs / 1000) * shape.actionsPerSecond);
  for (let index = 0; index < count; index++) {
    const atMs = (index / count) * shape.durationMs;
    const user = drawUser();
    const session = sessions.get(user);
    if (session === undefined) {
      const home = random.below(shape.regions);
      const opened = { id: `s${shape.seed}-${index}`, home, roams: random.next() < 0.15 };
      const forgotten = random.next() < 0.1;
      if (!forgotten) sessions.set(user, opened);
      const ttlMs = forgotten ? FORGOTTEN_TTL_MS : SESSION_TTL_MS;
      plan.push({ atMs, region: home, action: { kind: "login", session: opened.id, user: `u${user}`, ttlMs } });
      continue;
    }
    const region = session.roams ? random.below(shape.regions) : session.home;
    const action = nextAction(session.id, index, random);
    if (action.kind === "logout") sessions.delete(user);
    plan.push({ atMs, region: action.kind === "logout" ? session.home : region, action });
  }
  return plan;
}

function nextAction(session: string, index: number, random: Random): DayAction {
  const roll = random.next();
  if (roll < 0.35) return { kind: "read", session };
  if (roll < 0.6) return { kind: "touch", session, ttlMs: SESSION_TTL_MS };
  if (roll < 0.85) return { kind: "cart", session, field: `item:${index}`, value: `v${index}` };
  if (roll < 0.97) return { kind: "visit", session, counter: `visits:${index % 7}` };
  return { kind: "logout", session };
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
