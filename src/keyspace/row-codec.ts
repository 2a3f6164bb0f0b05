import { assert } from "../base/assert.ts";
import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { Context } from "../crdt/context.ts";
import { DEADLINE_MODES, Deadlines, type DeadlineEntry } from "../crdt/deadline.ts";
import { KEY_TYPES } from "../crdt/operation.ts";
import { decodeDelta, encodeDelta } from "../crdt/operation-codec.ts";
import type { OriginTable } from "../crdt/origin.ts";
import { Register, type Base, type Increment } from "../crdt/register.ts";
import type { Facet } from "./facet.ts";
import { HashFacet } from "./hash-facet.ts";
import { StringFacet } from "./string-facet.ts";

/**
 * Values of rows. Origins are their indexes in this directory's table, which every checkpoint stores with its rows. These
 * bytes are our own and LMDB's; damage shows as MalformedBytesError.
 */
export function encodeHead(writer: ByteWriter, key: string, facets: readonly Facet[], origins: OriginTable): Buffer {
  writer.reset();
  writer.binary(key);
  writer.u8(facets.length);
  for (const facet of facets) {
    writer.u8(KEY_TYPES.indexOf(facet.type));
    if (facet instanceof StringFacet) {
      encodeRegisterInto(writer, facet, origins);
      const state = facet.deadlineState();
      writer.u8(typeof state === "number" ? 0 : 1);
      if (typeof state === "number") writer.varint(state);
      else encodeDeadlines(writer, state);
    } else {
      assert(facet instanceof HashFacet, "a facet without rows");
      encodeDeadlines(writer, facet.deadlines);
    }
  }
  return writer.take();
}

export interface Head {
  readonly key: string;
  /** Collections are empty until their element rows are read. */
  readonly facets: readonly Facet[];
}

export function decodeHead(bytes: Buffer): Head {
  const reader = new ByteReader(bytes);
  const key = reader.binary();
  const count = reader.u8();
  const facets: Facet[] = [];
  for (let index = 0; index < count; index++) {
    const type = KEY_TYPES[reader.u8()];
    if (type === "string") {
      const facet = new StringFacet();
      decodeRegisterInto(reader, facet);
      facet.restoreDeadline(reader.u8() === 0 ? reader.varint() : decodeDeadlines(reader));
      facets.push(facet);
    } else {
      assert(type === "hash", "a row of an unknown type");
      const facet = new HashFacet();
      facet.restoreDeadlines(decodeDeadlines(reader));
      facets.push(facet);
    }
  }
  return { key, facets };
}

export function encodeElement(writer: ByteWriter, name: string, register: Register, origins: OriginTable): Buffer {
  writer.reset();
  writer.binary(name);
  encodeRegisterInto(writer, register, origins);
  return writer.take();
}

export function decodeElement(bytes: Buffer): { readonly name: string; readonly register: Register } {
  const reader = new ByteReader(bytes);
  const name = reader.binary();
  const register = new Register();
  decodeRegisterInto(reader, register);
  return { name, register };
}

function encodeRegisterInto(writer: ByteWriter, register: Register, origins: OriginTable): void {
  const bases = register.bases(origins);
  const increments = register.increments();
  writer.varint(bases.length);
  for (const base of bases) {
    writer.varint(base.origin);
    writer.varint(base.sequence);
    writer.varint(base.stamp);
    writer.binary(base.value);
  }
  writer.varint(increments.length);
  for (const increment of increments) {
    writer.varint(increment.origin);
    writer.varint(increment.sequence);
    writer.varint(increment.stamp);
    encodeDelta(writer, increment.delta);
  }
}

function decodeRegisterInto(reader: ByteReader, register: Register): void {
  const bases: Base[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const [origin, sequence, stamp] = [reader.varint(), reader.varint(), reader.varint()];
    bases.push({ origin, sequence, stamp, value: reader.binary() });
  }
  const increments: Increment[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const [origin, sequence, stamp] = [reader.varint(), reader.varint(), reader.varint()];
    increments.push({ origin, sequence, stamp, delta: decodeDelta(reader) });
  }
  Register.restore(bases, increments, register);
}

function encodeDeadlines(writer: ByteWriter, deadlines: Deadlines): void {
  writer.varint(deadlines.entries.length);
  for (const entry of deadlines.entries) {
    writer.varint(entry.origin);
    writer.varint(entry.sequence);
    writer.varint(entry.stamp);
    writer.u8(DEADLINE_MODES.indexOf(entry.mode));
    writer.varint(entry.atMs);
    const others = entry.observed?.others ?? [];
    writer.u8(entry.observed === null ? 0 : 1);
    if (entry.observed === null) continue;
    writer.varint(entry.observed.origin);
    writer.varint(entry.observed.sequence);
    writer.varint(others.length);
    for (const sequence of others) writer.varint(sequence);
  }
}

function decodeDeadlines(reader: ByteReader): Deadlines {
  const entries: DeadlineEntry[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const [origin, sequence, stamp] = [reader.varint(), reader.varint(), reader.varint()];
    const mode = DEADLINE_MODES[reader.u8()]!;
    const atMs = reader.varint();
    let observed: Context | null = null;
    if (reader.u8() === 1) {
      const [observer, upTo] = [reader.varint(), reader.varint()];
      const others = Array.from({ length: reader.varint() }, () => reader.varint());
      observed = new Context(observer, upTo, stamp, others);
    }
    entries.push({ origin, sequence, stamp, mode, atMs, observed });
  }
  return new Deadlines(entries);
}
