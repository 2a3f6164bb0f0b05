import type { BinaryString } from "../base/bytes.ts";

/**
 * A list of words in one binary string, each behind its length as a varint: the fields and values of a stream entry. One string
 * costs a fraction of a list of strings, and is the value of a register like any other.
 */
export function packWords(words: readonly BinaryString[]): BinaryString {
  let packed = "";
  for (const word of words) packed += packedLength(word.length) + word;
  return packed;
}

/** Null when the bytes are no such list. */
export function unpackWords(packed: BinaryString): BinaryString[] | null {
  const words: BinaryString[] = [];
  let at = 0;
  while (at < packed.length) {
    let length = 0;
    let scale = 1;
    let byte: number;
    do {
      byte = packed.charCodeAt(at++);
      if (Number.isNaN(byte) || scale > 2 ** 35) return null;
      length += (byte & 0x7f) * scale;
      scale *= 0x80;
    } while (byte >= 0x80);
    if (length > packed.length - at) return null;
    words.push(packed.slice(at, at + length));
    at += length;
  }
  return words;
}

/** A length as a varint: the beginning of a name that has a name inside. */
export function packedLength(length: number): BinaryString {
  let text = "";
  let rest = length;
  while (rest >= 0x80) {
    text += String.fromCharCode((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return text + String.fromCharCode(rest);
}
