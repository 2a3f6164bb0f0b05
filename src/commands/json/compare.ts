import { JsonNumber } from "../../crdt/document/json-value.ts";
import { ListNode, MapNode, type JsonNode } from "../../crdt/document/view.ts";
import { matchesPattern } from "./linear-pattern.ts";
import type { Comparison } from "./path.ts";

/** A side of a comparison; undefined when it is nothing. */
export type TermValue = { readonly node: JsonNode; readonly isLiteral: boolean } | undefined;

/** RedisJSON's comparisons: only values of one type are ordered, containers are equal by what they hold. */
export function compareTerms(left: TermValue, comparison: Comparison, right: TermValue): boolean {
  if (comparison === "!=") return !compareTerms(left, "==", right);
  if (left === undefined || right === undefined) return false;
  if (comparison === "==") return areEqual(left.node, right.node);
  if (comparison === "=~") {
    if (left.isLiteral || typeof left.node !== "string" || typeof right.node !== "string") return false;
    return matchesPattern(right.node, left.node);
  }
  const order = orderOf(left.node, right.node);
  if (order === null) return false;
  switch (comparison) {
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
  }
}

export function areEqual(left: JsonNode, right: JsonNode): boolean {
  if (left instanceof JsonNumber && right instanceof JsonNumber) return compareNumbers(left, right) === 0;
  if (left instanceof ListNode && right instanceof ListNode) {
    return left.items.length === right.items.length && left.items.every((one, at) => areEqual(one, right.items[at]!));
  }
  if (left instanceof MapNode && right instanceof MapNode) {
    if (left.size !== right.size) return false;
    for (const [key, one] of left.entries()) {
      const other = right.get(key);
      if (other === undefined || !areEqual(one, other)) return false;
    }
    return true;
  }
  return left === right;
}

/** Null when they cannot be ordered. */
function orderOf(left: JsonNode, right: JsonNode): number | null {
  if (left instanceof JsonNumber && right instanceof JsonNumber) return compareNumbers(left, right);
  if (typeof left === "string" && typeof right === "string")
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  if (typeof left === "boolean" && typeof right === "boolean") return Number(left) - Number(right);
  return left === null && right === null ? 0 : null;
}

function compareNumbers(left: JsonNumber, right: JsonNumber): number {
  if (left.isInteger && right.isInteger) {
    const [one, other] = [BigInt(left.text), BigInt(right.text)];
    return one < other ? -1 : Number(one > other);
  }
  return left.value - right.value;
}
