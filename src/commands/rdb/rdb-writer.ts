import type { BinaryString } from "../../base/bytes.ts";

/** Writes Redis' serialised form (RDB): strings plain, never packed. */
export class RdbWriter {
  readonly #parts: Buffer[] = [];

  byte(value: number): void {
    this.#parts.push(Buffer.from([value]));
  }

  raw(bytes: Buffer): void {
    this.#parts.push(bytes);
  }

  integer(value: number | bigint): void {
    this.#parts.push(encodeInteger(value));
  }

  string(value: BinaryString): void {
    this.#parts.push(encodeInteger(value.length), Buffer.from(value, "latin1"));
  }

  double(value: number): void {
    const out = Buffer.alloc(8);
    out.writeDoubleLE(value);
    this.#parts.push(out);
  }

  milliseconds(value: number): void {
    const out = Buffer.alloc(8);
    out.writeBigInt64LE(BigInt(value));
    this.#parts.push(out);
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

function encodeInteger(value: number | bigint): Buffer {
  if (value < 64) return Buffer.from([Number(value)]);
  if (value < 16_384) return Buffer.from([0x40 | (Number(value) >> 8), Number(value) & 0xff]);
  if (value <= 0xffffffff) {
    const out = Buffer.alloc(5);
    out[0] = 0x80;
    out.writeUInt32BE(Number(value), 1);
    return out;
  }
  const out = Buffer.alloc(9);
  out[0] = 0x81;
  out.writeBigUInt64BE(BigInt(value), 1);
  return out;
}
