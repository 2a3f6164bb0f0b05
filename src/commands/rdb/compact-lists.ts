import { MalformedBytesError, type BinaryString } from "../../base/bytes.ts";
import type { RdbReader } from "./rdb-reader.ts";

/**
 * The three compact encodings that Redis keeps small collections in, and serialises as they are: listpacks, the ziplists before
 * them, and sets of integers. What an element costs here is charged to the reader the bytes came from.
 */

/** Estimated cost of one element that a byte or two can stand for. */
const ELEMENT_BYTES = 16;
const END = 0xff;

/** Bytes read in order; throws at the end of them. */
class Cursor {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  take(count: number): Buffer {
    if (count > this.#bytes.length - this.at) throw new MalformedBytesError("a compact list ends too early");
    this.at += count;
    return this.#bytes.subarray(this.at - count, this.at);
  }

  text(length: number): BinaryString {
    return this.take(length).latin1Slice();
  }

  /** A signed integer of up to 48 bits, lowest byte first. */
  integer(bytes: number): BinaryString {
    return String(this.take(bytes).readIntLE(0, bytes));
  }

  long(): BinaryString {
    return String(this.take(8).readBigInt64LE());
  }
}

export function readListpack(bytes: Buffer, reader: RdbReader): BinaryString[] {
  if (bytes.length < 7 || bytes.readUInt32LE() !== bytes.length) throw new MalformedBytesError("not a listpack");
  const cursor = new Cursor(bytes, 6);
  const elements: BinaryString[] = [];
  for (let first = cursor.byte(); first !== END; first = cursor.byte()) {
    const start = cursor.at - 1;
    reader.spend(ELEMENT_BYTES);
    elements.push(listpackElement(first, cursor));
    skipBackLength(cursor, cursor.at - start);
  }
  if (cursor.at !== bytes.length) throw new MalformedBytesError("bytes behind a listpack");
  return elements;
}

function listpackElement(first: number, cursor: Cursor): BinaryString {
  if (first < 0x80) return String(first);
  if (first < 0xc0) return cursor.text(first & 0x3f);
  if (first < 0xe0) {
    const value = ((first & 0x1f) << 8) | cursor.byte();
    return String(value >= 4096 ? value - 8192 : value);
  }
  if (first < 0xf0) return cursor.text(((first & 0x0f) << 8) | cursor.byte());
  switch (first) {
    case 0xf0:
      return cursor.text(cursor.take(4).readUInt32LE());
    case 0xf1:
      return cursor.integer(2);
    case 0xf2:
      return cursor.integer(3);
    case 0xf3:
      return cursor.integer(4);
    case 0xf4:
      return cursor.long();
    default:
      throw new MalformedBytesError("an element of an unknown form");
  }
}

/** Behind each element stands its length, in seven bits a byte, so that the list can be read backwards. */
function skipBackLength(cursor: Cursor, length: number): void {
  cursor.take(backLengthBytes(length));
}

function backLengthBytes(length: number): number {
  let bytes = 1;
  for (let rest = length; rest > 127; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

export function readZiplist(bytes: Buffer, reader: RdbReader): BinaryString[] {
  if (bytes.length < 11 || bytes.readUInt32LE() !== bytes.length) throw new MalformedBytesError("not a ziplist");
  const cursor = new Cursor(bytes, 10);
  const elements: BinaryString[] = [];
  for (let before = cursor.byte(); before !== END; before = cursor.byte()) {
    if (before === 0xfe) cursor.take(4);
    reader.spend(ELEMENT_BYTES);
    elements.push(ziplistElement(cursor.byte(), cursor));
  }
  if (cursor.at !== bytes.length) throw new MalformedBytesError("bytes behind a ziplist");
  return elements;
}

function ziplistElement(first: number, cursor: Cursor): BinaryString {
  if (first < 0x40) return cursor.text(first);
  if (first < 0x80) return cursor.text(((first & 0x3f) << 8) | cursor.byte());
  switch (first) {
    case 0x80:
      return cursor.text(cursor.take(4).readUInt32BE());
    case 0xc0:
      return cursor.integer(2);
    case 0xd0:
      return cursor.integer(4);
    case 0xe0:
      return cursor.long();
    case 0xf0:
      return cursor.integer(3);
    case 0xfe:
      return cursor.integer(1);
    default:
      if (first > 0xf0 && first < 0xfe) return String((first & 0x0f) - 1);
      throw new MalformedBytesError("an element of an unknown form");
  }
}

export function readIntegerSet(bytes: Buffer, reader: RdbReader): BinaryString[] {
  const width = bytes.length < 8 ? 0 : bytes.readUInt32LE();
  const count = width === 0 ? 0 : bytes.readUInt32LE(4);
  if (![2, 4, 8].includes(width) || bytes.length !== 8 + count * width) {
    throw new MalformedBytesError("not a set of integers");
  }
  reader.spend(count * ELEMENT_BYTES);
  const cursor = new Cursor(bytes, 8);
  return Array.from({ length: count }, () => (width === 8 ? cursor.long() : cursor.integer(width)));
}

/** A listpack of strings and integers. */
export function writeListpack(elements: readonly (BinaryString | bigint)[]): Buffer {
  const parts: Buffer[] = [Buffer.alloc(6)];
  for (const element of elements) {
    const head = typeof element === "bigint" ? longHead(element) : textHead(element);
    const body = typeof element === "bigint" ? Buffer.alloc(0) : Buffer.from(element, "latin1");
    parts.push(head, body, backLength(head.length + body.length));
  }
  parts.push(Buffer.from([END]));
  const bytes = Buffer.concat(parts);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(Math.min(elements.length, 0xffff), 4);
  return bytes;
}

function longHead(value: bigint): Buffer {
  if (value >= 0n && value < 128n) return Buffer.from([Number(value)]);
  const out = Buffer.alloc(9);
  out[0] = 0xf4;
  out.writeBigInt64LE(value, 1);
  return out;
}

function textHead({ length }: BinaryString): Buffer {
  if (length < 64) return Buffer.from([0x80 | length]);
  if (length < 4096) return Buffer.from([0xe0 | (length >> 8), length & 0xff]);
  const out = Buffer.alloc(5);
  out[0] = 0xf0;
  out.writeUInt32LE(length, 1);
  return out;
}

function backLength(length: number): Buffer {
  const out = Buffer.alloc(backLengthBytes(length));
  let rest = length;
  for (let at = out.length - 1; at >= 0; at--) {
    out[at] = (rest & 127) | (at === 0 ? 0 : 128);
    rest = Math.floor(rest / 128);
  }
  return out;
}
