import type { DeadlineMs } from "../deadline.ts";
import { decodeDelta, encodeDelta, type Delta } from "../delta.ts";
import { OP, type KeyOperation } from "./operation-kind.ts";
import type { OperationSpec } from "./operation-spec.ts";

/** Replaces the observed values of the string and gives the new one its own deadline. Other types stay. */
export interface StringSet extends KeyOperation {
  readonly op: typeof OP.stringSet;
  readonly value: string;
  readonly deadlineMs: DeadlineMs;
}

export interface StringAdd extends KeyOperation {
  readonly op: typeof OP.stringAdd;
  readonly delta: Delta;
}

export type StringOperation = StringSet | StringAdd;

export const STRING_SET: OperationSpec<StringSet> = {
  type: "string",
  creates: true,
  encode(writer, { deadlineMs, value }) {
    writer.varint(deadlineMs);
    writer.binary(value);
  },
  decode(reader, db, key) {
    const deadlineMs = reader.varint();
    return { op: OP.stringSet, db, key, deadlineMs, value: reader.binary() };
  },
  bytes: ({ value }) => value.length + 12,
};

export const STRING_ADD: OperationSpec<StringAdd> = {
  type: "string",
  creates: true,
  encode: (writer, { delta }) => encodeDelta(writer, delta),
  decode: (reader, db, key) => ({ op: OP.stringAdd, db, key, delta: decodeDelta(reader) }),
  bytes: () => 16,
};
