import type { RetiredOrigin } from "../crdt/operations/origin-operations.ts";
import { RETIRED_AT_ONCE_MAX } from "../crdt/operations/origin-operations.ts";
import { counterOfOrigin, type OriginId, type OriginTable, type RegionName } from "../crdt/origin.ts";
import type { VersionVector } from "../crdt/version-vector.ts";

export interface RetiringFacts {
  readonly region: RegionName;
  readonly incarnation: OriginId;
  readonly applied: VersionVector;
  /** What is stable. */
  readonly frontier: VersionVector;
  readonly origins: OriginTable;
  /** Regions that have left and that we speak for: one of those that remain does. */
  readonly orphans: readonly RegionName[];
}

/**
 * Which origins vectors shall not name any more: earlier incarnations, once all that is known of them is stable. Rules:
 *
 * [RT1] A region speaks for itself, and one of those that remain for each that has left, so that nobody says what another says.
 * [RT2] Of each region the newest incarnation stays named: a start that writes costs a name and takes one away, and a region that
 *       has left is still heard of by newcomers.
 * [RT3] Only what is stable: a member that is away keeps every name in the vectors, as it keeps all else.
 */
export function originsToRetire({
  region,
  incarnation,
  applied,
  frontier,
  origins,
  orphans,
}: RetiringFacts): readonly RetiredOrigin[] {
  const named = new Map<RegionName, RetiredOrigin[]>();
  for (const [origin, floor] of applied.named()) {
    const of = origins.region(origin);
    if (of !== region && !orphans.includes(of)) continue;
    const list = named.get(of) ?? [];
    list.push({ id: origins.id(origin), floor });
    named.set(of, list);
  }
  const retired: RetiredOrigin[] = [];
  for (const [of, list] of named) {
    // A start that has written nothing yet would only put its own name in the place of the last.
    if (list.length < 2) continue;
    const kept = of === region ? incarnation : newestOf(list);
    retired.push(...list.filter(({ id, floor }) => id !== kept && frontier.covers(origins.find(id)!, floor)));
  }
  return retired.slice(0, RETIRED_AT_ONCE_MAX);
}

function newestOf(list: readonly RetiredOrigin[]): OriginId {
  const [first, ...rest] = list.map(({ id }) => id);
  return rest.reduce((newest, id) => {
    const [left, right] = [counterOfOrigin(id), counterOfOrigin(newest)];
    return left > right || (left === right && id > newest) ? id : newest;
  }, first!);
}
