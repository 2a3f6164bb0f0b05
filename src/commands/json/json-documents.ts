import { utf8ToBinary, type BinaryString } from "../../base/bytes.ts";
import { parseInt64 } from "../../crdt/delta.ts";
import { jsonText } from "../../crdt/document/json-text.ts";
import { JsonNumber, type JsonValue } from "../../crdt/document/json-value.ts";
import { ListNode, MapNode, type JsonNode } from "../../crdt/document/view.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { DocumentSight } from "../../keyspace/types/document/document-port.ts";
import { DoubleReply, type Reply } from "../../resp/reply.ts";
import type { CommandCall } from "../command-call.ts";
import { JSON_DEPTH_MAX } from "./json-reader.ts";
import { NO_DOCUMENT, TOO_DEEP } from "./json-refusals.ts";
import { findMatches, type Match } from "./path-evaluator.ts";
import type { JsonPath } from "./path.ts";

/** What the JSON commands share. */

/**
 * What a path finds. Over REST the deepest come first, as Upstash answers and the users of its SDK rely on; of equal depth,
 * and over RESP, in the order of the document.
 */
export function matchesOf(sight: DocumentSight, path: JsonPath, call: CommandCall): Match[] {
  const matches = findMatches(sight, path.steps);
  if (call.session.door === "resp" || path.isLegacy || matches.length < 2) return matches;
  return matches.toSorted((left, right) => (right.route?.depth ?? 0) - (left.route?.depth ?? 0));
}

/** The document that a command needs. */
export function documentOf(tx: Transaction, key: BinaryString): DocumentSight {
  const sight = tx.documents.get(key);
  if (sight === null) throw NO_DOCUMENT;
  return sight;
}

export function typeName(node: JsonNode): string {
  if (node === null) return "null";
  if (node instanceof MapNode) return "object";
  if (node instanceof ListNode) return "array";
  if (node instanceof JsonNumber) return node.isInteger ? "integer" : "number";
  return typeof node;
}

/** A value as JSON in a bulk string. */
export function jsonReply(node: JsonNode): BinaryString {
  return utf8ToBinary(jsonText(node));
}

export function speaksResp3(call: CommandCall): boolean {
  return call.session.protocol === 3;
}

/** A number as RESP writes it: an integer within 64 bits, else a double. */
export function numberReply(number: JsonNumber): Reply {
  const integer = number.isInteger ? parseInt64(number.text) : null;
  return integer ?? new DoubleReply(number.value);
}

/** Length of text in bytes, as RedisJSON counts. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text, "utf8");
}

/** Refuses what would make the document deeper than its reader allows. */
export function checkDepth(match: Match | null, value: JsonValue, below = 0): void {
  if ((match?.route?.depth ?? 0) + below + depthOf(value) > JSON_DEPTH_MAX) throw TOO_DEEP;
}

function depthOf(value: JsonValue): number {
  let deepest = 0;
  if (value instanceof Map)
    for (const one of value.values()) deepest = Math.max(deepest, 1 + depthOf(one as JsonValue));
  if (Array.isArray(value)) for (const one of value) deepest = Math.max(deepest, 1 + depthOf(one as JsonValue));
  return deepest;
}

/** Of each match of a `$` path what `answer` makes of it, null where it makes nothing of it. */
export function each(matches: readonly Match[], answer: (match: Match) => Reply | undefined): Reply {
  return matches.map((match) => answer(match) ?? null);
}

/** Matches that no other match contains, in the order given. */
export function outermost(matches: readonly Match[]): Match[] {
  const found = new Set(matches.map((match) => routeText(match)));
  const taken = new Set<string>();
  return matches.filter((match) => {
    for (let route = match.route?.before; route !== undefined; route = route?.before) {
      if (found.has(textOf(route))) return false;
      if (route === null) break;
    }
    const text = routeText(match);
    if (taken.has(text)) return false;
    taken.add(text);
    return true;
  });
}

function routeText(match: Match): string {
  return textOf(match.route);
}

function textOf(route: Match["route"]): string {
  const steps: (string | number)[] = [];
  for (let one = route; one !== null; one = one.before) steps.push(one.step);
  return JSON.stringify(steps.toReversed());
}
