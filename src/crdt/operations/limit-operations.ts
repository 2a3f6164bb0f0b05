import { MalformedBytesError } from "../../base/bytes.ts";
import { decodeDelta, encodeDelta, type Delta } from "../delta.ts";
import { OP, type KeyOperation } from "./operation-kind.ts";
import { decodeList, encodeList, listBytes, type OperationSpec } from "./operation-spec.ts";

/** `pairs` alternates element, value; each replaces the element's observed values. */
export interface LimitPut extends KeyOperation {
  readonly op: typeof OP.limitPut;
  readonly pairs: readonly string[];
}

/** Rights minted, spent, returned or given: amounts add up. */
export interface LimitAdd extends KeyOperation {
  readonly op: typeof OP.limitAdd;
  readonly field: string;
  readonly delta: Delta;
}

export interface LimitRemove extends KeyOperation {
  readonly op: typeof OP.limitRemove;
  readonly fields: readonly string[];
}

export type LimitOperation = LimitPut | LimitAdd | LimitRemove;

export const LIMIT_PUT: OperationSpec<LimitPut> = {
  type: "limit",
  creates: true,
  encode: (writer, { pairs }) => encodeList(writer, pairs),
  decode(reader, db, key) {
    const pairs = decodeList(reader);
    if (pairs.length % 2 !== 0) throw new MalformedBytesError("an element of a limit without a value");
    return { op: OP.limitPut, db, key, pairs };
  },
  bytes: ({ pairs }) => listBytes(pairs),
};

export const LIMIT_ADD: OperationSpec<LimitAdd> = {
  type: "limit",
  creates: true,
  encode(writer, { field, delta }) {
    writer.binary(field);
    encodeDelta(writer, delta);
  },
  decode(reader, db, key) {
    const field = reader.binary();
    return { op: OP.limitAdd, db, key, field, delta: decodeDelta(reader) };
  },
  bytes: ({ field }) => field.length + 16,
};

export const LIMIT_REMOVE: OperationSpec<LimitRemove> = {
  type: "limit",
  creates: false,
  encode: (writer, { fields }) => encodeList(writer, fields),
  decode: (reader, db, key) => ({ op: OP.limitRemove, db, key, fields: decodeList(reader) }),
  bytes: ({ fields }) => listBytes(fields),
};
