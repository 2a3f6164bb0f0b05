import type { ByteWriter } from "../../../base/bytes.ts";
import { ConcurrentValues, type Written } from "../../../crdt/concurrent-values.ts";
import { decodeDelta, encodeDelta } from "../../../crdt/delta.ts";
import type { EntryCount } from "../../../crdt/operations/stream-bytes.ts";
import { STREAM_ID_BYTES, type StreamId } from "../../../crdt/stream-id.ts";
import type { OriginTable } from "../../../crdt/origin.ts";
import type { Dot } from "../../../crdt/register.ts";
import { decodeRegister, encodeRegister } from "../register-rows.ts";
import type { RowReader } from "../row-reader.ts";
import { StreamGroup, type Delivery, type Position, type StreamConsumer } from "./stream-group.ts";
import type { Mark } from "./stream-marks.ts";
import { consumerRow, entryRow, groupRow, lateRow, pendingRow, ROW, splitRow } from "./stream-names.ts";
import type { StreamState } from "./stream-state.ts";

/** A stream as rows: marks in the head, and a row for each entry, group, consumer, pending entry and late entry. */
export function* streamRowNames({ entries, groups }: StreamState): Generator<string> {
  for (const id of entries.ids()) yield entryRow(id);
  for (const [name, group] of groups) {
    yield groupRow(name);
    for (const consumer of group.consumers.keys()) yield consumerRow(name, consumer);
    for (const id of group.pending.ids()) yield pendingRow(name, id);
    for (const id of group.late.ids()) yield lateRow(name, id);
  }
}

export function encodeMarks(writer: ByteWriter, { marks, maxDeletedId }: StreamState): void {
  encodeValues(writer, marks.values, (mark) => {
    writer.binary(mark.region);
    encodeId(writer, mark.lastId);
    encodeDelta(writer, mark.added);
  });
  encodeId(writer, maxDeletedId);
}

export function decodeMarks(reader: RowReader, state: StreamState): void {
  state.marks.values = decodeValues<Mark>(reader, () => {
    const [region, lastId] = [reader.binary(), decodeId(reader)];
    return { region, lastId, added: decodeDelta(reader) as EntryCount };
  });
  state.maxDeletedId = decodeId(reader);
}

/** False, and nothing written, when there is no such thing. */
export function encodeStreamRow(writer: ByteWriter, state: StreamState, name: string, origins: OriginTable): boolean {
  const kind = name[0];
  if (kind === ROW.entry) {
    const register = state.entries.get(name.slice(1));
    if (register === undefined) return false;
    encodeRegister(writer, register, origins);
    return true;
  }
  if (kind === ROW.group) {
    const group = state.groups.get(name.slice(1));
    if (group === undefined) return false;
    encodeGroup(writer, group);
    return true;
  }
  const [groupName, rest] = splitRow(name);
  const group = state.groups.get(groupName);
  if (group === undefined) return false;
  if (kind === ROW.consumer) {
    const consumer = group.consumers.get(rest);
    if (consumer !== undefined) encodeConsumer(writer, consumer);
    return consumer !== undefined;
  }
  if (kind === ROW.late) return group.late.has(rest);
  const pending = group.pending.get(rest);
  if (pending === undefined) return false;
  encodeValues(writer, pending, (delivery) => {
    encodeAnchors(writer, delivery.anchors);
    writer.binary(delivery.consumer);
    writer.varint(delivery.deliveredMs);
    writer.varint(delivery.count);
  });
  return true;
}

/** Rows of one stream come in any order: a group may come after its pending entries. */
export function restoreStreamRow(state: StreamState, name: string, reader: RowReader): void {
  const kind = name[0];
  if (kind === ROW.entry) {
    state.restoreEntry(name.slice(1), decodeRegister(reader));
    return;
  }
  if (kind === ROW.group) {
    decodeGroup(reader, groupOf(state, name.slice(1)));
    return;
  }
  const [groupName, rest] = splitRow(name);
  const group = groupOf(state, groupName);
  if (kind === ROW.consumer) decodeConsumer(reader, group.consumer(rest));
  else if (kind === ROW.late) group.late.set(rest, true);
  else {
    const deliveries = decodeValues<Delivery>(reader, () => ({
      anchors: decodeAnchors(reader),
      consumer: reader.binary(),
      deliveredMs: reader.varint(),
      count: reader.varint(),
    }));
    group.restorePending(rest, deliveries);
  }
}

function groupOf({ groups }: StreamState, name: string): StreamGroup {
  let group = groups.get(name);
  if (group === undefined) groups.set(name, (group = new StreamGroup(name)));
  return group;
}

function encodeGroup(writer: ByteWriter, group: StreamGroup): void {
  encodeValues(writer, group.creations, () => {});
  encodeValues(writer, group.positions, (position) => {
    encodeAnchors(writer, position.anchors);
    writer.u8(position.kind === "start" ? 0 : 1);
    encodeId(writer, position.id);
    writer.u8(position.entriesRead === null ? 0 : 1);
    if (position.entriesRead !== null) encodeDelta(writer, position.entriesRead);
  });
}

function decodeGroup(reader: RowReader, group: StreamGroup): void {
  group.creations = decodeValues<Written>(reader, () => ({}));
  group.positions = decodeValues<Position>(reader, () => ({
    anchors: decodeAnchors(reader),
    kind: reader.u8() === 0 ? "start" : "reached",
    id: decodeId(reader),
    entriesRead: reader.u8() === 0 ? null : (decodeDelta(reader) as EntryCount),
  }));
}

function encodeConsumer(writer: ByteWriter, consumer: StreamConsumer): void {
  encodeValues(writer, consumer.created, ({ anchors }) => encodeAnchors(writer, anchors));
  writer.varint(consumer.seenMs);
  writer.varint(consumer.activeMs + 1);
}

function decodeConsumer(reader: RowReader, consumer: StreamConsumer): void {
  consumer.created = decodeValues(reader, () => ({ anchors: decodeAnchors(reader) }));
  consumer.seenMs = reader.varint();
  consumer.activeMs = reader.varint() - 1;
}

/** In their order: the first is the one that is shown. */
function encodeValues<Value extends Written>(
  writer: ByteWriter,
  { values }: ConcurrentValues<Value>,
  encodeRest: (value: Value) => void,
): void {
  writer.varint(values.length);
  for (const value of values) {
    writer.varint(value.origin);
    writer.varint(value.sequence);
    writer.varint(value.stamp);
    encodeRest(value);
  }
}

function decodeValues<Value extends Written>(
  reader: RowReader,
  decodeRest: () => Omit<Value, keyof Written>,
): ConcurrentValues<Value> {
  const values = Array.from({ length: reader.varint() }, () => {
    const dot = { origin: reader.origin(), sequence: reader.varint(), stamp: reader.varint() };
    return { ...dot, ...decodeRest() } as Value;
  });
  return ConcurrentValues.of(values);
}

function encodeAnchors(writer: ByteWriter, anchors: readonly Dot[]): void {
  writer.varint(anchors.length);
  for (const { origin, sequence } of anchors) {
    writer.varint(origin);
    writer.varint(sequence);
  }
}

function decodeAnchors(reader: RowReader): Dot[] {
  return Array.from({ length: reader.varint() }, () => ({ origin: reader.origin(), sequence: reader.varint() }));
}

function encodeId(writer: ByteWriter, id: StreamId): void {
  writer.raw(Buffer.from(id, "latin1"));
}

function decodeId(reader: RowReader): StreamId {
  return reader.raw(STREAM_ID_BYTES).latin1Slice();
}
