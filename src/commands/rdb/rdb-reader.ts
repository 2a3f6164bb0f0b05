import { MalformedBytesError, type BinaryString } from "../../base/bytes.ts";
import { unpackLzf } from "./lzf.ts";

/** Bytes that one payload may unpack to, with what its elements cost besides: more would not fit one batch. */
const UNPACKED_BYTES_MAX = 64 * 1024 * 1024;
const ELEMENT_BYTES = 16;

/** Forms of a string that is not plain: the byte before it. */
const INT8 = 0xc0;
const INT16 = 0xc1;
const INT32 = 0xc2;
const LZF = 0xc3;

/**
 * Reads Redis' serialised form (RDB), as found in DUMP's payloads. Everything in it is untrusted: lengths are compared with what
 * is there before anything is made of them. Throws MalformedBytesError and nothing else.
 */
export class RdbReader {
  readonly #bytes: Buffer;
  #at = 0;
  #budgetBytes = UNPACKED_BYTES_MAX;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  /** A view, not a copy. */
  take(count: number): Buffer {
    if (count > this.#bytes.length - this.#at) throw new MalformedBytesError("a payload ends too early");
    const view = this.#bytes.subarray(this.#at, this.#at + count);
    this.#at += count;
    return view;
  }

  /** A length, or a number of 64 bits in the same form. */
  integer(): number | bigint {
    const first = this.byte();
    if (first >> 6 === 0) return first;
    if (first >> 6 === 1) return ((first & 0x3f) << 8) | this.byte();
    if (first === 0x80) return this.take(4).readUInt32BE();
    if (first !== 0x81) throw new MalformedBytesError("a length of an unknown form");
    const long = this.take(8).readBigUInt64BE();
    return long <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(long) : long;
  }

  /** How many elements follow: not more than there are bytes. */
  count(): number {
    const count = this.integer();
    if (typeof count !== "number" || count > this.#bytes.length - this.#at) {
      throw new MalformedBytesError("a payload claims more elements than it has bytes");
    }
    this.spend(count * ELEMENT_BYTES);
    return count;
  }

  /** Something is made that costs this much. */
  spend(bytes: number): void {
    this.#budgetBytes -= bytes;
    if (this.#budgetBytes < 0) throw new MalformedBytesError("a payload unpacks to too much");
  }

  string(): BinaryString {
    return this.#plainNumber() ?? this.buffer().latin1Slice();
  }

  /** A string that is not a number: the bytes of a compact encoding. */
  buffer(): Buffer {
    if (this.#bytes[this.#at] !== LZF) return this.take(this.#length());
    this.#at++;
    const packed = this.#length();
    const length = this.#length();
    this.spend(length);
    const unpacked = unpackLzf(this.take(packed), length);
    if (unpacked === null) throw new MalformedBytesError("a packed string does not unpack");
    return unpacked;
  }

  double(): number {
    return this.take(8).readDoubleLE();
  }

  /** 64 bits, lowest byte first: a moment in milliseconds. */
  milliseconds(): number {
    return Number(this.take(8).readBigInt64LE());
  }

  #plainNumber(): BinaryString | null {
    switch (this.#bytes[this.#at]) {
      case INT8:
        return String(this.take(2).readInt8(1));
      case INT16:
        return String(this.take(3).readInt16LE(1));
      case INT32:
        return String(this.take(5).readInt32LE(1));
      default:
        return null;
    }
  }

  #length(): number {
    const length = this.integer();
    if (typeof length !== "number") throw new MalformedBytesError("a string of more than 2^53 bytes");
    return length;
  }
}
