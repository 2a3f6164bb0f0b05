/** CRC-64 by Jones, reflected, as Redis ends its payloads with. Two 32-bit halves: BigInt would cost a hundred times as much. */

/** The reflected polynomial 0x95AC9329AC4BC9B5. */
const HIGH = 0x95ac9329;
const LOW = 0xac4bc9b5;

const table = new Uint32Array(512);
for (let byte = 0; byte < 256; byte++) {
  let low = byte;
  let high = 0;
  for (let bit = 0; bit < 8; bit++) {
    const carry = low & 1;
    low = ((low >>> 1) | (high << 31)) >>> 0;
    high >>>= 1;
    if (carry === 1) {
      low = (low ^ LOW) >>> 0;
      high = (high ^ HIGH) >>> 0;
    }
  }
  table[byte * 2] = low;
  table[byte * 2 + 1] = high;
}

/** The checksum as eight bytes, lowest first. */
export function crc64(bytes: Uint8Array): Buffer {
  let low = 0;
  let high = 0;
  for (const byte of bytes) {
    const index = ((low ^ byte) & 0xff) * 2;
    low = (((low >>> 8) | (high << 24)) ^ table[index]!) >>> 0;
    high = ((high >>> 8) ^ table[index + 1]!) >>> 0;
  }
  const out = Buffer.alloc(8);
  out.writeUInt32LE(low, 0);
  out.writeUInt32LE(high, 4);
  return out;
}
