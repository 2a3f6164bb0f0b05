/** What a reference of three bytes can stand for: nothing unpacks to more than this times its size. */
const EXPANSION_MAX = 264;

/** Unpacks what LZF packed, into exactly `length` bytes; null when the input is not that. */
export function unpackLzf(packed: Uint8Array, length: number): Buffer | null {
  if (length > packed.length * EXPANSION_MAX) return null;
  const out = Buffer.alloc(length);
  let at = 0;
  let written = 0;
  while (at < packed.length) {
    const control = packed[at++]!;
    if (control < 32) {
      const count = control + 1;
      if (at + count > packed.length || written + count > length) return null;
      out.set(packed.subarray(at, at + count), written);
      at += count;
      written += count;
      continue;
    }
    let count = control >> 5;
    if (count === 7) count += packed[at++] ?? 0;
    count += 2;
    const from = written - ((control & 0x1f) << 8) - (packed[at++] ?? 0) - 1;
    if (from < 0 || written + count > length) return null;
    // Byte by byte: the copy may overlap what it writes.
    for (let index = 0; index < count; index++) out[written + index] = out[from + index]!;
    written += count;
  }
  return written === length ? out : null;
}
