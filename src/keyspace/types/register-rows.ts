import type { ByteWriter } from "../../base/bytes.ts";
import { Context } from "../../crdt/context.ts";
import { DEADLINE_MODES, Deadlines, type DeadlineEntry } from "../../crdt/deadline.ts";
import { decodeDelta, encodeDelta } from "../../crdt/delta.ts";
import type { ExpiringRegister } from "../../crdt/expiring-register.ts";
import type { OriginTable } from "../../crdt/origin.ts";
import { Register, type Base, type Increment } from "../../crdt/register.ts";
import { writeVector, type RowReader } from "./row-reader.ts";

/** What a deadline's row says of its context. `dense` is no longer written. */
const OBSERVED = { all: 0, dense: 1, vector: 2 } as const;

/** Registers and deadlines as bytes of rows, and registers in canonical form: what facets of many types are made of. */
export function encodeRegister(writer: ByteWriter, register: Register, origins: OriginTable): void {
  const bases = register.isConflicted ? register.bases(origins) : null;
  const increments = register.increments();
  if (bases !== null) {
    writer.varint(bases.length);
    for (const base of bases) encodeBase(writer, base);
  } else {
    // Nearly always one, and a list of it for each row would be most of what a checkpoint leaves to the collector.
    const base = register.shownBase();
    writer.varint(base === null ? 0 : 1);
    if (base !== null) encodeBase(writer, base);
  }
  writer.varint(increments.length);
  for (const increment of increments) {
    writer.varint(increment.origin);
    writer.varint(increment.sequence);
    writer.varint(increment.stamp);
    encodeDelta(writer, increment.delta);
  }
}

function encodeBase(writer: ByteWriter, base: Base): void {
  writer.varint(base.origin);
  writer.varint(base.sequence);
  writer.varint(base.stamp);
  writer.binary(base.value);
}

export function decodeRegister(reader: RowReader, into: Register = new Register()): Register {
  const bases: Base[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const [origin, sequence, stamp] = [reader.origin(), reader.varint(), reader.varint()];
    bases.push({ origin, sequence, stamp, value: reader.binary() });
  }
  const increments: Increment[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const [origin, sequence, stamp] = [reader.origin(), reader.varint(), reader.varint()];
    increments.push({ origin, sequence, stamp, delta: decodeDelta(reader) });
  }
  return Register.restore(bases, increments, into);
}

export function encodeExpiringRegister(writer: ByteWriter, register: ExpiringRegister, origins: OriginTable): void {
  encodeRegister(writer, register, origins);
  const state = register.deadlineState();
  writer.u8(typeof state === "number" ? 0 : 1);
  if (typeof state === "number") writer.varint(state);
  else encodeDeadlines(writer, state);
}

export function decodeExpiringRegister(reader: RowReader, into: ExpiringRegister): void {
  decodeRegister(reader, into);
  into.restoreDeadline(reader.u8() === 0 ? reader.varint() : decodeDeadlines(reader));
}

/** Alone, a base and its increments are one text; concurrent bases are named with their dots and the sum beside them. */
export function writeCanonicalRegister(writer: ByteWriter, register: Register, origins: OriginTable): void {
  writer.binary(register.text() ?? "");
  if (!register.isConflicted) return;
  for (const base of register.bases(origins)) {
    writer.binary(origins.id(base.origin));
    writer.varint(base.sequence);
    writer.varint(base.stamp);
    writer.binary(base.value);
  }
  encodeDelta(writer, register.sum());
}

export function encodeDeadlines(writer: ByteWriter, deadlines: Deadlines): void {
  writer.varint(deadlines.entries.length);
  for (const entry of deadlines.entries) {
    writer.varint(entry.origin);
    writer.varint(entry.sequence);
    writer.varint(entry.stamp);
    writer.u8(DEADLINE_MODES.indexOf(entry.mode));
    writer.varint(entry.atMs);
    writer.u8(entry.observed === null ? OBSERVED.all : OBSERVED.vector);
    if (entry.observed === null) continue;
    writer.varint(entry.observed.origin);
    writer.varint(entry.observed.sequence);
    writeVector(writer, entry.observed.others);
  }
}

export function decodeDeadlines(reader: RowReader): Deadlines {
  const entries: DeadlineEntry[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const [origin, sequence, stamp] = [reader.origin(), reader.varint(), reader.varint()];
    const mode = DEADLINE_MODES[reader.u8()]!;
    const atMs = reader.varint();
    let observed: Context | null = null;
    const form = reader.u8();
    if (form !== OBSERVED.all) {
      const [observer, upTo] = [reader.origin(), reader.varint()];
      const others = form === OBSERVED.dense ? reader.denseVector() : reader.vector();
      observed = new Context(observer, upTo, stamp, others);
    }
    entries.push({ origin, sequence, stamp, mode, atMs, observed });
  }
  // Exactly as long as it is: what was pushed to has room for 17.
  return new Deadlines(entries.slice());
}
