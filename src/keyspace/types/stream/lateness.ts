import type { Context } from "../../../crdt/context.ts";
import { nextStreamId, type StreamId } from "../../../crdt/stream-id.ts";
import type { Changed, StreamGroup } from "./stream-group.ts";
import type { StreamState } from "./stream-state.ts";

/**
 * Row T5: what a group still has to deliver though it has come past its id. An entry is *late* when it and the position that passed
 * it over did not know of each other; one that was added by somebody who knew the position stays undelivered, as in Redis. Either
 * may arrive first:
 *
 * - An entry arrives below the position: `isLate`.
 * - A position arrives above an entry: `passOver`. What its reader had seen in `(from, to]` it has delivered; all
 *   else that it jumps over here is late.
 *
 * A late entry is delivered by the next XREADGROUP here. When another region delivers it first, that takes it off the list
 * here; when both do at once, each has delivered it once. The list holds entries that are in the stream, nothing else.
 */
export function isLate(group: StreamGroup, id: StreamId, context: Context): boolean {
  if (id > group.lastDelivered) return false;
  return !group.positions.values.some((one) => one.id >= id && context.covers(one.origin, one.sequence));
}

/** A group's position has moved from `before` to where it is now, by a write that delivered what it saw in `(from, to]`. */
export function passOver(
  { state, group, changed }: { state: StreamState; group: StreamGroup; changed: Changed },
  context: Context,
  before: StreamId,
  { from, to }: { from: StreamId; to: StreamId },
): void {
  if (group.late.size > 0) {
    for (const id of group.late.listed(nextStreamId(from) ?? from, to)) {
      if (state.entries.get(id)?.hasDotCoveredBy(context) === true) group.notLate(id, changed);
    }
  }
  const after = group.lastDelivered;
  if (after <= before || (before >= from && state.isWhollyObservedBy(context))) return;
  for (const [id, register] of state.entries.range(nextStreamId(before) ?? before, after)) {
    if (id <= from || id > to || !register.hasDotCoveredBy(context)) group.setLate(id, changed);
  }
}
