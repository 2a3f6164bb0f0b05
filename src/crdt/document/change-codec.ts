import { MalformedBytesError, binaryToUtf8, utf8ToBinary, type ByteReader, type ByteWriter } from "../../base/bytes.ts";
import { CHANGE_OPS_MAX, ownOp, type DocumentChange, type DocumentOp } from "./change.ts";
import { HEAD, OP_COUNTER_MAX, ROOT, actorPart, counterOf, opId, type OpId } from "./op-id.ts";
import { isStoredValue } from "./stored-value.ts";

/**
 *     epoch · startOp · n × actor name · m × (flags u8 · object · at · [value] · [anchor])
 *
 * Operations are named by counter and index into the actors (0: the writer); the root and a list's head are counter 0. Most
 * operations of a change act on the same object, which a flag repeats.
 */
const FLAG = { inList: 1, insert: 2, value: 4, anchor: 8, sameObject: 16 } as const;
const ACTOR_NAME = /^[!-~]{1,160}$/u;
const ACTORS_MAX = 65_536;

export function encodeChange(writer: ByteWriter, change: DocumentChange): void {
  writer.varint(change.epoch);
  writer.varint(change.startOp);
  const actors = new Map<string, number>([["", 0]]);
  for (const op of change.ops) {
    for (const id of namesOf(op)) {
      const actor = id.startsWith("_") ? "" : actorPart(id);
      if (!actors.has(actor)) actors.set(actor, actors.size);
    }
  }
  writer.varint(actors.size - 1);
  for (const actor of actors.keys()) if (actor !== "") writer.binary(Buffer.from(actor, "hex").latin1Slice());
  writer.varint(change.ops.length);
  let previous: OpId | null = null;
  for (const op of change.ops) {
    encodeOp(writer, op, previous, actors);
    previous = op.object;
  }
}

function namesOf(op: DocumentOp): OpId[] {
  const names = [op.object];
  if (op.inList) names.push(op.at);
  if (op.anchor !== null) names.push(op.anchor);
  return names;
}

function encodeOp(
  writer: ByteWriter,
  op: DocumentOp,
  previous: OpId | null,
  actors: ReadonlyMap<string, number>,
): void {
  const same = op.object === previous;
  writer.u8(
    (op.inList ? FLAG.inList : 0) |
      (op.insert ? FLAG.insert : 0) |
      (op.value === null ? 0 : FLAG.value) |
      (op.anchor === null ? 0 : FLAG.anchor) |
      (same ? FLAG.sameObject : 0),
  );
  if (!same) encodeName(writer, op.object, actors);
  if (op.inList) encodeName(writer, op.at, actors);
  else writer.binary(utf8ToBinary(op.at));
  if (op.value !== null) writer.binary(utf8ToBinary(op.value));
  if (op.anchor !== null) encodeName(writer, op.anchor, actors);
}

function encodeName(writer: ByteWriter, id: OpId, actors: ReadonlyMap<string, number>): void {
  if (id.startsWith("_")) {
    writer.varint(0);
    return;
  }
  writer.varint(counterOf(id));
  writer.varint(actors.get(actorPart(id))!);
}

/** Throws MalformedBytesError. What it answers can be applied to any document: what names nothing there has no effect. */
export function decodeChange(reader: ByteReader): DocumentChange {
  const epoch = reader.varint();
  const startOp = reader.varint();
  const actorCount = reader.varint();
  if (actorCount > ACTORS_MAX || actorCount > reader.remaining) throw malformed(`it names ${actorCount} actors`);
  const actors = [""];
  for (let left = actorCount; left > 0; left--) {
    const name = reader.binary();
    if (!ACTOR_NAME.test(name)) throw malformed("an actor's name");
    actors.push(Buffer.from(name, "latin1").toString("hex"));
  }
  const count = reader.varint();
  if (count > CHANGE_OPS_MAX || count > reader.remaining) throw malformed(`it claims ${count} operations`);
  if (startOp < 1 || startOp + count > OP_COUNTER_MAX) throw malformed("its counters");
  const ops: DocumentOp[] = [];
  for (let left = count; left > 0; left--) ops.push(decodeOp(reader, ops.at(-1)?.object ?? null, actors));
  return { epoch, startOp, ops };
}

function decodeOp(reader: ByteReader, previous: OpId | null, actors: readonly string[]): DocumentOp {
  const flags = reader.u8();
  const inList = (flags & FLAG.inList) !== 0;
  const insert = (flags & FLAG.insert) !== 0;
  const object = (flags & FLAG.sameObject) === 0 ? decodeName(reader, actors, ROOT) : previous;
  if (object === null) throw malformed("no object to repeat");
  if (insert && !inList) throw malformed("an insertion into a map");
  const at = inList ? decodeName(reader, actors, HEAD) : binaryToUtf8(reader.binary());
  if (at === HEAD && inList && !insert) throw malformed("the head of a list is no element");
  const value = (flags & FLAG.value) === 0 ? null : binaryToUtf8(reader.binary());
  if (value !== null ? !isStoredValue(value) : insert) throw malformed("a value");
  if (insert && value!.startsWith("+")) throw malformed("an increment as an element");
  const anchor = (flags & FLAG.anchor) === 0 ? null : decodeName(reader, actors, HEAD);
  if (anchor !== null && (inList || anchor === HEAD)) throw malformed("an anchor");
  return { object, inList, insert, at, value, anchor };
}

function decodeName(reader: ByteReader, actors: readonly string[], zero: OpId): OpId {
  const counter = reader.varint();
  if (counter === 0) return zero;
  if (counter > OP_COUNTER_MAX) throw malformed("a counter");
  const actor = actors[reader.varint()];
  if (actor === undefined) throw malformed("an actor that it does not name");
  return actor === "" ? ownOp(counter) : opId(counter, actor);
}

function malformed(what: string): MalformedBytesError {
  return new MalformedBytesError(`a change of a document is malformed: ${what}`);
}
