import { unpackWords } from "../../../crdt/packed-words.ts";
import type { Register } from "../../../crdt/register.ts";
import { STREAM_ID_MIN, type StreamId } from "../../../crdt/stream-id.ts";
import type { StreamConsumer, StreamGroup } from "./stream-group.ts";
import type { ConsumerView, GroupView, StreamEntry, StreamView } from "./stream-port.ts";
import type { StreamState } from "./stream-state.ts";

/** A stream as commands see it. */
export function streamView(state: StreamState): StreamView {
  const { entries, groups } = state;
  return {
    size: entries.size,
    firstId: entries.first,
    topId: entries.last,
    lastId: state.lastId,
    get entriesAdded() {
      return state.marks.added;
    },
    maxDeletedId: state.maxDeletedId,
    has: (id) => entries.has(id),
    fields(id) {
      const register = entries.get(id);
      return register === undefined ? null : fieldsOf(register);
    },
    range: (from, to) => shown(entries.range(from, to)),
    reversed: (from, to) => shown(entries.reversed(from, to)),
    ids: (from, to) => idsOf(entries.range(from, to)),
    countBelow: (id) => entries.countBelow(id),
    idAt: (rank) => entries.at(rank),
    groups: () => byName(groups).map(([, group]) => groupView(group)),
    group(name) {
      const group = groups.get(name);
      return group === undefined ? null : groupView(group);
    },
  };
}

function groupView(group: StreamGroup): GroupView {
  const { lastDelivered } = group;
  return {
    name: group.name,
    lastDelivered,
    entriesRead: group.position?.entriesRead ?? null,
    lateCount: group.late.countBelow(lastDelivered) + (group.late.has(lastDelivered) ? 1 : 0),
    late: () => idsOf(group.late.range(STREAM_ID_MIN, lastDelivered)),
    isLate: (id) => id <= lastDelivered && group.late.has(id),
    isContested: group.positions.values.length > 1,
    pendingCount: group.pending.size,
    firstPending: group.pending.first,
    lastPending: group.pending.last,
    delivery: (id) => group.pending.get(id)?.first ?? null,
    pendingIds: (from, to) => idsOf(group.pending.range(from, to)),
    consumers: () =>
      byName(group.consumers)
        .filter(([, consumer]) => consumer.isVisible)
        .map(([name, consumer]) => consumerView(name, consumer)),
    consumer(name) {
      const consumer = group.consumers.get(name);
      return consumer?.isVisible === true ? consumerView(name, consumer) : null;
    },
  };
}

function consumerView(name: string, { pending, seenMs, activeMs }: StreamConsumer): ConsumerView {
  return {
    name,
    pendingCount: pending.size,
    seenMs,
    activeMs,
    pending: (from, to) => idsOf(pending.range(from, to)),
  };
}

function* idsOf(entries: Iterable<readonly [StreamId, unknown]>): Generator<StreamId> {
  for (const [id] of entries) yield id;
}

function* shown(entries: Iterable<readonly [StreamId, Register]>): Generator<StreamEntry> {
  for (const [id, register] of entries) yield [id, fieldsOf(register)];
}

function fieldsOf(register: Register): readonly string[] {
  return unpackWords(register.text()!)!;
}

function byName<Value>(map: ReadonlyMap<string, Value>): (readonly [string, Value])[] {
  return [...map].toSorted(([left], [right]) => (left < right ? -1 : 1));
}
