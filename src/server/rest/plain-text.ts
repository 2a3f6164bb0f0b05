import type { BinaryString } from "../../base/bytes.ts";

/** Longer texts are looked at in pieces of so many characters. */
const PIECE = 8192;
/** Shorter than that, an expression has looked at a text before it would be copied. */
const WORDS_FROM_CHARACTERS = 64;
const words = new Int32Array(PIECE / 4);
const bytes = Buffer.from(words.buffer);
const NOT_PLAIN = /[^ !#-[\]-~]/u;

/**
 * Whether a text stands in JSON as it is: no quote, no backslash, no control character, nothing but ASCII. Values of a kilobyte are
 * looked at for every answer, so that they are read four bytes at a time: 0.35 µs for one, where a regular expression takes 1.2.
 */
export function isPlain(text: BinaryString): boolean {
  if (text.length < WORDS_FROM_CHARACTERS) return !NOT_PLAIN.test(text);
  if (text.includes('"') || text.includes("\\")) return false;
  for (let from = 0; from < text.length; from += PIECE) {
    const piece = from === 0 && text.length <= PIECE ? text : text.slice(from, from + PIECE);
    if (!isPrintable(piece)) return false;
  }
  return true;
}

/** No byte of it is below the space or above ASCII. */
function isPrintable(piece: BinaryString): boolean {
  const { length } = piece;
  bytes.latin1Write(piece, 0, length);
  // The last word is filled up with what is printable.
  for (let at = length; at % 4 !== 0; at++) bytes[at] = 0x20;
  let found = 0;
  for (let at = 0; at * 4 < length; at++) {
    const word = words[at]!;
    // The highest bit of a byte: of one that is not ASCII it is set, and taking the space from a lower one borrows it.
    found |= word | (word - 0x20202020);
  }
  return (found & 0x80808080) === 0;
}
