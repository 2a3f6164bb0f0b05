import { DocumentEdit } from "../../../crdt/document/edit.ts";
import type { JsonValue } from "../../../crdt/document/json-value.ts";
import { NAMING } from "../../../crdt/document/op-id.ts";
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
    if (edit.isEmpty) return;
    this.#write(key, edit, (facet.writerEpoch ??= nextEpoch()));
    if (facet.document.nextOp > NAMING.startOverAt) this.#startOver(key, facet);
  }

  /** The counters of its names end with 32 bits: after years of a change every few milliseconds. */
  #startOver(key: string, facet: DocumentFacet): void {
    if (facet.isEmpty) return;
    this.#host.replace(key, null, facet.copyOperations(this.#host.db, key, facet.deadline(), this.#host.nowMs));
  }

  #write(key: string, edit: DocumentEdit, epoch: number): void {
    this.#host.write(key, "ReJSON-RL", [{ op: OP.documentChange, db: this.#host.db, key, change: edit.change(epoch) }]);
  }
}
