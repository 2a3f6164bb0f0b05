import { MalformedBytesError, type ByteReader, type ByteWriter } from "../base/bytes.ts";
import { DEADLINE_MODES } from "./deadline.ts";
import { parseDecimal, type Delta } from "./delta.ts";
import { ALL_DATABASES, DATABASE_COUNT, KEY_TYPES, OP, type KeyType, type Operation } from "./operation.ts";
import { unreachable } from "../base/assert.ts";

/**
 * One operation as bytes: kind u8, then database and key unless they are the previous operation's (flag 0x80), then what the
 * kind needs. Everything read is checked: these bytes come from peers and disks.
 */
const SAME_KEY = 0x80;
const DELTA = { positive: 0, negative: 1, bigint: 2, decimal: 3 } as const;

/** An operation of a kind this version does not know: the stream stops and an operator is told; it is never skipped. */
export class UnknownOperationError extends Error {
  override readonly name = "UnknownOperationError";
}

export function encodeOperation(writer: ByteWriter, operation: Operation, previous: Operation | null): void {
  if (operation.op === OP.flush) {
    writer.u8(operation.op);
    writer.u8(operation.db);
    return;
  }
  const same =
    previous !== null && previous.op !== OP.flush && previous.db === operation.db && previous.key === operation.key;
  if (same) {
    writer.u8(operation.op | SAME_KEY);
  } else {
    writer.u8(operation.op);
    writer.u8(operation.db);
    writer.binary(operation.key);
  }
  encodeBody(writer, operation);
}

function encodeBody(writer: ByteWriter, operation: Exclude<Operation, { op: typeof OP.flush }>): void {
  switch (operation.op) {
    case OP.stringSet:
      writer.varint(operation.deadlineMs);
      writer.binary(operation.value);
      return;
    case OP.stringAdd:
      encodeDelta(writer, operation.delta);
      return;
    case OP.hashPut:
      encodeList(writer, operation.pairs);
      return;
    case OP.hashRemove:
      encodeList(writer, operation.fields);
      return;
    case OP.hashAdd:
      writer.binary(operation.field);
      encodeDelta(writer, operation.delta);
      return;
    case OP.keyDelete:
      return;
    case OP.keyKeep:
      writer.u8(KEY_TYPES.indexOf(operation.type));
      return;
    case OP.deadline:
      writer.u8(KEY_TYPES.indexOf(operation.type));
      writer.u8(DEADLINE_MODES.indexOf(operation.mode));
      writer.varint(operation.atMs);
      return;
    default:
      unreachable(operation);
  }
}

export function decodeOperation(reader: ByteReader, previous: Operation | null): Operation {
  const tag = reader.u8();
  const kind = tag & ~SAME_KEY;
  if (kind === OP.flush) {
    const db = reader.u8();
    if (db >= DATABASE_COUNT && db !== ALL_DATABASES) throw new MalformedBytesError(`database ${db} does not exist`);
    return { op: OP.flush, db };
  }
  let db: number;
  let key: string;
  if ((tag & SAME_KEY) !== 0) {
    if (previous === null || previous.op === OP.flush) throw new MalformedBytesError("no previous key to repeat");
    ({ db, key } = previous);
  } else {
    db = reader.u8();
    key = reader.binary();
    if (db >= DATABASE_COUNT) throw new MalformedBytesError(`database ${db} does not exist`);
  }
  return decodeBody(reader, kind, db, key);
}

function decodeBody(reader: ByteReader, kind: number, db: number, key: string): Operation {
  switch (kind) {
    case OP.stringSet: {
      const deadlineMs = reader.varint();
      return { op: OP.stringSet, db, key, deadlineMs, value: reader.binary() };
    }
    case OP.stringAdd:
      return { op: OP.stringAdd, db, key, delta: decodeDelta(reader) };
    case OP.hashPut: {
      const pairs = decodeList(reader);
      if (pairs.length % 2 !== 0) throw new MalformedBytesError("a field without a value");
      return { op: OP.hashPut, db, key, pairs };
    }
    case OP.hashRemove:
      return { op: OP.hashRemove, db, key, fields: decodeList(reader) };
    case OP.hashAdd: {
      const field = reader.binary();
      return { op: OP.hashAdd, db, key, field, delta: decodeDelta(reader) };
    }
    case OP.keyDelete:
      return { op: OP.keyDelete, db, key };
    case OP.keyKeep:
      return { op: OP.keyKeep, db, key, type: decodeType(reader) };
    case OP.deadline: {
      const type = decodeType(reader);
      const mode = DEADLINE_MODES[reader.u8()];
      if (mode === undefined) throw new MalformedBytesError("a deadline of an unknown mode");
      return { op: OP.deadline, db, key, type, mode, atMs: reader.varint() };
    }
    default:
      throw new UnknownOperationError(`operation ${kind} is not known to this version`);
  }
}

function decodeType(reader: ByteReader): KeyType {
  const index = reader.u8();
  const type = KEY_TYPES[index];
  if (type === undefined) throw new UnknownOperationError(`key type ${index} is not known to this version`);
  return type;
}

function encodeList(writer: ByteWriter, items: readonly string[]): void {
  writer.varint(items.length);
  for (const item of items) writer.binary(item);
}

function decodeList(reader: ByteReader): string[] {
  const count = reader.varint();
  if (count > reader.remaining) throw new MalformedBytesError(`a list claims ${count} items`);
  const items: string[] = [];
  for (let index = 0; index < count; index++) items.push(reader.binary());
  return items;
}

export function encodeDelta(writer: ByteWriter, delta: Delta): void {
  if (typeof delta === "number") {
    writer.u8(delta < 0 ? DELTA.negative : DELTA.positive);
    writer.varint(Math.abs(delta));
  } else {
    writer.u8(typeof delta === "bigint" ? DELTA.bigint : DELTA.decimal);
    writer.binary(String(delta));
  }
}

export function decodeDelta(reader: ByteReader): Delta {
  const tag = reader.u8();
  if (tag === DELTA.positive) return reader.varint();
  if (tag === DELTA.negative) return -reader.varint();
  const text = reader.binary();
  if (tag === DELTA.bigint && /^-?[0-9]{1,30}$/u.test(text)) return BigInt(text);
  if (tag === DELTA.decimal && parseDecimal(text) !== null) return text;
  throw new MalformedBytesError(`an increment is malformed`);
}
