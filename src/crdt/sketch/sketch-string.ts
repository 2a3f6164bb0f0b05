import { REGISTER_COUNT } from "./hyper-log-log.ts";

/**
 * A sketch as the string that Redis keeps it in: "HYLL", an encoding byte (0 dense, 1 sparse), three zeros, eight bytes of a cached
 * count (marked stale here), then registers. Written dense; read in both forms, since clients carry them about.
 */
const MAGIC = "HYLL";
const HEADER_BYTES = 16;
const DENSE_BYTES = HEADER_BYTES + (REGISTER_COUNT * 6) / 8;
const DENSE = 0;
const SPARSE = 1;
const STALE_COUNT = 0x80;

export function sketchToString(registers: Uint8Array): string {
  const out = Buffer.alloc(DENSE_BYTES);
  out.latin1Write(MAGIC, 0);
  out[HEADER_BYTES - 1] = STALE_COUNT;
  for (let index = 0; index < REGISTER_COUNT; index++) {
    const bit = index * 6;
    const at = HEADER_BYTES + (bit >> 3);
    const shifted = registers[index]! << (bit & 7);
    out[at]! |= shifted & 0xff;
    if (shifted > 0xff) out[at + 1]! |= shifted >> 8;
  }
  return out.latin1Slice();
}

/** True for what begins like a sketch: PFADD takes no other string. */
export function looksLikeSketch(text: string): boolean {
  if (text.length < HEADER_BYTES || !text.startsWith(MAGIC)) return false;
  const encoding = text.charCodeAt(4);
  return encoding === SPARSE || (encoding === DENSE && text.length === DENSE_BYTES);
}

/** Null when it is damaged. */
export function sketchFromString(text: string): Uint8Array | null {
  if (!looksLikeSketch(text)) return null;
  return text.charCodeAt(4) === DENSE ? fromDense(text) : fromSparse(text);
}

function fromDense(text: string): Uint8Array {
  const registers = new Uint8Array(REGISTER_COUNT);
  for (let index = 0; index < REGISTER_COUNT; index++) {
    const bit = index * 6;
    const at = HEADER_BYTES + (bit >> 3);
    const next = at + 1 < text.length ? text.charCodeAt(at + 1) : 0;
    registers[index] = ((text.charCodeAt(at) | (next << 8)) >> (bit & 7)) & 0x3f;
  }
  return registers;
}

/** Runs: `00xxxxxx` zeros, `01xxxxxx yyyyyyyy` more zeros, `1vvvvvxx` one value several times. */
function fromSparse(text: string): Uint8Array | null {
  const registers = new Uint8Array(REGISTER_COUNT);
  let index = 0;
  for (let at = HEADER_BYTES; at < text.length; at++) {
    const byte = text.charCodeAt(at);
    let length: number;
    let value = 0;
    if (byte >= 0x80) {
      length = (byte & 0x3) + 1;
      value = ((byte >> 2) & 0x1f) + 1;
    } else if (byte >= 0x40) {
      if (++at >= text.length) return null;
      length = ((byte & 0x3f) << 8) + text.charCodeAt(at) + 1;
    } else length = byte + 1;
    if (index + length > REGISTER_COUNT) return null;
    registers.fill(value, index, index + length);
    index += length;
  }
  return index === REGISTER_COUNT ? registers : null;
}
