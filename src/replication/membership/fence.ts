import type { RegionName } from "../../crdt/origin.ts";
import type { MemberReport } from "../../keyspace/replica-port.ts";
import type { Membership } from "./membership.ts";

/** Budgets of what is kept for one silent member alone; 0: no budget. */
export interface FenceLimits {
  /** Age of a member's last word beyond which it is put out, milliseconds. */
  readonly ageMaxMs: number;
  /** Things kept for stability alone beyond which one that is silent for `SILENT_MS` is put out. */
  readonly itemsMax: number;
  /** The same by their estimated bytes. */
  readonly bytesMax: number;
}

/** What is kept only because a member may not have heard of it: markers of deletes, single increments, passed deadlines. */
export interface Kept {
  readonly items: number;
  readonly bytes: number;
}

export interface FenceFacts {
  readonly own: RegionName;
  readonly membership: Membership;
  readonly linked: readonly RegionName[];
  /** Latest words of the others. */
  readonly reports: readonly MemberReport[];
  /** Something that the region issued is applied here: it was a member before we started. */
  readonly hasIssued: (region: RegionName) => boolean;
  /** Our wall clock when we began to listen. */
  readonly sinceMs: number;
  readonly kept: Kept;
  readonly nowMs: number;
  readonly limits: FenceLimits;
}

/** Nobody is put out for what is kept who may only be restarting. */
const SILENT_MS = 10 * 60_000;

export interface Fence {
  /** The member that has been silent for longest. */
  readonly region: RegionName;
  /** Which part of its budget is spent: of age, things or bytes the one that is spent most. */
  readonly spent: number;
  /** It is put out now. */
  readonly isDue: boolean;
}

/**
 * Whom what is kept is kept for, and whether it has outgrown its budget; null when nobody is silent or no budget is set. A member that
 * is away holds back whatever it could still contradict. Rules:
 *
 * [FN1] Only a member that has spoken, to us or before we started, and is silent: one without a link, the one that has been so for
 *       longest.
 * [FN2] Only while a majority of those counted, ourselves among them, is connected here. Two halves can never put out each other.
 * [FN3] Learners and regions that leave are an operator's business.
 */
export function lookAtFence(facts: FenceFacts): Fence | null {
  const { own, membership, linked, nowMs, limits, kept } = facts;
  const { counted } = membership;
  const present = counted.filter((region) => region === own || linked.includes(region));
  const silent = longestSilent(facts);
  if (silent === null || membership.own !== "member") return null;
  const ageMs = Math.max(0, nowMs - silent.clockMs);
  const isAway = ageMs > SILENT_MS;
  const shares = [
    [ageMs, limits.ageMaxMs, true],
    [kept.items, limits.itemsMax, isAway],
    [kept.bytes, limits.bytesMax, isAway],
  ] as const;
  const spent = shares.flatMap(([amount, most, counts]) => (most > 0 ? [{ share: amount / most, counts }] : []));
  if (spent.length === 0) return null;
  const isDue = present.length * 2 > counted.length && spent.some(({ share, counts }) => counts && share > 1);
  return { region: silent.region, spent: Math.max(...spent.map(({ share }) => share)), isDue };
}

/** [FN1] [FN3] */
function longestSilent(facts: FenceFacts): { readonly region: RegionName; readonly clockMs: number } | null {
  const { own, membership, linked, reports, hasIssued, sinceMs } = facts;
  const silent = membership.all
    .filter(({ region, state }) => region !== own && state === "member" && !linked.includes(region))
    .flatMap(({ region }) => {
      const word = reports.find((report) => report.region === region);
      if (word !== undefined) return [{ region, clockMs: word.clockMs }];
      return hasIssued(region) ? [{ region, clockMs: sinceMs }] : [];
    });
  return silent.toSorted((left, right) => left.clockMs - right.clockMs)[0] ?? null;
}
