import { OP, type KeyOperation } from "./operation-kind.ts";
import { decodeList, encodeList, listBytes, type OperationSpec } from "./operation-spec.ts";

/** Each member gets this operation's dot in place of those it had observed: one that was there is there anew (row M5). */
export interface SetAdd extends KeyOperation {
  readonly op: typeof OP.setAdd;
  readonly members: readonly string[];
}

export interface SetRemove extends KeyOperation {
  readonly op: typeof OP.setRemove;
  readonly members: readonly string[];
}

export type SetOperation = SetAdd | SetRemove;

export const SET_ADD: OperationSpec<SetAdd> = {
  type: "set",
  creates: true,
  encode: (writer, { members }) => encodeList(writer, members),
  decode: (reader, db, key) => ({ op: OP.setAdd, db, key, members: decodeList(reader) }),
  bytes: ({ members }) => listBytes(members),
};

export const SET_REMOVE: OperationSpec<SetRemove> = {
  type: "set",
  creates: false,
  encode: (writer, { members }) => encodeList(writer, members),
  decode: (reader, db, key) => ({ op: OP.setRemove, db, key, members: decodeList(reader) }),
  bytes: ({ members }) => listBytes(members),
};
