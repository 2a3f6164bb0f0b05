import type { ByteWriter } from "../../../base/bytes.ts";
import type { ConcurrentValues, Written } from "../../../crdt/concurrent-values.ts";
import { encodeDelta } from "../../../crdt/delta.ts";
import type { OriginTable } from "../../../crdt/origin.ts";
import { writeCanonicalRegister } from "../register-rows.ts";
import type { StreamGroup } from "./stream-group.ts";
import type { StreamState } from "./stream-state.ts";

/**
 * The canonical form of a stream: everything that depends on the set of batches alone. Left out is what a region knows for itself:
 * what is late, when a consumer was last seen, the highest id that was deleted.
 */
export function writeCanonicalStream(writer: ByteWriter, state: StreamState, origins: OriginTable): void {
  writeValues(writer, state.marks.values, origins, (mark) => {
    writer.binary(mark.lastId);
    encodeDelta(writer, mark.added);
  });
  writer.varint(state.entries.size);
  for (const [id, register] of state.entries.entries()) {
    writer.binary(id);
    writeCanonicalRegister(writer, register, origins);
  }
  writer.varint(state.groups.size);
  for (const [, group] of sortedByName(state.groups)) writeGroup(writer, group, origins);
}

function writeGroup(writer: ByteWriter, group: StreamGroup, origins: OriginTable): void {
  writer.binary(group.name);
  writeValues(writer, group.creations, origins, () => {});
  writeValues(writer, group.positions, origins, ({ kind, id, entriesRead }) => {
    writer.binary(kind);
    writer.binary(id);
    writer.binary(String(entriesRead));
  });
  writer.varint(group.consumers.size);
  for (const [name, consumer] of sortedByName(group.consumers)) {
    writer.binary(name);
    writeValues(writer, consumer.created, origins, () => {});
  }
  writer.varint(group.pending.size);
  for (const [id, deliveries] of group.pending.entries()) {
    writer.binary(id);
    writeValues(writer, deliveries, origins, ({ consumer, deliveredMs, count }) => {
      writer.binary(consumer);
      writer.varint(deliveredMs);
      writer.varint(count);
    });
  }
}

function writeValues<Value extends Written>(
  writer: ByteWriter,
  values: ConcurrentValues<Value>,
  origins: OriginTable,
  writeRest: (value: Value) => void,
): void {
  writer.varint(values.values.length);
  for (const value of values.sorted(origins)) {
    writer.binary(origins.id(value.origin));
    writer.varint(value.sequence);
    writeRest(value);
  }
}

function sortedByName<Value>(map: ReadonlyMap<string, Value>): (readonly [string, Value])[] {
  return [...map].toSorted(([left], [right]) => (left < right ? -1 : 1));
}
