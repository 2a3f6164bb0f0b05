import { MalformedBytesError, type ByteReader, type ByteWriter } from "../../base/bytes.ts";
import type { Context } from "../context.ts";
import type { Position, Run } from "../list-position.ts";
import { isOriginId, type OriginId, type OriginTable } from "../origin.ts";
import { OP, type KeyOperation } from "./operation-kind.ts";
import { decodeCount, decodeList, encodeList, listBytes, type OperationSpec } from "./operation-spec.ts";

/**
 * One component of a position as an operation names it. Origin null is the origin of the batch, sequence 0 the batch itself: most
 * elements are put where their own batch, or an earlier one of the same origin, began a run.
 */
export interface PathComponent {
  readonly digit: number;
  readonly origin: OriginId | null;
  readonly sequence: number;
  readonly offset: number;
}

/** A position, from the top level down. */
export type Path = readonly PathComponent[];

/** Positions `from` to `to`, both included. */
export interface PathRange {
  readonly from: Path;
  readonly to: Path;
}

/** The values of neighbouring positions of one run, upwards from `at`: new elements, or new values of those there (LSET). */
export interface ListPut extends KeyOperation {
  readonly op: typeof OP.listPut;
  readonly at: Path;
  readonly values: readonly string[];
}

/** Removes what was observed at these positions. */
export interface ListRemove extends KeyOperation {
  readonly op: typeof OP.listRemove;
  readonly ranges: readonly PathRange[];
}

export type ListOperation = ListPut | ListRemove;

/** Components a path may have. Origins stay well below it; see `ListWrites`. */
export const PATH_DEPTH_MAX = 256;

export const LIST_PUT: OperationSpec<ListPut> = {
  type: "list",
  creates: true,
  encode(writer, { at, values }) {
    encodePath(writer, at, null);
    encodeList(writer, values);
  },
  decode(reader, db, key) {
    const at = decodePath(reader, null);
    const values = decodeList(reader);
    if (!Number.isSafeInteger(at.at(-1)!.offset + values.length))
      throw new MalformedBytesError("an offset is too high");
    return { op: OP.listPut, db, key, at, values };
  },
  bytes: ({ at, values }) => pathBytes(at) + listBytes(values),
};

export const LIST_REMOVE: OperationSpec<ListRemove> = {
  type: "list",
  creates: false,
  encode(writer, { ranges }) {
    writer.varint(ranges.length);
    let previous: Path | null = null;
    for (const { from, to } of ranges) {
      encodePath(writer, from, previous);
      encodePath(writer, to, from);
      previous = to;
    }
  },
  decode(reader, db, key) {
    const ranges: PathRange[] = [];
    let previous: Path | null = null;
    for (let left = decodeCount(reader); left > 0; left--) {
      const from = decodePath(reader, previous);
      const to = decodePath(reader, from);
      ranges.push({ from, to });
      previous = to;
    }
    return { op: OP.listRemove, db, key, ranges };
  },
  // Neighbours in one run are two or three bytes; only the first of each run is long.
  bytes: ({ ranges }) => ranges.reduce((sum, { from, to }) => sum + 4 + Math.max(from.length, to.length) * 8, 32),
};

/** The path of a position in memory. */
export function pathOf({ run, offset }: Position): Path {
  const { parent, digit, origin, sequence } = run;
  const last: PathComponent = { digit, origin, sequence, offset };
  return parent === null ? [last] : [...pathOf(parent), last];
}

/** The position that an operation of this batch names. */
export function positionOf(path: Path, context: Context, origins: OriginTable): Position {
  let position: Position | null = null;
  for (const [index, { digit, origin, sequence, offset }] of path.entries()) {
    const run: Run = {
      parent: position,
      digit,
      // One string an origin, whatever came off the wire.
      origin: origins.id(origin === null ? context.origin : origins.intern(origin)),
      sequence: sequence === 0 ? context.sequence : sequence,
      depth: index + 1,
    };
    position = { run, offset };
  }
  return position!;
}

/** 0 and an offset when the path differs from the previous one in its last offset alone; else its length and components. */
function encodePath(writer: ByteWriter, path: Path, previous: Path | null): void {
  if (previous !== null && isSamePathButOffset(path, previous)) {
    writer.varint(0);
    signed(writer, path.at(-1)!.offset);
    return;
  }
  writer.varint(path.length);
  for (const { digit, origin, sequence, offset } of path) {
    signed(writer, digit);
    writer.binary(origin ?? "");
    writer.varint(sequence);
    signed(writer, offset);
  }
}

function decodePath(reader: ByteReader, previous: Path | null): Path {
  const depth = reader.varint();
  if (depth === 0) {
    if (previous === null) throw new MalformedBytesError("no previous position to repeat");
    return [...previous.slice(0, -1), { ...previous.at(-1)!, offset: readSigned(reader) }];
  }
  if (depth > PATH_DEPTH_MAX) throw new MalformedBytesError(`a position of ${depth} components`);
  const path: PathComponent[] = [];
  for (let left = depth; left > 0; left--) {
    const digit = readSigned(reader);
    const origin = reader.binary();
    if (origin !== "" && !isOriginId(origin)) throw new MalformedBytesError("an origin's name is malformed");
    const sequence = reader.varint();
    path.push({ digit, origin: origin === "" ? null : origin, sequence, offset: readSigned(reader) });
  }
  return path;
}

function isSamePathButOffset(left: Path, right: Path): boolean {
  if (left.length !== right.length) return false;
  const last = left.length - 1;
  return left.every((one, index) => {
    const other = right[index]!;
    const isSameRun = one.digit === other.digit && one.origin === other.origin && one.sequence === other.sequence;
    return isSameRun && (index === last || one.offset === other.offset);
  });
}

function pathBytes(path: Path): number {
  let bytes = 2;
  for (const { origin } of path) bytes += 16 + (origin?.length ?? 0);
  return bytes;
}

/** Sign first, then the distance from 0: zigzag would pass 2^53. */
function signed(writer: ByteWriter, value: number): void {
  if (value < 0) {
    writer.u8(1);
    writer.varint(-value);
  } else {
    writer.u8(0);
    writer.varint(value);
  }
}

function readSigned(reader: ByteReader): number {
  const sign = reader.u8();
  if (sign > 1) throw new MalformedBytesError("a number of an unknown sign");
  const value = reader.varint();
  return sign === 1 && value !== 0 ? -value : value;
}
