import type { ByteWriter } from "../base/bytes.ts";
import { decodeFlushRules, encodeFlushRules } from "../crdt/operations/class-operations.ts";
import type { RowChanges } from "../storage/row-changes.ts";
import type { Rows } from "../storage/rows-port.ts";
import { FLUSHES_ROW, type Markers } from "./markers.ts";
import { markerRange, markerRowKey } from "./row-key.ts";
import { RowReader } from "./types/row-reader.ts";

/** Markers as rows: one a key, and one for the flushes. All are read at a start: they decide about whatever arrives next. */
export function captureMarkers(
  markers: Markers,
  names: readonly string[],
  writer: ByteWriter,
  changes: RowChanges,
): void {
  for (const name of names) changes.add(markerRowKey(name), encodeMarkers(markers, name, writer));
}

export function restoreMarkers(rows: Rows, markers: Markers): void {
  const { start, end } = markerRange();
  for (const { value } of rows.range(start, end)) restoreMarkerRow(value, markers);
}

function encodeMarkers(markers: Markers, name: string, writer: ByteWriter): Buffer | null {
  writer.reset();
  writer.binary(name);
  if (name === FLUSHES_ROW) {
    writer.varint(markers.flushes.length);
    for (const flush of markers.flushes) {
      writer.varint(flush.origin);
      writer.varint(flush.sequence);
      writer.u8(flush.db);
      encodeFlushRules(writer, flush.rules);
    }
    return markers.flushes.length === 0 ? null : writer.view();
  }
  const own = markers.of(name);
  writer.varint(own.length);
  for (const marker of own) {
    writer.varint(marker.origin);
    writer.varint(marker.sequence);
    writer.u8(marker.final ? 1 : 0);
    writer.varint(marker.lapseAtMs);
  }
  return own.length === 0 ? null : writer.view();
}

function restoreMarkerRow(value: Buffer, markers: Markers): void {
  const reader = new RowReader(value);
  const name = reader.binary();
  const count = reader.varint();
  if (name === FLUSHES_ROW) {
    const flushes = Array.from({ length: count }, () => {
      const [origin, sequence, db] = [reader.origin(), reader.varint(), reader.u8()];
      return { origin, sequence, db, rules: decodeFlushRules(reader) };
    });
    markers.restoreFlushes(flushes);
    return;
  }
  const own = Array.from({ length: count }, () => {
    const [origin, sequence, final] = [reader.origin(), reader.varint(), reader.u8() === 1];
    return { origin, sequence, final, lapseAtMs: reader.varint() };
  });
  markers.restore(name, own);
}
