import type { RegionName } from "../../crdt/origin.ts";
import type { MemberReport } from "../../keyspace/replica-port.ts";
import type { Membership } from "./membership.ts";

export interface FenceLimits {
  /** Age of a member's last word beyond which it is put out, milliseconds; 0: never. */
  readonly ageMaxMs: number;
  /** Things kept for stability alone beyond which one that is silent for `SILENT_MS` is put out; 0: never. */
  readonly itemsMax: number;
}

export interface FenceFacts {
  readonly own: RegionName;
  readonly membership: Membership;
  readonly linked: readonly RegionName[];
  /** Latest words of the others. */
  readonly reports: readonly MemberReport[];
  readonly items: number;
  readonly nowMs: number;
  readonly limits: FenceLimits;
}

/** Nobody is put out who may only be restarting. */
const SILENT_MS = 10 * 60_000;

/**
 * Whom to put out, because what is kept for its sake alone has outgrown its budget; null when nobody. A member that is away holds back
 * whatever it could still contradict: markers of deletes, single increments, passed deadlines. Rules:
 *
 * [FN1] Only a member that has spoken and is silent: one without a link, the one that has been so for longest.
 * [FN2] Only while a majority of those counted, ourselves among them, is connected here. Two halves can never put out each other.
 * [FN3] Learners and regions that leave are an operator's business.
 */
export function memberToFence(facts: FenceFacts): RegionName | null {
  const { own, membership, linked, reports, items, nowMs, limits } = facts;
  const { counted, all } = membership;
  const present = counted.filter((region) => region === own || linked.includes(region));
  if (membership.own !== "member" || present.length * 2 <= counted.length) return null;
  const silent = reports
    .filter(({ region }) => !linked.includes(region))
    .filter(({ region }) => all.some((one) => one.region === region && one.state === "member"))
    .toSorted((left, right) => left.clockMs - right.clockMs)[0];
  if (silent === undefined) return null;
  const ageMs = nowMs - silent.clockMs;
  const isOld = limits.ageMaxMs > 0 && ageMs > limits.ageMaxMs;
  const isCostly = limits.itemsMax > 0 && items > limits.itemsMax && ageMs > SILENT_MS;
  return isOld || isCostly ? silent.region : null;
}
