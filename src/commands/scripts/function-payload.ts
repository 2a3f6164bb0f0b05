import type { BinaryString } from "../../base/bytes.ts";
import { crc64 } from "./crc64.ts";
import { unpackLzf } from "./lzf.ts";

/**
 * FUNCTION DUMP's payload, as Redis writes it: for each library an opcode and its code as an RDB string, then the version of the
 * format and a checksum. Written uncompressed; read in all of Redis' string forms.
 */

const FUNCTION_OPCODE = 245;
const WRITTEN_VERSION = 11;
const READ_VERSION_MAX = 12;
const FOOTER_BYTES = 10;
const LZF_STRING = 0xc3;
/** Bytes that one library may unpack to. */
const CODE_BYTES_MAX = 16 * 1024 * 1024;

export function encodeLibraries(codes: readonly BinaryString[]): BinaryString {
  const parts: Buffer[] = [];
  for (const code of codes) {
    parts.push(Buffer.from([FUNCTION_OPCODE]), encodeLength(code.length), Buffer.from(code, "latin1"));
  }
  parts.push(Buffer.from([WRITTEN_VERSION & 0xff, WRITTEN_VERSION >> 8]));
  const body = Buffer.concat(parts);
  return body.latin1Slice() + crc64(body).latin1Slice();
}

/** The libraries' code; null when the payload is none. */
export function decodeLibraries(payload: BinaryString): BinaryString[] | null {
  const bytes = Buffer.from(payload, "latin1");
  const end = bytes.length - FOOTER_BYTES;
  if (end < 0 || bytes.readUInt16LE(end) > READ_VERSION_MAX) return null;
  if (!crc64(bytes.subarray(0, end + 2)).equals(bytes.subarray(end + 2))) return null;
  const reader = new PayloadReader(bytes.subarray(0, end));
  const codes: BinaryString[] = [];
  while (!reader.atEnd) {
    const code = reader.byte() === FUNCTION_OPCODE ? reader.string() : null;
    if (code === null) return null;
    codes.push(code);
  }
  return codes;
}

function encodeLength(length: number): Buffer {
  if (length < 64) return Buffer.from([length]);
  if (length < 16_384) return Buffer.from([0x40 | (length >> 8), length & 0xff]);
  const out = Buffer.alloc(5);
  out[0] = 0x80;
  out.writeUInt32BE(length, 1);
  return out;
}

class PayloadReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    return this.#bytes[this.#at++] ?? -1;
  }

  string(): BinaryString | null {
    const packed = this.#bytes[this.#at] === LZF_STRING;
    if (packed) this.#at++;
    const length = this.#length();
    if (length === null) return null;
    if (!packed) return this.#take(length)?.latin1Slice() ?? null;
    const whole = this.#length();
    const bytes = this.#take(length);
    if (whole === null || bytes === null || whole > CODE_BYTES_MAX) return null;
    return unpackLzf(bytes, whole)?.latin1Slice() ?? null;
  }

  #length(): number | null {
    const first = this.byte();
    if (first < 0) return null;
    if (first >> 6 === 0) return first;
    if (first >> 6 === 1) return ((first & 0x3f) << 8) | Math.max(0, this.byte());
    if (first !== 0x80) return null;
    return this.#take(4)?.readUInt32BE() ?? null;
  }

  #take(count: number): Buffer | null {
    if (count > this.#bytes.length - this.#at) return null;
    const view = this.#bytes.subarray(this.#at, this.#at + count);
    this.#at += count;
    return view;
  }
}
