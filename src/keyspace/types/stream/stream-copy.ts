import type { OneKeyOperation } from "../../../crdt/operation.ts";
import { OP } from "../../../crdt/operations/operation-kind.ts";
import type { StreamId } from "../../../crdt/stream-id.ts";
import type { StreamGroup } from "./stream-group.ts";
import type { StreamState } from "./stream-state.ts";

/** Operations that make the absent `key` a copy of the stream, groups and pending entries included. */
export function copyOfStream(state: StreamState, db: number, key: string): OneKeyOperation[] {
  const { added } = state.marks;
  const entries = Array.from(state.entries.entries(), ([id, register]) => ({ id, packed: register.text()! }));
  const { lastId, maxDeletedId } = state;
  return [
    { op: OP.streamMark, db, key, lastId, added, maxDeletedId },
    ...(entries.length === 0 ? [] : [{ op: OP.streamAdd, db, key, entries, lastId, added } as const]),
    ...[...state.groups.values()].flatMap((group) => copyOfGroup(state, group, db, key)),
  ];
}

function copyOfGroup(state: StreamState, group: StreamGroup, db: number, key: string): OneKeyOperation[] {
  const entriesRead = group.position?.entriesRead ?? null;
  const { lastId } = state;
  const { added } = state.marks;
  const late = [...group.late.ids()];
  const name = group.name;
  const operations: OneKeyOperation[] = [
    { op: OP.streamGroupCreate, db, key, group: name, start: group.lastDelivered, entriesRead, lastId, added, late },
  ];
  for (const [consumer, { seenMs, pending }] of group.consumers) {
    operations.push({ op: OP.streamConsumerPut, db, key, group: name, consumer, seenMs });
    const byTime = new Map<number, { ids: StreamId[]; counts: number[] }>();
    for (const id of pending.ids()) {
      const { deliveredMs, count } = group.pending.get(id)!.first!;
      let some = byTime.get(deliveredMs);
      if (some === undefined) byTime.set(deliveredMs, (some = { ids: [], counts: [] }));
      some.ids.push(id);
      some.counts.push(count);
    }
    for (const [deliveredMs, { ids, counts }] of byTime) {
      operations.push({
        op: OP.streamDeliver,
        db,
        key,
        group: name,
        consumer,
        deliveredMs,
        ids,
        counts,
        settled: [],
        advance: null,
      });
    }
  }
  return operations;
}
