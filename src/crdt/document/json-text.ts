import { JsonNumber, type JsonValue } from "./json-value.ts";
import { ListNode, MapNode, type JsonNode } from "./view.ts";

/** How JSON.GET lays text out: what stands for each step of depth, at the end of lines, after a colon. */
export interface JsonLayout {
  readonly indent: string;
  readonly newline: string;
  readonly space: string;
}

export const COMPACT: JsonLayout = { indent: "", newline: "", space: "" };

/** A document, or a part of it, as JSON. */
export function jsonText(node: JsonNode, layout: JsonLayout = COMPACT, depth = 0): string {
  if (node instanceof MapNode) {
    const pairs: string[] = [];
    for (const [key, one] of node.entries()) {
      pairs.push(`${JSON.stringify(key)}:${layout.space}${jsonText(one, layout, depth + 1)}`);
    }
    return bracketed("{", pairs, "}", layout, depth);
  }
  if (node instanceof ListNode) {
    const items = node.items.map((one) => jsonText(one, layout, depth + 1));
    return bracketed("[", items, "]", layout, depth);
  }
  return node instanceof JsonNumber ? node.text : JSON.stringify(node);
}

/** Texts that are JSON already, between brackets. */
export function bracketed(
  open: string,
  texts: readonly string[],
  close: string,
  layout: JsonLayout,
  depth: number,
): string {
  if (texts.length === 0) return open + close;
  const before = layout.newline + layout.indent.repeat(depth + 1);
  return open + before + texts.join(`,${before}`) + layout.newline + layout.indent.repeat(depth) + close;
}

/** A part of a document on its own. */
export function valueOf(node: JsonNode): JsonValue {
  if (node instanceof MapNode) return new Map([...node.entries()].map(([key, one]) => [key, valueOf(one)]));
  return node instanceof ListNode ? node.items.map((one) => valueOf(one)) : node;
}
