import { utf8ToBinary } from "../../base/bytes.ts";
import { JsonNumber } from "../../crdt/document/json-value.ts";
import { ListNode, MapNode, type JsonNode } from "../../crdt/document/view.ts";
import type { DocumentSight } from "../../keyspace/types/document/document-port.ts";
import { Status, type Reply } from "../../resp/reply.ts";
import type { CommandCall } from "../command-call.ts";
import { byteLength, each, matchesOf, numberReply, speaksResp3, typeName } from "../json/json-documents.ts";
import { NO_DOCUMENT, noSuchPath, noSuchPathOr, wrongType } from "../json/json-refusals.ts";
import { defineJsonRead } from "../json/read-shape.ts";
import type { JsonPath } from "../json/path.ts";

/** What is at a path: types, lengths, keys. */

/** A legacy path's value. */
function firstOf(sight: DocumentSight, path: JsonPath, call: CommandCall): JsonNode {
  const [first] = matchesOf(sight, path, call);
  if (first === undefined) throw noSuchPath(path.full);
  return first.node;
}

const AT_PATH = "O(1) for one value, O(N) for a path that looks at N values";

export const jsonType = defineJsonRead({
  name: "JSON.TYPE",
  since: "1.0.0",
  summary: "Answers the types of the values at a path.",
  complexity: AT_PATH,
  answer(sight, path, call) {
    let answer: Reply = null;
    if (sight !== null) {
      const matches = matchesOf(sight, path, call);
      answer = path.isLegacy
        ? matches[0] === undefined
          ? null
          : typeName(matches[0].node)
        : matches.map(({ node }) => typeName(node));
    }
    return speaksResp3(call) ? [answer] : answer;
  },
});

export const jsonStrlen = defineJsonRead({
  name: "JSON.STRLEN",
  since: "1.0.0",
  summary: "Answers the lengths in bytes of the strings at a path.",
  complexity: AT_PATH,
  answer(sight, path, call) {
    if (!path.isLegacy) {
      if (sight === null) throw NO_DOCUMENT;
      return each(matchesOf(sight, path, call), ({ node }) =>
        typeof node === "string" ? byteLength(node) : undefined,
      );
    }
    if (sight === null) return null;
    const node = firstOf(sight, path, call);
    if (typeof node !== "string") throw wrongType("string", typeName(node));
    return byteLength(node);
  },
});

export const jsonObjlen = defineJsonRead({
  name: "JSON.OBJLEN",
  since: "1.0.0",
  summary: "Answers how many keys the objects at a path have.",
  complexity: AT_PATH,
  answer(sight, path, call) {
    if (!path.isLegacy) {
      if (sight === null) throw noSuchPathOr(path.full, "not an object");
      return each(matchesOf(sight, path, call), ({ node }) => (node instanceof MapNode ? node.size : undefined));
    }
    const first = sight === null ? undefined : matchesOf(sight, path, call)[0];
    if (first === undefined) return null;
    if (!(first.node instanceof MapNode)) throw wrongType("object", typeName(first.node));
    return first.node.size;
  },
});

export const jsonObjkeys = defineJsonRead({
  name: "JSON.OBJKEYS",
  since: "1.0.0",
  summary: "Answers the keys of the objects at a path.",
  complexity: AT_PATH,
  answer(sight, path, call) {
    const keysOf = (node: JsonNode): Reply | undefined =>
      node instanceof MapNode ? node.keys().map((key) => utf8ToBinary(key)) : undefined;
    if (!path.isLegacy) {
      if (sight === null) throw NO_DOCUMENT;
      return each(matchesOf(sight, path, call), ({ node }) => keysOf(node));
    }
    const first = sight === null ? undefined : matchesOf(sight, path, call)[0];
    if (first === undefined) return null;
    const keys = keysOf(first.node);
    if (keys === undefined) throw noSuchPathOr(path.full, "not an object");
    return keys;
  },
});

export const jsonArrlen = defineJsonRead({
  name: "JSON.ARRLEN",
  since: "1.0.0",
  summary: "Answers the lengths of the arrays at a path.",
  complexity: AT_PATH,
  answer(sight, path, call) {
    const lengthOf = (node: JsonNode): number | undefined => (node instanceof ListNode ? node.items.length : undefined);
    if (!path.isLegacy) {
      if (sight === null) throw NO_DOCUMENT;
      return each(matchesOf(sight, path, call), ({ node }) => lengthOf(node));
    }
    if (sight === null) return null;
    const [first] = matchesOf(sight, path, call);
    if (first === undefined) throw noSuchPath(path.original);
    const length = lengthOf(first.node);
    if (length === undefined) throw noSuchPathOr(path.original, "not an array");
    return length;
  },
});

function respOf(node: JsonNode): Reply {
  if (typeof node === "boolean") return new Status(String(node));
  if (typeof node === "string") return utf8ToBinary(node);
  if (node instanceof JsonNumber) return numberReply(node);
  if (node instanceof ListNode) return [new Status("["), ...node.items.map((one) => respOf(one))];
  if (!(node instanceof MapNode)) return null;
  const reply: Reply[] = [new Status("{")];
  for (const [key, one] of node.entries()) reply.push(utf8ToBinary(key), respOf(one));
  return reply;
}

export const jsonResp = defineJsonRead({
  name: "JSON.RESP",
  since: "1.0.0",
  summary: "Answers the values at a path in the shapes of RESP.",
  complexity: "O(N) in the size of what is answered",
  answer(sight, path, call) {
    if (sight === null) return null;
    return path.isLegacy
      ? respOf(firstOf(sight, path, call))
      : matchesOf(sight, path, call).map(({ node }) => respOf(node));
  },
});
