import type { BinaryString } from "../../base/bytes.ts";
import { Glob } from "../glob.ts";
import { INVALID_CURSOR, SYNTAX_ERROR } from "../refusals.ts";
import { clampedIntegerWord } from "../words.ts";

/** Options that SCAN and HSCAN share. */
export interface ScanOptions {
  readonly cursor: number;
  readonly match: Glob | null;
  readonly count: number;
  readonly type: BinaryString | null;
  readonly noValues: boolean;
  readonly withType: boolean;
}

/** Elements visited in one call at most, whatever COUNT says: bounds how long a call can take. */
const SCAN_COUNT_MAX = 100_000;
const SCAN_COUNT_DEFAULT = 10;
const CURSOR = /^[0-9]{1,20}$/u;

/** Words after the cursor; `extra` names those that only one of the commands has. Throws as Redis does. */
export function scanOptions(
  cursorWord: BinaryString,
  words: readonly BinaryString[],
  extra: readonly ("TYPE" | "NOVALUES" | "WITHTYPE")[],
): ScanOptions {
  if (!CURSOR.test(cursorWord)) throw INVALID_CURSOR;
  let match: Glob | null = null;
  let count = SCAN_COUNT_DEFAULT;
  let type: BinaryString | null = null;
  let noValues = false;
  let withType = false;
  for (let index = 0; index < words.length; index++) {
    const option = words[index]!.toUpperCase();
    const value = words[index + 1];
    const takes = (name: "TYPE" | "NOVALUES" | "WITHTYPE"): boolean => option === name && extra.includes(name);
    if (option === "MATCH" && value !== undefined) {
      match = new Glob(value);
      index++;
    } else if (option === "COUNT" && value !== undefined) {
      count = clampedIntegerWord(value);
      if (count < 1) throw SYNTAX_ERROR;
      index++;
    } else if (takes("TYPE") && value !== undefined) {
      type = value.toLowerCase();
      index++;
    } else if (takes("NOVALUES")) noValues = true;
    else if (takes("WITHTYPE")) withType = true;
    else throw SYNTAX_ERROR;
  }
  const cursor = Math.min(Number(cursorWord), Number.MAX_SAFE_INTEGER);
  return { cursor, match, count: Math.min(count, SCAN_COUNT_MAX), type, noValues, withType };
}
