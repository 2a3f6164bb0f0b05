import type { BinaryString } from "../../base/bytes.ts";

const CLEAN = /^[!-~]*$/u;

/** Names and library names stand in CLIENT LIST's lines: printable, and without spaces. */
export function isCleanName(name: BinaryString): boolean {
  return CLEAN.test(name);
}
