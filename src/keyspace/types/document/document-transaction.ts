import { DocumentEdit } from "../../../crdt/document/edit.ts";
import type { JsonValue } from "../../../crdt/document/json-value.ts";
import { OP } from "../../../crdt/operations/operation-kind.ts";
import type { TypeHost } from "../type-host.ts";
import { DocumentFacet } from "./document-facet.ts";
import { nextEpoch } from "./epochs.ts";
import type { DocumentSight, DocumentTransaction } from "./document-port.ts";

/** Reads and writes of JSON documents as operations. */
export class DocumentWrites implements DocumentTransaction {
  readonly #host: TypeHost;

  constructor(host: TypeHost) {
    this.#host = host;
  }

  get(key: string): DocumentSight | null {
    const view = this.#host.read(key, DocumentFacet)?.document.view();
    return view === undefined ? null : { root: view.root!, top: view.top };
  }

  create(key: string, value: JsonValue): void {
    const edit = new DocumentEdit(1);
    edit.create(value);
    this.#write(key, edit, nextEpoch());
  }

  edit(key: string, body: (edit: DocumentEdit) => void): void {
    const facet = this.#host.read(key, DocumentFacet);
    if (facet === null) return;
    const edit = new DocumentEdit(facet.document.nextOp);
    body(edit);
    if (!edit.isEmpty) this.#write(key, edit, (facet.writerEpoch ??= nextEpoch()));
  }

  #write(key: string, edit: DocumentEdit, epoch: number): void {
    this.#host.write(key, "ReJSON-RL", [{ op: OP.documentChange, db: this.#host.db, key, change: edit.change(epoch) }]);
  }
}
