import { MalformedBytesError } from "../../base/bytes.ts";
import { DEADLINE_MODES, type DeadlineMode, type DeadlineMs } from "../deadline.ts";
import { fieldAdd, fieldPut, fieldRemove, type FieldAdd, type FieldPut, type FieldRemove } from "./field-operations.ts";
import { OP, type KeyOperation } from "./operation-kind.ts";
import { decodeList, encodeList, listBytes, type OperationSpec } from "./operation-spec.ts";

export type HashPut = FieldPut<typeof OP.hashPut>;
export type HashRemove = FieldRemove<typeof OP.hashRemove>;
export type HashAdd = FieldAdd<typeof OP.hashAdd>;

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

export const HASH_PUT = fieldPut(OP.hashPut, "hash");
export const HASH_REMOVE = fieldRemove(OP.hashRemove, "hash");
export const HASH_ADD = fieldAdd(OP.hashAdd, "hash");
