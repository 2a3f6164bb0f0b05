import type { BinaryString } from "../../../base/bytes.ts";
import type { DocumentEdit } from "../../../crdt/document/edit.ts";
import type { JsonValue } from "../../../crdt/document/json-value.ts";
import type { JsonNode, MapNode } from "../../../crdt/document/view.ts";

/** JSON documents in a transaction. Reads throw WrongTypeError; writers have checked the type. */
export interface DocumentTransaction {
  /** Null when absent. Nodes are valid until the next mutator. */
  get(key: BinaryString): DocumentSight | null;
  /** Makes the absent key a document. */
  create(key: BinaryString, value: JsonValue): void;
  /** One change of the document that is there: `body` says what it does, on the view as it is before. */
  edit(key: BinaryString, body: (edit: DocumentEdit) => void): void;
}

export interface DocumentSight {
  readonly root: JsonNode;
  /** The map whose only key is the document: the place of the root. */
  readonly top: MapNode;
}
