import { unreachable } from "../../../base/assert.ts";
import type { Context } from "../../../crdt/context.ts";
import { OP } from "../../../crdt/operations/operation-kind.ts";
import type { StreamGroupCreate, StreamGroupOperation } from "../../../crdt/operations/stream-group-operations.ts";
import type { OriginTable } from "../../../crdt/origin.ts";
import { STREAM_ID_MIN } from "../../../crdt/stream-id.ts";
import { passOver } from "./lateness.ts";
import { StreamGroup, written, type Changed } from "./stream-group.ts";
import { groupRow } from "./stream-names.ts";
import type { StreamState } from "./stream-state.ts";

/** One operation on a consumer group. Equal sets of batches, in any causal order, give equal groups but for what is late. */
export function applyToGroup(
  state: StreamState,
  operation: StreamGroupOperation,
  context: Context,
  origins: OriginTable,
  changed: Changed,
): void {
  if (operation.op === OP.streamGroupCreate) {
    create(state, operation, context, origins, changed);
    return;
  }
  const group = state.groups.get(operation.group);
  const anchors = group?.anchorsOf(context) ?? null;
  if (group === undefined || anchors === null) return;
  switch (operation.op) {
    case OP.streamGroupDestroy:
      remove(state, group, context, origins, changed);
      return;
    case OP.streamGroupSet: {
      const { last: id, entriesRead } = operation;
      const before = group.lastDelivered;
      group.positions.put(context, written(context, { anchors, kind: "reached", id, entriesRead }));
      passOver({ state, group, changed }, context, before, { from: STREAM_ID_MIN, to: id });
      changed(groupRow(group.name));
      return;
    }
    case OP.streamConsumerPut:
      group.putConsumer(context, anchors, operation.consumer, operation.seenMs, changed);
      return;
    case OP.streamConsumerRemove:
      group.removeConsumer(context, operation.consumer, origins, changed);
      return;
    case OP.streamDeliver: {
      group.deliver(context, anchors, operation, origins, changed);
      if (operation.advance === null) return;
      const { from, to, entriesRead } = operation.advance;
      const before = group.lastDelivered;
      group.positions.put(context, written(context, { anchors, kind: "reached", id: to, entriesRead }));
      passOver({ state, group, changed }, context, before, { from, to });
      changed(groupRow(group.name));
      return;
    }
    case OP.streamAck:
      group.acknowledge(context, operation.ids, origins, changed);
      return;
    default:
      unreachable(operation);
  }
}

function create(
  state: StreamState,
  { group: name, start, entriesRead, lastId, added, late }: StreamGroupCreate,
  context: Context,
  origins: OriginTable,
  changed: Changed,
): void {
  const old = state.groups.get(name);
  if (old !== undefined) remove(state, old, context, origins, changed);
  const known = state.groups.get(name);
  const group = known ?? new StreamGroup(name);
  const own = { origin: context.origin, sequence: context.sequence };
  group.creations.put(context, written(context, {}));
  group.positions.put(context, written(context, { anchors: [own], kind: "start", id: start, entriesRead }));
  if (known === undefined) {
    state.groups.set(name, group);
    passOver({ state, group, changed }, context, STREAM_ID_MIN, { from: STREAM_ID_MIN, to: start });
  }
  for (const id of late) if (state.entries.has(id)) group.setLate(id, changed);
  state.marks.putOwn(context, lastId, added, origins);
  changed(groupRow(name));
}

function remove(
  state: StreamState,
  group: StreamGroup,
  context: Context,
  origins: OriginTable,
  changed: Changed,
): void {
  group.removeObserved(context, origins, changed);
  if (group.isEmpty) state.groups.delete(group.name);
}
