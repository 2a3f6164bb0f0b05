import { addDeltas, type Delta } from "../delta.ts";
import { JsonNumber, type JsonScalar, type JsonValue } from "./json-value.ts";

/**
 * What one register of the Automerge document holds, as text whose first character says what it is. Automerge has numbers of its
 * own, but they pass through doubles, and it has no increments that would do (its counters cut fractions and lose
 * against a put); text is exact and travels as it is.
 *
 *     n t f      null, true, false
 *     "…         a string
 *     #…         a number in canonical text
 *     .…         a double as an exact decimal: a base that fractions were folded into
 *     +i… +d…    an increment beside the register's values, integer or decimal
 *     { [        a map, a list: Automerge objects, named by their operation
 */
export type StoredValue = string;

export const MAP: StoredValue = "{";
export const LIST: StoredValue = "[";

export function storedScalar(value: JsonScalar): StoredValue {
  if (value === null) return "n";
  if (value === true) return "t";
  if (value === false) return "f";
  return typeof value === "string" ? `"${value}` : `#${value.text}`;
}

/** The tag of a value: what `JsonValue` becomes apart from its children. */
export function storedShell(value: JsonValue): StoredValue {
  if (Array.isArray(value)) return LIST;
  if (value instanceof Map) return MAP;
  return storedScalar(value as JsonScalar);
}

export function isIncrement(value: StoredValue): boolean {
  return value.startsWith("+");
}

export function storedIncrement(delta: Delta): StoredValue {
  return typeof delta === "string" ? `+d${delta}` : `+i${delta}`;
}

const STORED = /^(?:[ntf{[]|".*|#-?[0-9][0-9.e+-]*|\.-?[0-9][0-9.e+-]*|\+i-?[0-9]{1,40}|\+d-?[0-9][0-9.e+-]*)$/su;

/** True for what this module could have written: bytes come from peers and disks. */
export function isStoredValue(text: string): boolean {
  return STORED.test(text) && (!/^[#.+]/u.test(text) || Number.isFinite(Number(text.replace(/^(?:\+[id]|[#.])/u, ""))));
}

/** A scalar as clients see it, with the increments beside it. */
export function shownScalar(stored: StoredValue, increments: readonly StoredValue[]): JsonScalar {
  switch (stored[0]) {
    case "n":
      return null;
    case "t":
      return true;
    case "f":
      return false;
    case '"':
      return stored.slice(1);
    default:
      if (increments.length === 0 && stored.startsWith("#")) return JsonNumber.ofText(stored.slice(1));
      return shownNumber(addStored(stored, increments));
  }
}

/** A number with increments added, exactly: what a register's base becomes when they are folded. */
export function addStored(base: StoredValue, increments: readonly StoredValue[]): StoredValue {
  let sum = deltaOf(base);
  for (const increment of increments) sum = addDeltas(sum, deltaOf(increment));
  return typeof sum === "string" ? `.${sum}` : `#${sum}`;
}

/** Zero: what increments are added to where there is no base. */
export const NO_BASE: StoredValue = "#0";

export function isNumber(stored: StoredValue): boolean {
  return stored.startsWith("#") || stored.startsWith(".");
}

export function shownNumber(stored: StoredValue): JsonNumber {
  const text = stored.slice(1);
  if (stored.startsWith(".")) return JsonNumber.ofDouble(saturated(Number(text)));
  const canonical = JsonNumber.ofText(text);
  return canonical.isInteger ? JsonNumber.ofInteger(BigInt(text)) : canonical;
}

/** A number as an exact increment. */
export function deltaOf(stored: StoredValue): Delta {
  const tagLength = stored.startsWith("+") ? 2 : 1;
  const text = stored.slice(tagLength);
  if (stored.startsWith("+i")) return narrow(BigInt(text));
  if (stored.startsWith("#") && JsonNumber.ofText(text).isInteger) return narrow(BigInt(text));
  return text;
}

function narrow(value: bigint): number | bigint {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

function saturated(value: number): number {
  if (Number.isFinite(value)) return value;
  return value > 0 ? Number.MAX_VALUE : -Number.MAX_VALUE;
}

/** A number with an increment, as it would be shown; null when that is no finite number. */
export function shownSum(number: JsonNumber, delta: Delta): JsonNumber | null {
  const sum = addDeltas(deltaOf(storedScalar(number)), delta);
  if (typeof sum !== "string") return JsonNumber.ofInteger(sum);
  return Number.isFinite(Number(sum)) ? JsonNumber.ofDouble(Number(sum)) : null;
}
