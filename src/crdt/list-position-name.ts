import { isOriginId } from "./origin.ts";
import type { Position, Run } from "./list-position.ts";

/**
 * Positions as binary strings that sort as the positions do, so that the rows of a list lie on disk in its order:
 *
 *     n × (digit · origin 0x00 · sequence · offset)
 *
 * Numbers are a byte 0x80 ± their length, then their bytes, highest first; of a negative number the
 * bytes of its magnitude, each turned over.
 */
export function positionName({ run, offset }: Position): string {
  return `${runName(run)}${orderedNumber(offset)}`;
}

/** What the names of all positions of a run begin with: the offset follows. */
export function runName(run: Run): string {
  const above = run.parent === null ? "" : positionName(run.parent);
  return `${above}${orderedNumber(run.digit)}${run.origin}\0${orderedNumber(run.sequence)}`;
}

export function orderedNumber(value: number): string {
  let left = Math.abs(value);
  const bytes: number[] = [];
  for (; left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256);
  if (value >= 0) return String.fromCharCode(0x80 + bytes.length, ...bytes);
  return String.fromCharCode(0x80 - bytes.length, ...bytes.map((byte) => 255 - byte));
}

/**
 * What `positionName` wrote; null for most of what it did not write. `knownRun`: answered instead of an equal one, so that
 * elements of a run share it.
 */
export function parsePositionName(name: string, knownRun: Run | null): Position | null {
  let at = 0;
  const number = (): number => {
    const head = name.charCodeAt(at++) - 0x80;
    let value = 0;
    const turn = head < 0 ? 255 : 0;
    for (let left = Math.abs(head); left > 0; left--) value = value * 256 + (name.charCodeAt(at++) ^ turn);
    return head < 0 ? -value : value;
  };
  let parent: Position | null = null;
  for (let depth = 1; ; depth++) {
    const digit = number();
    const end = name.indexOf("\0", at);
    const origin = name.slice(at, end);
    if (end < 0 || !isOriginId(origin)) return null;
    at = end + 1;
    const sequence = number();
    const prefixEnd = at;
    const offset = number();
    if (at < name.length) {
      parent = { run: { parent, digit, origin, sequence, depth }, offset };
      continue;
    }
    if (knownRun !== null && runName(knownRun) === name.slice(0, prefixEnd)) return { run: knownRun, offset };
    return { run: { parent, digit, origin, sequence, depth }, offset };
  }
}
