import { AssertionError } from "./assert.ts";

declare global {
  /** Node's direct latin1 and UTF-8 methods: long there, faster than `toString(encoding)`, missing in the types. */
  interface Buffer {
    latin1Slice(start?: number, end?: number): string;
    utf8Slice(start?: number, end?: number): string;
    latin1Write(text: string, offset?: number, length?: number): number;
  }
}

/**
 * Bytes in and out. Keys, fields and values are *binary strings*: JavaScript strings whose every character is
 * one byte (latin1). V8 stores them in one byte a character, compares and hashes them natively, and they do not
 * pin the socket buffer they came from (a slice of a Buffer would).
 */
export type BinaryString = string;

/** Thrown by ByteReader when the input ends early or a length lies. Callers turn it into their own refusal. */
export class MalformedBytesError extends Error {
  override readonly name = "MalformedBytesError";
}

/** Text as the binary string of its UTF-8 bytes. */
export function utf8ToBinary(text: string): BinaryString {
  return Buffer.from(text, "utf8").latin1Slice();
}

/** A binary string read as UTF-8; invalid sequences become U+FFFD. */
export function binaryToUtf8(bytes: BinaryString): string {
  return Buffer.from(bytes, "latin1").utf8Slice();
}

/** The same bytes in memory of just their size: a piece of Buffer's pool would keep the rest of that alive. */
export function copyOf(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

/** What four digits of a varint hold. */
const FOUR_DIGITS = 2 ** 28;
/** Digits of the longest varint. */
const VARINT_BYTES_MAX = 8;

/** A writer that is used again gives back a buffer larger than this: one value of 60 MB is no reason to keep as much for ever. */
const KEPT_BYTES_MAX = 4 * 1024 * 1024;
const SHRUNK_BYTES = 64 * 1024;

/** Append-only writer over one growing buffer. Unsigned varints are LEB128 up to 2^53-1. */
export class ByteWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(initialBytes = 4096) {
    this.#buffer = Buffer.allocUnsafeSlow(initialBytes);
  }

  get length(): number {
    return this.#length;
  }

  /** Forgets what was written, but for the first `kept` bytes. */
  reset(kept = 0): void {
    this.#length = kept;
    if (this.#buffer.length > KEPT_BYTES_MAX) this.#shrink();
  }

  #shrink(): void {
    const small = Buffer.allocUnsafeSlow(Math.max(SHRUNK_BYTES, this.#length));
    this.#buffer.copy(small, 0, 0, this.#length);
    this.#buffer = small;
  }

  /** Makes room for so many bytes more. What is written most asks first whether it has to be called. */
  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }

  u8(value: number): void {
    if (this.#length === this.#buffer.length) this.#reserve(1);
    this.#buffer[this.#length++] = value;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#length = this.#buffer.writeUInt32LE(value, this.#length);
  }

  f64(value: number): void {
    this.#reserve(8);
    this.#length = this.#buffer.writeDoubleLE(value, this.#length);
  }

  varint(value: number): void {
    // One digit: most are lengths, counts and flags.
    if ((value & 0x7f) === value) this.u8(value);
    else this.#digits(value);
  }

  #digits(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new AssertionError(`varint out of range: ${value}`);
    if (this.#length + VARINT_BYTES_MAX > this.#buffer.length) this.#reserve(VARINT_BYTES_MAX);
    const buffer = this.#buffer;
    let at = this.#length;
    let rest = value;
    // Division of a number beyond 32 bits is a call out of JavaScript: four digits at a time take one instead of eight.
    while (rest >= FOUR_DIGITS) {
      const high = Math.floor(rest / FOUR_DIGITS);
      const low = rest - high * FOUR_DIGITS;
      // What goes beyond the lowest eight bits of a place is left out there.
      buffer[at++] = low | 0x80;
      buffer[at++] = (low >>> 7) | 0x80;
      buffer[at++] = (low >>> 14) | 0x80;
      buffer[at++] = (low >>> 21) | 0x80;
      rest = high;
    }
    while (rest >= 0x80) {
      buffer[at++] = rest | 0x80;
      rest >>>= 7;
    }
    buffer[at++] = rest;
    this.#length = at;
  }

  /** Length-prefixed binary string. */
  binary(value: BinaryString): void {
    const { length } = value;
    this.varint(length);
    if (this.#length + length > this.#buffer.length) this.#reserve(length);
    this.#length += this.#buffer.latin1Write(value, this.#length);
  }

  raw(bytes: Uint8Array): void {
    const { length } = bytes;
    if (this.#length + length > this.#buffer.length) this.#reserve(length);
    this.#buffer.set(bytes, this.#length);
    this.#length += length;
  }

  /** Overwrites four bytes written before (a length or checksum known only at the end). */
  patchU32(offset: number, value: number): void {
    this.#buffer.writeUInt32LE(value, offset);
  }

  /** The bytes from `start` as a view: valid until the next write. */
  view(start = 0): Buffer {
    return this.#buffer.subarray(start, this.#length);
  }

  /** The bytes written so far, copied out, to memory of their own. */
  take(): Buffer {
    return copyOf(this.view());
  }
}

/** Reads what ByteWriter wrote, trusting nothing: every length is checked against what is left. */
export class ByteReader {
  readonly #buffer: Buffer;
  #offset: number;
  readonly #end: number;

  constructor(buffer: Buffer, start = 0, end = buffer.length) {
    this.#buffer = buffer;
    this.#offset = start;
    this.#end = end;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#end - this.#offset;
  }

  #need(bytes: number): void {
    if (bytes > this.#end - this.#offset)
      throw new MalformedBytesError(`needs ${bytes} more bytes, has ${this.remaining}`);
  }

  /** True when the next bytes are the first `length` of `bytes`: they have been read then. */
  skip(bytes: Uint8Array, length = bytes.length): boolean {
    if (length > this.#end - this.#offset) return false;
    for (let at = 0; at < length; at++) if (this.#buffer[this.#offset + at] !== bytes[at]) return false;
    this.#offset += length;
    return true;
  }

  /** What has been read from `offset` on, a view. */
  since(offset: number): Buffer {
    return this.#buffer.subarray(offset, this.#offset);
  }

  u8(): number {
    this.#need(1);
    return this.#buffer[this.#offset++]!;
  }

  u32(): number {
    this.#need(4);
    const value = this.#buffer.readUInt32LE(this.#offset);
    this.#offset += 4;
    return value;
  }

  f64(): number {
    this.#need(8);
    const value = this.#buffer.readDoubleLE(this.#offset);
    this.#offset += 8;
    return value;
  }

  varint(): number {
    const at = this.#offset;
    const first = this.#buffer[at]!;
    // One digit, as most are.
    if (first < 0x80 && at < this.#end) {
      this.#offset = at + 1;
      return first;
    }
    return this.#digits();
  }

  #digits(): number {
    const buffer = this.#buffer;
    const stop = Math.min(this.#end, this.#offset + VARINT_BYTES_MAX);
    let value = 0;
    let scale = 1;
    for (let at = this.#offset; at < stop; at++) {
      const byte = buffer[at]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) break;
        this.#offset = at + 1;
        return value;
      }
      scale *= 0x80;
    }
    // Fewer digits are left than it may have, and the last is not among them.
    if (this.remaining < VARINT_BYTES_MAX) this.#need(this.remaining + 1);
    throw new MalformedBytesError("varint is longer than 53 bits");
  }

  binary(): BinaryString {
    const length = this.varint();
    this.#need(length);
    const value = this.#buffer.latin1Slice(this.#offset, this.#offset + length);
    this.#offset += length;
    return value;
  }

  raw(length: number): Buffer {
    this.#need(length);
    const view = this.#buffer.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return view;
  }
}
