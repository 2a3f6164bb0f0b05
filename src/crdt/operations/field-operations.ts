import { MalformedBytesError } from "../../base/bytes.ts";
import { decodeDelta, encodeDelta, type Delta } from "../delta.ts";
import type { KeyOperation, KeyType, OperationKind } from "./operation-kind.ts";
import { decodeList, encodeList, listBytes, type OperationSpec } from "./operation-spec.ts";

/** Operations on a value whose fields are registers with increments: hashes and limits, each with kinds of its own. */

/** `pairs` alternates field, value; each replaces the field's observed values. */
export interface FieldPut<Kind extends OperationKind> extends KeyOperation {
  readonly op: Kind;
  readonly pairs: readonly string[];
}

export interface FieldRemove<Kind extends OperationKind> extends KeyOperation {
  readonly op: Kind;
  readonly fields: readonly string[];
}

export interface FieldAdd<Kind extends OperationKind> extends KeyOperation {
  readonly op: Kind;
  readonly field: string;
  readonly delta: Delta;
}

export function fieldPut<Kind extends OperationKind>(op: Kind, type: KeyType): OperationSpec<FieldPut<Kind>> {
  return {
    type,
    creates: true,
    encode: (writer, { pairs }) => encodeList(writer, pairs),
    decode(reader, db, key) {
      const pairs = decodeList(reader);
      if (pairs.length % 2 !== 0) throw new MalformedBytesError("a field without a value");
      return { op, db, key, pairs };
    },
    bytes: ({ pairs }) => listBytes(pairs),
  };
}

export function fieldRemove<Kind extends OperationKind>(op: Kind, type: KeyType): OperationSpec<FieldRemove<Kind>> {
  return {
    type,
    creates: false,
    encode: (writer, { fields }) => encodeList(writer, fields),
    decode: (reader, db, key) => ({ op, db, key, fields: decodeList(reader) }),
    bytes: ({ fields }) => listBytes(fields),
  };
}

export function fieldAdd<Kind extends OperationKind>(op: Kind, type: KeyType): OperationSpec<FieldAdd<Kind>> {
  return {
    type,
    creates: true,
    encode(writer, { field, delta }) {
      writer.binary(field);
      encodeDelta(writer, delta);
    },
    decode(reader, db, key) {
      const field = reader.binary();
      return { op, db, key, field, delta: decodeDelta(reader) };
    },
    bytes: ({ field }) => field.length + 16,
  };
}
