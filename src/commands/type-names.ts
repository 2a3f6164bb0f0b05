import type { KeyType } from "../crdt/operations/operation-kind.ts";

/** A key's type as TYPE and SCAN name it: a HyperLogLog is a string to clients; "none" when there is no key. */
export function shownType(type: KeyType | null): string {
  if (type === null) return "none";
  return type === "sketch" ? "string" : type;
}
