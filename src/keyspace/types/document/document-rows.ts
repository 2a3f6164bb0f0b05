import type { ByteWriter } from "../../../base/bytes.ts";
import { Context } from "../../../crdt/context.ts";
import { decodeChange, encodeChange } from "../../../crdt/document/change-codec.ts";
import { changeBytes, type DocumentState, type RootOp, type TailChange } from "../../../crdt/document/document.ts";
import type { DocumentImage } from "../../../crdt/document/open-document.ts";
import { actorPart, counterOf, opId, type OpId } from "../../../crdt/document/op-id.ts";
import { writeVector, type RowReader } from "../row-reader.ts";

/** Bits of a row's form: it has a base; contexts are as `writeVector` writes them (first they were dense). */
const BASE = 1;
const VECTORS = 2;

/** A document as the bytes of a row: what Automerge saved, what the names in it stand for, and the changes since. */
export function encodeDocument(writer: ByteWriter, state: DocumentState): void {
  writer.varint(state.maxOp);
  writer.varint(state.baseOperations);
  writer.u8(VECTORS | (state.base === null ? 0 : BASE));
  if (state.base !== null) encodeImage(writer, state.base);
  writer.varint(state.roots.length);
  for (const root of state.roots) {
    encodeDot(writer, root.origin, root.sequence, root.stamp);
    encodeName(writer, root.id);
  }
  writer.varint(state.tail.length);
  for (const { context, actor, change } of state.tail) {
    encodeDot(writer, context.origin, context.sequence, context.stamp);
    writeVector(writer, context.others);
    writer.binary(nameOfActor(actor));
    encodeChange(writer, change);
  }
}

function encodeImage(writer: ByteWriter, { saved, anchors }: DocumentImage): void {
  writer.varint(saved.length);
  writer.raw(saved);
  writer.varint(anchors.size);
  for (const [id, anchor] of anchors) {
    encodeName(writer, id);
    encodeName(writer, anchor);
  }
}

function decodeImage(reader: RowReader): DocumentImage {
  // Copied: what is read from a row is a view of the database's memory.
  const saved = Uint8Array.from(reader.raw(reader.varint()));
  const anchors = new Map<OpId, OpId>();
  for (let left = reader.varint(); left > 0; left--) anchors.set(decodeName(reader), decodeName(reader));
  return { saved, anchors };
}

function encodeDot(writer: ByteWriter, origin: number, sequence: number, stamp: number): void {
  writer.varint(origin);
  writer.varint(sequence);
  writer.varint(stamp);
}

function encodeName(writer: ByteWriter, id: OpId): void {
  writer.varint(counterOf(id));
  writer.binary(nameOfActor(actorPart(id)));
}

function decodeName(reader: RowReader): OpId {
  const counter = reader.varint();
  return opId(counter, actorOfName(reader.binary()));
}

/** An actor's hexadecimal digits as the text they stand for: half the bytes. */
function nameOfActor(actor: string): string {
  return Buffer.from(actor, "hex").latin1Slice();
}

function actorOfName(name: string): string {
  return Buffer.from(name, "latin1").toString("hex");
}

export function decodeDocument(reader: RowReader): DocumentState {
  const maxOp = reader.varint();
  const baseOperations = reader.varint();
  const form = reader.u8();
  const base = (form & BASE) === 0 ? null : decodeImage(reader);
  const roots: RootOp[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const [origin, sequence, stamp] = [reader.origin(), reader.varint(), reader.varint()];
    roots.push({ origin, sequence, stamp, id: decodeName(reader) });
  }
  const tail: TailChange[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const [origin, sequence, stamp] = [reader.origin(), reader.varint(), reader.varint()];
    const others = (form & VECTORS) === 0 ? reader.denseVector() : reader.vector();
    const context = new Context(origin, sequence, stamp, others);
    const actor = actorOfName(reader.binary());
    const change = decodeChange(reader);
    tail.push({ origin, sequence, context, change, actor, bytes: changeBytes(change) });
  }
  return { maxOp, baseOperations, base, roots, tail };
}
