import { MalformedBytesError, type ByteReader, type ByteWriter } from "../base/bytes.ts";
import { isDatabaseOperation, specOf, specOfKind, type DatabaseOperation, type Operation } from "./operation.ts";
import { decodeFlushRules, encodeFlushRules, type FlushEnd } from "./operations/class-operations.ts";
import type { Flush } from "./operations/key-operations.ts";
import { ALL_DATABASES, OP, STORED_DATABASES } from "./operations/operation-kind.ts";
import { decodeOriginsRetire, encodeOriginsRetire } from "./operations/origin-operations.ts";
import { UnknownOperationError } from "./operations/unknown-operation.ts";

/**
 * One operation as bytes: kind u8, then database and key unless they are the previous operation's (flag 0x80), then what the
 * kind needs. Everything read is checked: these bytes come from peers and disks.
 */
const SAME_KEY = 0x80;

export function encodeOperation(writer: ByteWriter, operation: Operation, previous: Operation | null): void {
  if (isDatabaseOperation(operation)) {
    encodeDatabaseOperation(writer, operation);
    return;
  }
  const same =
    previous !== null &&
    !isDatabaseOperation(previous) &&
    previous.db === operation.db &&
    previous.key === operation.key;
  if (same) {
    writer.u8(operation.op | SAME_KEY);
  } else {
    writer.u8(operation.op);
    writer.u8(operation.db);
    writer.binary(operation.key);
  }
  specOf(operation).encode(writer, operation);
}

function encodeDatabaseOperation(writer: ByteWriter, operation: DatabaseOperation): void {
  writer.u8(operation.op);
  if (operation.op === OP.originsRetire) {
    encodeOriginsRetire(writer, operation);
    return;
  }
  writer.u8(operation.db);
  if (operation.op === OP.flushEnd) encodeFlushRules(writer, operation.rules);
}

/** Throws MalformedBytesError or UnknownOperationError. */
export function decodeOperation(reader: ByteReader, previous: Operation | null): Operation {
  const tag = reader.u8();
  const kind = tag & ~SAME_KEY;
  if (kind === OP.originsRetire) return decodeOriginsRetire(reader);
  if (kind === OP.flush || kind === OP.flushEnd) return decodeFlush(reader, kind);
  let db: number;
  let key: string;
  if ((tag & SAME_KEY) !== 0) {
    if (previous === null || isDatabaseOperation(previous)) throw new MalformedBytesError("no previous key to repeat");
    ({ db, key } = previous);
  } else {
    db = reader.u8();
    key = reader.binary();
    if (db >= STORED_DATABASES) throw new MalformedBytesError(`database ${db} does not exist`);
  }
  const spec = specOfKind(kind);
  if (spec === undefined) throw new UnknownOperationError(`operation ${kind} is not known to this version`);
  return spec.decode(reader, db, key);
}

function decodeFlush(reader: ByteReader, kind: (Flush | FlushEnd)["op"]): Flush | FlushEnd {
  const db = reader.u8();
  if (db >= STORED_DATABASES && db !== ALL_DATABASES) throw new MalformedBytesError(`database ${db} does not exist`);
  return kind === OP.flush ? { op: kind, db } : { op: kind, db, rules: decodeFlushRules(reader) };
}
