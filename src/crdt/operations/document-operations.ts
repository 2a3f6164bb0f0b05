import { decodeChange, encodeChange } from "../document/change-codec.ts";
import type { DocumentChange } from "../document/change.ts";
import { OP, type KeyOperation } from "./operation-kind.ts";
import type { OperationSpec } from "./operation-spec.ts";

/** A change of a JSON document; the first makes it. */
export interface DocumentChangeOperation extends KeyOperation {
  readonly op: typeof OP.documentChange;
  readonly change: DocumentChange;
}

export type DocumentOperation = DocumentChangeOperation;

export const DOCUMENT_CHANGE: OperationSpec<DocumentChangeOperation> = {
  type: "ReJSON-RL",
  creates: true,
  encode: (writer, { change }) => encodeChange(writer, change),
  decode: (reader, db, key) => ({ op: OP.documentChange, db, key, change: decodeChange(reader) }),
  bytes({ change }) {
    let bytes = 16;
    for (const op of change.ops) bytes += 12 + op.at.length + 3 * (op.value?.length ?? 0);
    return bytes;
  },
};
