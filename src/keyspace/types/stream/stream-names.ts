import { packedLength } from "../../../crdt/packed-words.ts";
import type { StreamId } from "../../../crdt/stream-id.ts";

/**
 * Names of a stream's rows: one an entry, a group, a consumer, a pending entry and a late one. The first character says which; a
 * group's name inside another comes behind its length.
 */
export const ROW = { entry: "e", group: "g", consumer: "c", pending: "p", late: "l" } as const;

export function entryRow(id: StreamId): string {
  return ROW.entry + id;
}

export function groupRow(group: string): string {
  return ROW.group + group;
}

export function consumerRow(group: string, consumer: string): string {
  return ROW.consumer + packedLength(group.length) + group + consumer;
}

export function pendingRow(group: string, id: StreamId): string {
  return ROW.pending + packedLength(group.length) + group + id;
}

export function lateRow(group: string, id: StreamId): string {
  return ROW.late + packedLength(group.length) + group + id;
}

/** The group's name and what follows it, of a name of one of the last three kinds. */
export function splitRow(name: string): readonly [group: string, rest: string] {
  let length = 0;
  let scale = 1;
  let at = 1;
  let byte: number;
  do {
    byte = name.charCodeAt(at++);
    length += (byte & 0x7f) * scale;
    scale *= 0x80;
  } while (byte >= 0x80);
  return [name.slice(at, at + length), name.slice(at + length)];
}
