import { OpenDocument, type DocumentImage } from "./open-document.ts";
import { DocumentView } from "./view.ts";

/** What open documents may take together. Turned up: fewer are opened again and again. Tests turn it down. */
export interface OpenLimits {
  documentsMax: number;
  /** By estimate. */
  bytesMax: number;
}

/** An open document takes many times its saved form, and at least 16 KB. */
const OPEN_BYTES_EACH = 16 * 1024;
const OPEN_BYTES_PER_SAVED = 24;

/** An open document with its view. */
export interface OpenedDocument {
  readonly document: OpenDocument;
  readonly view: DocumentView;
}

/** Who can close an open document and open it again from its own bytes. */
export interface DocumentOwner {
  closed(): void;
}

/**
 * The documents that are open, least recently used first. A document at rest is bytes; it is opened by whoever reads or
 * changes it and closed when others need the room. WebAssembly's memory is not collected: what is opened here is closed here.
 */
export class OpenDocuments {
  readonly limits: OpenLimits = { documentsMax: 1024, bytesMax: 256 * 1024 * 1024 };
  readonly #opened = new Map<DocumentOwner, { readonly opened: OpenedDocument; bytes: number }>();
  #bytes = 0;

  get count(): number {
    return this.#opened.size;
  }

  open(owner: DocumentOwner, image: DocumentImage | null): OpenedDocument {
    const document = new OpenDocument(image);
    const opened = { document, view: new DocumentView(document) };
    this.#opened.set(owner, { opened, bytes: 0 });
    this.grew(owner, OPEN_BYTES_EACH + (image?.saved.length ?? 0) * OPEN_BYTES_PER_SAVED);
    return opened;
  }

  used(owner: DocumentOwner): void {
    const entry = this.#opened.get(owner)!;
    this.#opened.delete(owner);
    this.#opened.set(owner, entry);
  }

  /** The owner's document takes that much more. May close others. */
  grew(owner: DocumentOwner, bytes: number): void {
    this.#opened.get(owner)!.bytes += bytes;
    this.#bytes += bytes;
    for (const oldest of this.#opened.keys()) {
      if (this.#opened.size <= this.limits.documentsMax && this.#bytes <= this.limits.bytesMax) return;
      if (oldest !== owner) this.close(oldest);
    }
  }

  close(owner: DocumentOwner): void {
    const entry = this.#opened.get(owner);
    if (entry === undefined) return;
    this.#opened.delete(owner);
    this.#bytes -= entry.bytes;
    entry.opened.document.close();
    owner.closed();
  }
}

/** Of this process: WebAssembly's memory is one. */
export const OPEN_DOCUMENTS = new OpenDocuments();
