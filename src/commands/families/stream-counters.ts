import { addIntegers } from "../../crdt/delta.ts";
import type { EntryCount } from "../../crdt/operations/stream-bytes.ts";
import { nextStreamId, STREAM_ID_MIN, type StreamId } from "../../crdt/stream-id.ts";
import type { GroupView, StreamView } from "../../keyspace/types/stream/stream-port.ts";

/**
 * How much of a stream a group has read, and how much is left, as Redis 7 counts it: by counters that are trusted as long as no
 * entry was deleted in between. Where regions have moved a group at the same time, or it has late entries, counters cannot
 * know; then the entries that are left are counted.
 */
interface StreamFacts {
  readonly size: number;
  readonly firstId: StreamId | undefined;
  readonly lastId: StreamId;
  readonly entriesAdded: EntryCount;
  readonly maxDeletedId: StreamId;
}

/** Something at or behind `from` was deleted. */
function hasTombstones({ size, firstId, maxDeletedId }: StreamFacts, from: StreamId): boolean {
  if (size === 0 || maxDeletedId === STREAM_ID_MIN || firstId! > maxDeletedId) return false;
  return from <= maxDeletedId;
}

/** How many entries were ever added up to `id`; null when that cannot be known. */
export function entriesUpTo(stream: StreamFacts, id: StreamId): EntryCount | null {
  const { size, firstId, lastId, entriesAdded, maxDeletedId } = stream;
  if (entriesAdded === 0) return 0;
  if (size === 0 && id <= lastId) return entriesAdded;
  if (id !== STREAM_ID_MIN && id < maxDeletedId) return null;
  if (id === lastId) return entriesAdded;
  if (id > lastId) return null;
  if (maxDeletedId !== STREAM_ID_MIN && maxDeletedId >= firstId!) return null;
  if (id < firstId!) return addIntegers(entriesAdded, -size);
  return id === firstId ? addIntegers(entriesAdded, 1 - size) : null;
}

/** The group's counter once `ids` are delivered in their order, on top of `late` ones. */
export function entriesReadAfter(
  stream: StreamView,
  group: GroupView,
  ids: readonly StreamId[],
  late: number,
): EntryCount | null {
  const last = ids.at(-1) ?? group.lastDelivered;
  if ((group.isContested || group.lateCount > 0) && !hasTombstones(stream, STREAM_ID_MIN)) {
    return addIntegers(stream.entriesAdded, late - left(stream, group, last));
  }
  let read = group.entriesRead;
  let at = group.lastDelivered;
  for (const id of ids) {
    if (read !== null && !hasTombstones(stream, at)) read = addIntegers(read, 1);
    else if (stream.entriesAdded !== 0) read = entriesUpTo(stream, id);
    at = id;
  }
  return read;
}

/** Entries that the group has still to deliver; null when that cannot be known. */
export function lagOf(stream: StreamView, group: GroupView): EntryCount | null {
  if (stream.entriesAdded === 0) return 0;
  if (group.isContested || group.lateCount > 0) return left(stream, group, group.lastDelivered);
  const read =
    group.entriesRead !== null && !hasTombstones(stream, group.lastDelivered)
      ? group.entriesRead
      : entriesUpTo(stream, group.lastDelivered);
  return read === null ? null : addIntegers(stream.entriesAdded, -read);
}

function left(stream: StreamView, group: GroupView, last: StreamId): number {
  const next = nextStreamId(last);
  return (next === null ? 0 : stream.size - stream.countBelow(next)) + group.lateCount;
}
