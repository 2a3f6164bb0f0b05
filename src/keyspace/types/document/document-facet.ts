import { utf8ToBinary, type ByteWriter } from "../../../base/bytes.ts";
import type { Context } from "../../../crdt/context.ts";
import { DocumentEdit } from "../../../crdt/document/edit.ts";
import { JsonDocument } from "../../../crdt/document/document.ts";
import { jsonText, valueOf } from "../../../crdt/document/json-text.ts";
import type { OneKeyOperation, ValueOperation } from "../../../crdt/operation.ts";
import type { DocumentOperation } from "../../../crdt/operations/document-operations.ts";
import { OP } from "../../../crdt/operations/operation-kind.ts";
import type { OriginTable } from "../../../crdt/origin.ts";
import type { Coverage } from "../../../crdt/register.ts";
import type { VersionVector } from "../../../crdt/version-vector.ts";
import { CollectionFacet } from "../collection-facet.ts";
import type { FacetKind, Stamped } from "../facet.ts";
import { decodeDeadlines } from "../register-rows.ts";
import { nextEpoch } from "./epochs.ts";
import { decodeDocument, encodeDocument } from "./document-rows.ts";

/** A JSON document (rows J1–J11). Its row is one: Automerge's bytes are not to be cut. */
export class DocumentFacet extends CollectionFacet {
  readonly type = "ReJSON-RL";
  readonly document: JsonDocument;
  /** By which name this process writes to it; null until it does. */
  writerEpoch: number | null = null;
  #deadlinesFolded = false;

  override get hasElements(): boolean {
    return false;
  }

  constructor(document = new JsonDocument()) {
    super();
    this.document = document;
  }

  get isEmpty(): boolean {
    return this.document.isEmpty;
  }

  protected get elementBytes(): number {
    return this.document.bytes;
  }

  protected get hasUnfoldedElements(): boolean {
    return this.document.hasTail;
  }

  /** A document counts from when its root was written. */
  newest(origins: OriginTable): Stamped {
    let best: Stamped = { stamp: -1, origin: 0 };
    for (const { stamp, origin } of this.document.roots) {
      if (stamp > best.stamp || (stamp === best.stamp && origins.compare(origin, best.origin) > 0))
        best = { stamp, origin };
    }
    return best;
  }

  apply(operation: ValueOperation, context: Context, origins: OriginTable): void {
    this.document.apply((operation as DocumentOperation).change, context, origins);
  }

  override fold(frontier: VersionVector, origins: OriginTable): void {
    this.#deadlinesFolded = false;
    super.fold(frontier, origins);
    // Deadlines know a document by its root alone: what is inside need not wait for them.
    this.document.fold(frontier, this.#deadlinesFolded);
  }

  override encodeHead(writer: ByteWriter, origins: OriginTable): void {
    super.encodeHead(writer, origins);
    encodeDocument(writer, this.document.state);
  }

  protected observes(observed: Coverage): boolean {
    return this.document.observes(observed);
  }

  protected removeObservedElements(context: Context): void {
    this.document.removeObserved(context);
  }

  protected foldElements(): void {
    this.#deadlinesFolded = true;
  }

  protected elementsAreWithin(frontier: VersionVector): boolean {
    return this.document.isWithin(frontier);
  }

  protected copyElements(db: number, key: string): OneKeyOperation[] {
    const edit = new DocumentEdit(1);
    edit.create(valueOf(this.document.view().root!));
    return [{ op: OP.documentChange, db, key, change: edit.change(nextEpoch()) }];
  }

  protected writeCanonicalElements(writer: ByteWriter): void {
    writer.binary(utf8ToBinary(jsonText(this.document.view().root!)));
  }

  *elementNames(): Generator<string> {
    // All is in the head.
  }

  encodeElement(): boolean {
    return false;
  }

  restoreElement(): void {
    // There are none.
  }
}

export const DOCUMENT_KIND: FacetKind = {
  create: () => new DocumentFacet(),
  decodeHead(reader) {
    const deadlines = decodeDeadlines(reader);
    const facet = new DocumentFacet(JsonDocument.restore(decodeDocument(reader)));
    facet.restoreDeadlines(deadlines);
    return facet;
  },
};
