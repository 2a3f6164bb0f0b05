import { MalformedBytesError } from "../../base/bytes.ts";
import { DEADLINE_MODES, type DeadlineMode, type DeadlineMs } from "../deadline.ts";
import { decodeDelta, encodeDelta, type Delta } from "../delta.ts";
import { OP, type KeyOperation } from "./operation-kind.ts";
import { decodeList, encodeList, listBytes, type OperationSpec } from "./operation-spec.ts";

/** `pairs` alternates field, value; each replaces the field's observed values. */
export interface HashPut extends KeyOperation {
  readonly op: typeof OP.hashPut;
  readonly pairs: readonly string[];
}

export interface HashRemove extends KeyOperation {
  readonly op: typeof OP.hashRemove;
  readonly fields: readonly string[];
}

export interface HashAdd extends KeyOperation {
  readonly op: typeof OP.hashAdd;
  readonly field: string;
  readonly delta: Delta;
}

/** The deadline of these fields, for the values of each that its writer had observed (row E8). */
export interface HashDeadline extends KeyOperation {
  readonly op: typeof OP.hashDeadline;
  readonly fields: readonly string[];
  readonly mode: DeadlineMode;
  readonly atMs: DeadlineMs;
}

export type HashOperation = HashPut | HashRemove | HashAdd | HashDeadline;

export const HASH_DEADLINE: OperationSpec<HashDeadline> = {
  type: "hash",
  creates: false,
  encode(writer, { fields, mode, atMs }) {
    writer.u8(DEADLINE_MODES.indexOf(mode));
    writer.varint(atMs);
    encodeList(writer, fields);
  },
  decode(reader, db, key) {
    const mode = DEADLINE_MODES[reader.u8()];
    if (mode === undefined) throw new MalformedBytesError("a deadline of an unknown mode");
    const atMs = reader.varint();
    return { op: OP.hashDeadline, db, key, mode, atMs, fields: decodeList(reader) };
  },
  bytes: ({ fields }) => listBytes(fields) + 10,
};

export const HASH_PUT: OperationSpec<HashPut> = {
  type: "hash",
  creates: true,
  encode: (writer, { pairs }) => encodeList(writer, pairs),
  decode(reader, db, key) {
    const pairs = decodeList(reader);
    if (pairs.length % 2 !== 0) throw new MalformedBytesError("a field without a value");
    return { op: OP.hashPut, db, key, pairs };
  },
  bytes: ({ pairs }) => listBytes(pairs),
};

export const HASH_REMOVE: OperationSpec<HashRemove> = {
  type: "hash",
  creates: false,
  encode: (writer, { fields }) => encodeList(writer, fields),
  decode: (reader, db, key) => ({ op: OP.hashRemove, db, key, fields: decodeList(reader) }),
  bytes: ({ fields }) => listBytes(fields),
};

export const HASH_ADD: OperationSpec<HashAdd> = {
  type: "hash",
  creates: true,
  encode(writer, { field, delta }) {
    writer.binary(field);
    encodeDelta(writer, delta);
  },
  decode(reader, db, key) {
    const field = reader.binary();
    return { op: OP.hashAdd, db, key, field, delta: decodeDelta(reader) };
  },
  bytes: ({ field }) => field.length + 16,
};
