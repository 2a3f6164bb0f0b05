import { assert } from "../base/assert.ts";
import type { ByteWriter } from "../base/bytes.ts";
import { KEY_TYPE_CODES, keyTypeOfCode, type KeyType } from "../crdt/operations/operation-kind.ts";
import type { OriginTable } from "../crdt/origin.ts";
import type { Retirements } from "../crdt/retirements.ts";
import { FACET_KINDS } from "./types/facet-kinds.ts";
import type { Facet } from "./types/facet.ts";
import { RowReader } from "./types/row-reader.ts";

/**
 * Values of rows: a head a key, and a row an element. Origins are their indexes in this directory's table, which every
 * checkpoint stores with its rows. These bytes are our own and LMDB's; damage shows as MalformedBytesError. What is encoded is good
 * until the next is.
 */
export function encodeHead(encoder: RowEncoder, key: string, facets: readonly Facet[]): Buffer {
  const { writer, origins } = encoder;
  writer.reset();
  writer.binary(key);
  encodeFacets(writer, origins, facets);
  return writer.view();
}

/** Facets without their elements. */
export function encodeFacets(writer: ByteWriter, origins: OriginTable, facets: readonly Facet[]): void {
  writer.u8(facets.length);
  for (const facet of facets) {
    writer.u8(KEY_TYPE_CODES[facet.type]);
    facet.encodeHead(writer, origins);
  }
}

export function decodeFacets(reader: RowReader): readonly Facet[] {
  const facets: Facet[] = [];
  for (let left = reader.u8(); left > 0; left--) facets.push(FACET_KINDS[typeOfCode(reader.u8())].decodeHead(reader));
  return facets;
}

/** What rows are encoded with: a writer to reuse. */
export interface RowEncoder {
  readonly writer: ByteWriter;
  readonly origins: OriginTable;
}

export interface Head {
  readonly key: string;
  /** Collections are empty until their element rows are read. */
  readonly facets: readonly Facet[];
}

/** Without `retirements` it is only looked at. */
export function decodeHead(bytes: Buffer, retirements: Retirements | null = null): Head {
  const reader = new RowReader(bytes, retirements);
  return { key: reader.binary(), facets: decodeFacets(reader) };
}

/** Null when there is no such element: its row goes. */
export function encodeElement(encoder: RowEncoder, facet: Facet, name: string): Buffer | null {
  const { writer, origins } = encoder;
  writer.reset();
  writer.binary(name);
  return facet.encodeElement(writer, name, origins) ? writer.view() : null;
}

export function restoreElement(facet: Facet, bytes: Buffer, retirements: Retirements): void {
  const reader = new RowReader(bytes, retirements);
  facet.restoreElement(reader.binary(), reader);
}

function typeOfCode(code: number): KeyType {
  const type = keyTypeOfCode(code);
  assert(type !== undefined, `a row of an unknown type ${code}`);
  return type;
}
