import type { BinaryString } from "../base/bytes.ts";

/** A command as clients send it: an array of bulk strings. */
export function encodeCommand(argv: readonly BinaryString[]): BinaryString {
  let out = `*${argv.length}\r\n`;
  for (const word of argv) out += `$${word.length}\r\n${word}\r\n`;
  return out;
}
